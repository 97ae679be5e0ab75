package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

var (
	soakFor  = flag.Duration("soak", 0, "how long TestSoak makes trouble; 0 skips it")
	soakSeed = flag.Uint64("soak-seed", 1, "what the trouble of TestSoak follows from")
)

const (
	// soakNodes are the nodes whose companies change all the time, soakSample those of every other kind.
	soakNodes, soakSample = 400, 200
	soakWorkers           = 2
)

// soak is a world in which everything goes wrong, again and again, while passes and reports run and people edit.
type soak struct {
	*stack
	ids     []string // of the nodes that change
	over    chan struct{}
	workers [soakWorkers]*rig.Process
	quiet   map[string]string // without debug lines, of which there would be a million
	// serial makes every name that the register gives new.
	serial int
	// passes are all passes in order, each as it was seen last.
	passes []syncs.Pass

	mu     sync.Mutex
	did    map[string]int // trouble by kind
	failed []string
}

// Passes, reports, people, kills and faults of every kind, for as long as -soak says. At the end repository, journal,
// counts and register agree.
func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("runs for minutes: make soak MINUTES=20")
	}
	options := temporalserver.Options{File: filepath.Join(t.TempDir(), temporalserver.FileName())}
	server, err := temporalserver.Start(t.Context(), options)
	require.NoError(t, err)
	options.FrontendPort = portOf(t, server.FrontendAddress())
	s := &soak{stack: newStack(t, server), over: make(chan struct{}), did: map[string]int{},
		quiet: map[string]string{"LOG_LEVEL": "info"}}
	s.ids = s.fill(soakNodes)
	sample.Fill(s.alfresco, s.kontur, soakSample, 1)
	for i := range s.workers {
		s.workers[i] = s.startWorker(s.quiet)
	}
	s.apply("batchSize: 20\nretryDelays: [1s, 2s, 4s, 8s]")

	var wg sync.WaitGroup
	for i, trouble := range []func(*rand.Rand){s.report, s.edit, s.breakAlfresco, s.breakKontur, s.breakWorkers} {
		wg.Go(func() { trouble(rand.New(rand.NewPCG(*soakSeed, uint64(i)))) })
	}
	wg.Go(func() { server = s.restart(rand.New(rand.NewPCG(*soakSeed, 99)), server, options) })
	t.Cleanup(func() { _ = server.Stop() })
	for end := time.Now().Add(*soakFor); time.Now().Before(end); {
		s.changeRegister()
		s.pass(2 * time.Minute)
	}
	close(s.over)
	wg.Wait()
	s.kontur.ClearFaults()

	s.pass(10 * time.Minute) // the one that was under way
	s.changeRegister()
	for try := 0; s.pass(10*time.Minute) != "COMPLETED"; try++ {
		require.Less(t, try, 5, "no pass completes though nothing goes wrong any more")
	}
	require.Equal(t, "COMPLETED", s.pass(10*time.Minute))
	require.Zero(t, s.status().Pass.Counts.Updated, "the second pass without trouble finds something to write")
	t.Logf("%d passes, %d writes; %v", len(s.passes), len(s.alfresco.Writes()), s.did)
	require.Empty(t, s.failed)
	s.requireTrueNodes()
	s.requireJournals()
}

// pause waits for some time, up to most; false when the trouble is over.
func (s *soak) pause(r *rand.Rand, most time.Duration) bool {
	select {
	case <-s.over:
		return false
	case <-time.After(time.Duration(r.Int64N(int64(most)))):
		return true
	}
}

// note counts what was done.
func (s *soak) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did[what]++
}

func (s *soak) complain(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = append(s.failed, fmt.Sprintf(format, args...))
}

// changeRegister gives a third of the companies a new name. It holds the INN, so that a stranger's is known.
func (s *soak) changeRegister() {
	s.serial++
	for i := range soakNodes {
		if (i+s.serial)%3 == 0 {
			s.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) {
				c.ShortName = fmt.Sprintf(`ООО "%s %d"`, c.INN, s.serial)
			})
		}
	}
}

// pass starts a pass, waits until it has ended, and returns how; empty if that was not to be learnt in time.
func (s *soak) pass(patience time.Duration) string {
	end := time.Now().Add(patience)
	before, ok := s.look()
	if !ok || before.Pass == nil || before.Pass.FinishedAt != nil {
		s.starter("", "trigger", s.id)
	}
	for ; time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		status, ok := s.look()
		if !ok || status.Pass == nil {
			continue
		}
		if n := len(s.passes); n > 0 && s.passes[n-1].RunID == status.Pass.RunID {
			s.passes = s.passes[:n-1]
		}
		s.passes = append(s.passes, *status.Pass)
		if status.Pass.FinishedAt != nil && (before.Pass == nil || before.Pass.FinishedAt == nil || status.Pass.RunID != before.Pass.RunID) {
			s.note("pass " + status.Pass.Ended)
			return status.Pass.Ended
		}
	}
	return ""
}

// look is the status of the sync, if the server answers.
func (s *soak) look() (status syncs.Status, ok bool) {
	code, out, _ := s.starter("", "status", s.id, "-o", "json")
	return status, code == cli.Done && json.Unmarshal([]byte(out), &status) == nil
}

// report makes reports, and wants an end of each.
func (s *soak) report(r *rand.Rand) {
	for s.pause(r, 2*time.Second) {
		args := []string{"report", "requisites", konturtest.INN(r.IntN(soakNodes) + 1), "-q", "-o", "json"}
		if r.IntN(2) == 0 {
			args = append(args, "--refresh")
		}
		if status, _, _ := s.starter("", args...); status == 0 {
			s.note("report")
		}
	}
}

// edit is people at work: they type, lock, delete and create.
func (s *soak) edit(r *rand.Rand) {
	var added []string
	for n := 0; s.pause(r, 200*time.Millisecond); n++ {
		id := s.ids[r.IntN(len(s.ids))]
		switch r.IntN(20) {
		case 0:
			s.alfresco.SetFlags(id, false, true, false)
			s.note("lock")
		case 1, 2, 3, 4:
			s.alfresco.SetFlags(id, false, false, false)
		case 5:
			company := konturtest.Invented(soakNodes + 1 + n)
			s.kontur.AddCompany(company)
			added = append(added, s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": company.INN}})...)
			s.note("new node")
		case 6:
			if len(added) > 10 {
				s.alfresco.Delete(added[0])
				added = added[1:]
				s.note("deleted node")
			}
		default:
			if s.alfresco.Edit(id, map[string]any{"idocs:shortOrganizationName": fmt.Sprintf("typed %d", n)}) == nil {
				s.note("edit")
			}
		}
	}
	for _, id := range s.ids {
		s.alfresco.SetFlags(id, false, false, false)
	}
}

// breakAlfresco makes requests to Alfresco go wrong.
func (s *soak) breakAlfresco(r *rand.Rand) {
	for s.pause(r, 8*time.Second) {
		f := alfrescotest.Fault{Times: 1 + r.IntN(4), After: r.IntN(2) == 0}
		f.Operation = []alfrescotest.Operation{alfrescotest.Search, alfrescotest.Metadata, alfrescotest.Get, alfrescotest.Put, alfrescotest.Put}[r.IntN(5)]
		switch r.IntN(6) {
		case 0:
			f.Status = 503
		case 1:
			f.Status, f.Header = 429, map[string]string{"Retry-After": "1"}
		case 2:
			f.Cut = true
		case 3:
			f.HTML, f.Status = true, 502
		case 4:
			f.Body = `{"entry": nothing`
		default:
			f.Delay, f.After = time.Duration(r.IntN(5))*time.Second, false
		}
		s.note("Alfresco " + string(f.Operation))
		remove := s.alfresco.Inject(f)
		time.AfterFunc(10*time.Second, remove)
	}
}

// breakKontur makes calls of Kontur.Focus go wrong.
func (s *soak) breakKontur(r *rand.Rand) {
	troubles := []konturtest.Trouble{
		konturtest.CutConnection, konturtest.CutBody, konturtest.Garbage, konturtest.HTMLPage, konturtest.TruncatedJSON, konturtest.NotArray, konturtest.Redirect,
	}
	for s.pause(r, 8*time.Second) {
		f := konturtest.Fault{Times: 1 + r.IntN(2)}
		switch r.IntN(4) {
		case 0:
			f.Status, f.Text = 503, "Service Unavailable"
		case 1:
			f.Status, f.Text, f.RetryAfter = 429, "Too Many Requests", "1"
		case 2:
			f.Delay = time.Duration(r.IntN(5)) * time.Second
		default:
			f.Trouble = troubles[r.IntN(len(troubles))]
		}
		s.note("Kontur.Focus")
		s.kontur.Inject(f)
	}
}

// breakWorkers kills workers, stops them and freezes them, one at a time, so that the other goes on.
func (s *soak) breakWorkers(r *rand.Rand) {
	for s.pause(r, 16*time.Second) {
		i := r.IntN(soakWorkers)
		w := s.workers[i]
		switch r.IntN(4) {
		case 0:
			s.note("worker stopped")
			if err := w.Stop(); err != nil {
				s.complain("a worker that was told to stop: %v", err)
			}
			s.workers[i] = s.startWorker(s.quiet)
		case 1:
			s.note("worker frozen")
			_ = w.Signal(syscall.SIGSTOP)
			s.pause(r, 40*time.Second)
			_ = w.Signal(syscall.SIGCONT)
		default:
			s.note("worker killed")
			w.Kill()
			s.workers[i] = s.startWorker(s.quiet)
		}
	}
}

// restart stops the Temporal server for some seconds, now and then.
func (s *soak) restart(r *rand.Rand, server *temporalserver.Server, o temporalserver.Options) *temporalserver.Server {
	for s.pause(r, time.Minute) {
		if err := server.Stop(); err != nil {
			s.complain("stop Temporal: %v", err)
		}
		time.Sleep(time.Duration(r.IntN(6000)) * time.Millisecond)
		next, err := temporalserver.Start(s.t.Context(), o)
		if err != nil {
			s.complain("start Temporal: %v", err)
			return server
		}
		s.note("Temporal restarted")
		server = next
	}
	return server
}

// requireTrueNodes: no node has another company's name, and none is behind the register.
func (s *soak) requireTrueNodes() {
	s.t.Helper()
	for _, w := range s.alfresco.Writes() {
		name, _ := w.Properties["idocs:shortOrganizationName"].(string)
		node, ok := s.alfresco.Get(w.NodeID)
		inn, _ := node.Properties["idocs:inn"].(string)
		if ok && strings.HasPrefix(name, `ООО "00`) {
			require.Contains(s.t, name, inn, "node %s has a stranger's name", w.NodeID)
		}
	}
	for i, id := range s.ids {
		node, ok := s.alfresco.Get(id)
		if !ok {
			continue // deleted by a person
		}
		var want string
		s.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { want = c.ShortName })
		require.Equal(s.t, want, node.Properties["idocs:shortOrganizationName"], "node %s", id)
	}
}

// requireJournals: what the passes tell is what the repository saw, write by write.
func (s *soak) requireJournals() {
	s.t.Helper()
	written, told, unsure := map[string]int{}, map[string]int{}, map[string]int{}
	for _, w := range s.alfresco.Writes() {
		written[w.NodeID+" "+canonical(s.t, w.Properties)]++
	}
	for i, p := range s.passes {
		last := map[string]counterparty.Outcome{} // of each node that the journal tells of
		for _, e := range s.entries(s.must("", "changes", s.id, "--pass", p.WorkflowID+"/"+p.RunID, "-o", "json")) {
			last[e.NodeID] = e.Outcome
			if e.Outcome != counterparty.Updated {
				continue
			}
			became := map[string]any{}
			for _, c := range e.Changes {
				became[c.Attribute] = c.Became
			}
			if e.Unsure {
				unsure[e.NodeID+" "+canonical(s.t, became)]++
			} else {
				told[e.NodeID+" "+canonical(s.t, became)]++
			}
		}
		if p.Ended != "COMPLETED" {
			continue
		}
		want := 0
		if p.ResumedFrom != nil && i > 0 {
			want = s.passes[i-1].Counts.Updated // the counts are those of the whole walk
		}
		// A node that is deleted after a try that failed has written it is walked by no other: its write is told, and it is
		// not counted.
		gone := 0
		for node, outcome := range last {
			if outcome != counterparty.Updated {
				continue
			}
			want++
			if _, there := s.alfresco.Get(node); !there {
				gone++
			}
		}
		require.LessOrEqual(s.t, p.Counts.Updated, want, "the journal and the counts of pass %s", p.WorkflowID)
		require.GreaterOrEqual(s.t, p.Counts.Updated, want-gone, "the journal and the counts of pass %s, which went on from %v", p.WorkflowID, p.ResumedFrom)
	}
	for write, n := range written {
		require.LessOrEqual(s.t, n, told[write]+unsure[write], "a write that no journal knows: %s", write)
	}
	for write, n := range told {
		require.LessOrEqual(s.t, n, written[write], "a write that the repository does not know: %s", write)
	}
	s.t.Logf("%d different writes told, %d of them perhaps", len(told), len(unsure))
}

func canonical(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
