package page_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/page"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	began = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	later = began.Add(10 * time.Minute)
)

const passID = "counterparty-sync-main-2026-01-02T03:00:00Z"

// passDetails is a pass that works, with changes.
func passDetails(t *testing.T, change func(*page.Pass)) string {
	t.Helper()
	sync := pass.Sync{ID: "main", Name: "Nightly <contractors>", Sources: []string{"req", "egrDetails"}}.WithDefaults()
	made := page.Pass{
		Sync: sync, Namespace: "default", Schedule: "counterparty-sync-main",
		Result: pass.Result{
			State:  pass.State{Status: pass.InProgress, LastModifiedNodeDbid: dbid(12_300), CountProcessedNodes: 12_000},
			Counts: counterparty.Counts{Updated: 1_000, Unchanged: 10_990, NotFound: 7, Ambiguous: 3}, StartedAt: began, Remaining: dbid(36_000),
			WorkflowID: passID, Sources: pass.NewSources(sync.Sources),
		},
		Segments: []workflow.Execution{{ID: pass.SegmentID(passID, 1), RunID: "run-a"}, {ID: pass.SegmentID(passID, 2), RunID: "run-b"}},
		Walked:   12_000, Worked: 10 * time.Minute, Now: later,
	}
	require.NoError(t, made.Result.Sources.Set("alfresco.read", sourcestate.Asking, ""))
	require.NoError(t, made.Result.Sources.Set("kontur.req", sourcestate.Asking, ""))
	change(&made)
	return made.String()
}

func dbid(n int64) *int64 { return &n }

func failed(text string) func(*page.Pass) {
	return func(p *page.Pass) {
		p.Result.Status, p.Result.TryCount, p.Result.Error = pass.RetryWaiting, 2, &text
		next := later.Add(time.Minute)
		p.Result.NextTry = &next
		_ = p.Result.Sources.Set("kontur.req", sourcestate.Delayed, strings.ReplaceAll(text, "\n", " "))
	}
}

func held(p *page.Pass) {
	text := "the brake holds the pass before it writes the batch after dbid 12 300, in which 90 of 100 nodes differ: 1090 nodes in all would be changed and maxChanged is 1000; hint: starter approve main lets it go on"
	until := later.Add(24 * time.Hour)
	p.Result.Status, p.Result.NextTry, p.Result.Error = pass.ApprovalWaiting, &until, &text
	p.Result.Brake = &pass.Brake{Changed: 1_000, Hold: &pass.Hold{Number: 1, Until: until, Evidence: &pass.Evidence{
		Nodes: 100, Changed: 90, Emptied: 12,
		Attributes: []pass.EvidenceAttribute{{Attribute: "idocs:kpp", Changed: 12, Emptied: 12}, {Attribute: "idocs:shortOrganizationName", Changed: 90}},
		Examples: []pass.EvidenceExample{
			{NodeID: "7d1c", Attribute: "idocs:kpp", Was: "001201001"},
			{NodeID: "7d1c", Attribute: "idocs:shortOrganizationName", Was: "ООО <Пример>", Became: "ООО *Пример*"},
		},
	}}}
}

// What people read in the Web UI under "User Metadata".
func TestDetails(t *testing.T) {
	t.Parallel()
	const trouble = "kontur.req: Kontur.Focus answered 503: <h1>a|b</h1>\n`try` *later*; hint: if it lasts, check the network"
	for name, change := range map[string]func(*page.Pass){
		"in-progress": func(*page.Pass) {},
		"just-begun": func(p *page.Pass) {
			p.Result = pass.Result{State: pass.State{Status: pass.InProgress}, StartedAt: began, Sources: p.Result.Sources}
			p.Segments, p.Walked, p.Worked, p.Now = nil, 0, 0, began
		},
		"resumed": func(p *page.Pass) {
			p.Result.ResumedFrom, p.Walked = dbid(9_000), 3_000
			p.Previous = &pass.Result{WorkflowID: "counterparty-sync-main-2026-01-01T03:00:00Z", RunID: "run-0"}
		},
		"rewound": func(p *page.Pass) {
			p.Result.ResumedFrom, p.Result.Rewound, p.Walked = dbid(300), true, 12_000
		},
		"retry-waiting": failed(trouble),
		"retry-after-wakes": func(p *page.Pass) {
			failed(trouble)(p)
			p.Result.Wakes = 2
		},
		"retry-under-way": func(p *page.Pass) {
			failed(trouble)(p)
			p.Result.Status, p.Result.NextTry = pass.InProgress, nil
		},
		"gave-up": func(p *page.Pass) {
			failed(trouble)(p)
			p.Result.Status, p.Result.Ended, p.Result.TryCount, p.Result.NextTry = pass.Error, pass.Failed, 3, nil
		},
		"held": held,
		"approved": func(p *page.Pass) {
			held(p)
			p.Result.Brake.Hold.Answer, p.Result.Status, p.Result.Error, p.Result.NextTry = pass.Approved, pass.InProgress, nil, nil
		},
		"refused": func(p *page.Pass) {
			held(p)
			text := "refused by an operator: the brake holds the pass; hint: nothing more was changed"
			p.Result.Brake.Hold.Answer, p.Result.Status, p.Result.Error, p.Result.NextTry = pass.Refused, pass.Error, &text, nil
			p.Result.Ended = pass.Failed
		},
		"shrunk": func(p *page.Pass) {
			p.Result.Status, p.Result.Ended, p.Result.FoundBefore = pass.TriggerWaiting, pass.Completed, 40_000
		},
		"missing": func(p *page.Pass) {
			p.Result.Status, p.Result.Ended = pass.TriggerWaiting, pass.Completed
			p.Result.Missing = &pass.Missing{Count: 30, Nodes: []string{"7d1c"}, IDs: []string{"0012345673"}}
			p.Result.Untried = "read nodes: *Exact Term search* is not supported"
		},
		"open":      func(p *page.Pass) { p.Result.Open = 3 },
		"completed": func(p *page.Pass) { p.Result.Status, p.Result.Ended = pass.TriggerWaiting, pass.Completed },
		"stopped":   func(p *page.Pass) { p.Result.Status, p.Result.Ended = pass.TriggerWaiting, pass.Stopped },
		"replaced": func(p *page.Pass) {
			p.Result.Status, p.Result.Ended, p.Result.Replaced = pass.TriggerWaiting, pass.Stopped, "the configuration changed: batchSize 100 → 50"
		},
		"by-hand": func(p *page.Pass) { p.Schedule, p.Result.Remaining = "", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "pass-"+name, passDetails(t, change))
		})
	}
}

func TestDetailsOfASegment(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*page.Segment){
		"at-work": func(*page.Segment) {},
		"held": func(p *page.Segment) {
			p.Ended, p.Batches, p.Result.Failure = true, nil, &pass.Failure{Message: "the brake holds the pass", Evidence: &pass.Evidence{}}
		},
		"done":    func(p *page.Segment) { p.Ended, p.Batches, p.Result.Done = true, nil, true },
		"large":   func(p *page.Segment) { p.Ended, p.Batches = true, nil },
		"stopped": func(p *page.Segment) { p.Ended, p.Batches, p.Result.Stopped = true, nil, true },
		"failed": func(p *page.Segment) {
			p.Ended, p.Batches, p.Result.Failure = true, nil, &pass.Failure{Message: "update nodes after dbid 12 300: a|b"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := page.Segment{
				Request: pass.SegmentRequest{Sync: pass.Sync{ID: "main", Name: "Nightly"}, Number: 3, After: 10_000}, Namespace: "default",
				Parent: &workflow.Execution{ID: passID, RunID: "run-p"}, Started: began, Now: later,
				Batches: []page.Batch{{12_300, 100, "is written and waits for those before it"}, {12_400, 98, "is compared and written"},
					{12_500, 100, "req: Kontur.Focus asks to wait 10s, until 2026-01-02 03:10:10 UTC"}, {12_600, 0, "is read from Alfresco"}},
				ReadAhead: 5,
			}
			made.Result.LastDbid, made.Result.Batches, made.Result.Counts = 12_300, 23, counterparty.Counts{Updated: 2, Unchanged: 2_298}
			change(&made)
			golden(t, "segment-"+name, made.String())
		})
	}
}

func TestDetailsOfAReport(t *testing.T) {
	t.Parallel()
	states, err := sourcestate.New("kontur.req", "kontur.contacts", "kontur.sites")
	require.NoError(t, err)
	require.NoError(t, states.Set("kontur.req", sourcestate.Answered, ""))
	require.NoError(t, states.Set("kontur.contacts", sourcestate.Delayed, "waits 5s before try 2: 503 a|b"))
	require.NoError(t, states.Set("kontur.sites", sourcestate.Waiting, "waits for the OGRN, which kontur.req returns"))
	document := report.Document{
		Type: "full", Name: "Full report", By: "inn", ID: "0012345673", Sources: states,
		Company: &report.Company{Kind: report.LegalEntity, INN: "0012345673", OGRN: "1000000000010"},
		Content: []report.Content{{Source: "kontur.req", Data: []byte(strings.Repeat(" ", 12_300)), AnsweredAt: began}},
	}
	golden(t, "report-waiting", page.Report{Document: document, Until: map[string]time.Time{"kontur.contacts": later}, Now: later}.String())
	require.NoError(t, states.Set("kontur.contacts", sourcestate.Failed, "no time is left"))
	require.NoError(t, states.Set("kontur.sites", sourcestate.Answered, "nothing is known"))
	document.Sources, document.Missing = states, []string{"kontur.contacts"}
	golden(t, "report-complete", page.Report{Document: document, Now: later}.String())
}

// The UI puts the page into an address, and proxies take lines of 8 KiB.
func TestDetailsAreNeverTooLongForTheUI(t *testing.T) {
	t.Parallel()
	all := methods.All()
	text := passDetails(t, func(p *page.Pass) {
		p.Sync.Name, p.Sync.ID, p.Sync.Sources = strings.Repeat("ы", 200), strings.Repeat("i", 100), all
		p.Result.Sources = pass.NewSources(all)
		failed(strings.Repeat("ж", pass.MaxErrorLength/2-20) + "; hint: " + strings.Repeat("щ", 20))(p)
		for _, source := range p.Result.Sources.Sources() {
			require.NoError(t, p.Result.Sources.Set(source.ID, sourcestate.Delayed, strings.Repeat("ж", pass.MaxReasonLength/2)))
		}
		for i := range p.Segments {
			p.Segments[i] = workflow.Execution{ID: pass.SegmentID("counterparty-sync-"+p.Sync.ID+"-2026-01-02T03:00:00Z", i+1), RunID: strings.Repeat("r", 36)}
		}
	})
	require.LessOrEqual(t, len(url.QueryEscape(text)), 7000)
	require.Contains(t, text, "What happened:** жжжж")
	for _, source := range all {
		require.Contains(t, text, methods.SourceID(source))
	}
}

// However much would change, and whatever it is.
func TestDetailsOfAHoldAreNeverTooLongForTheUI(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "ж", "<"} {
		text := passDetails(t, func(p *page.Pass) {
			held(p)
			evidence := pass.Evidence{Nodes: 100, Changed: 100}
			for range 20 {
				evidence.Attributes = append(evidence.Attributes, pass.EvidenceAttribute{Attribute: "idocs:" + strings.Repeat("x", 40), Changed: 100, Emptied: 100})
			}
			for range 8 {
				evidence.Examples = append(evidence.Examples, pass.EvidenceExample{NodeID: strings.Repeat("f", 36), Attribute: "idocs:" + strings.Repeat("x", 40),
					Was: strings.Repeat(letter, 80), Became: strings.Repeat(letter, 80)})
			}
			p.Result.Brake.Hold.Evidence = &evidence
			reason := strings.Repeat(letter, 2*pass.MaxReasonLength)
			for _, source := range p.Result.Sources.Sources() {
				_ = p.Result.Sources.Set(source.ID, sourcestate.Delayed, strings.ToValidUTF8(reason[:pass.MaxReasonLength], ""))
			}
		})
		require.LessOrEqual(t, len(url.QueryEscape(text)), 7000, letter)
		require.Contains(t, text, "For example", letter)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".md")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
