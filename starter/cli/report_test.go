package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
	"counterparty-sync/starter/ui"
)

const reportUID = "full_0012345673@counterparty-sync"

var reportTime = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// reportFake is package desk in the tests: it gives the readings one after the other.
type reportFake struct {
	isNew     bool
	readings  []desk.Reading
	err       error
	refreshed int
	underWay  bool // a run, so that a refresh starts none
	reads     int
}

func (f *reportFake) Make(context.Context, report.Request) (desk.Made, error) {
	return desk.Made{UID: reportUID, IsNew: f.isNew}, nil
}

func (f *reportFake) Refresh(context.Context, string, *report.Webhook) (desk.Made, error) {
	f.refreshed++
	return desk.Made{UID: reportUID, IsNew: !f.underWay}, nil
}

func (f *reportFake) Read(context.Context, string) (desk.Reading, error) {
	if f.err != nil {
		return desk.Reading{}, f.err
	}
	f.reads++
	return f.readings[min(f.reads, len(f.readings))-1], nil
}

// reportReading is a report whose sources kontur.req and kontur.egr are in the states.
func reportReading(t *testing.T, req, egr sourcestate.State, ended string) desk.Reading {
	t.Helper()
	sources, err := sourcestate.New("kontur.req", "kontur.egr")
	require.NoError(t, err)
	for id, state := range map[string]sourcestate.State{"kontur.req": req, "kontur.egr": egr} {
		reason := ""
		if state == sourcestate.Failed {
			reason = "no answer in time,\n3 tries"
		}
		if state != sourcestate.NotStarted {
			require.NoError(t, sources.Set(id, state, reason))
		}
	}
	d := report.Document{
		UID: reportUID, Type: "full", Name: "Full report", By: counterparty.INN, ID: "0012345673",
		CreatedAt: reportTime, UpdatedAt: reportTime, Sources: sources, Content: []report.Content{}, Missing: []string{},
	}
	if egr == sourcestate.Failed {
		d.Missing = []string{"kontur.egr"}
	}
	return desk.Reading{Document: d, Ended: ended}
}

// runReport runs the command on the readings.
func runReport(t *testing.T, f *reportFake, change func(*reportRun)) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	r := &reportRun{
		app:    &app{output: "text", IO: IO{Out: &out, Err: &errs, Now: func() time.Time { return reportTime }}},
		client: f, dialect: sourcestate.EntityDialect, every: time.Nanosecond,
		request: report.Request{Type: "full", By: counterparty.INN, ID: "0012345673"},
	}
	if change != nil {
		change(r)
	}
	err = r.do(t.Context())
	return out.String(), errs.String(), err
}

const (
	none     = sourcestate.NotStarted
	asking   = sourcestate.Asking
	answered = sourcestate.Answered
	failed   = sourcestate.Failed
)

func TestReportTellsEachChangeIntoAPipe(t *testing.T) {
	t.Parallel()
	begun := desk.Reading{Document: report.Document{UID: reportUID}, Unanswered: true}
	f := &reportFake{isNew: true, readings: []desk.Reading{
		begun, reportReading(t, none, none, ""), reportReading(t, asking, none, ""), reportReading(t, asking, none, ""),
		reportReading(t, answered, sourcestate.Delayed, ""), reportReading(t, answered, failed, ""),
	}}
	stdout, stderr, err := runReport(t, f, nil)
	require.ErrorIs(t, err, errFailed)
	require.Equal(t, "making "+reportUID+"\nkontur.req: asking\nkontur.req: answered\nkontur.egr: delayed\nkontur.egr: failed, no answer in time, 3 tries\n", stderr)
	require.Equal(t, reportUID+"\nFull report, INN 0012345673, made 2026-06-15T12:00:00Z\n\n"+
		"SOURCE      STATE  REASON\nkontur.req  OK     -\nkontur.egr  ERROR  no answer in time, 3 tries\n\nincomplete without: kontur.egr\n", stdout)
	require.Zero(t, f.refreshed)
}

func TestReportDrawsOneLineOnATerminal(t *testing.T) {
	t.Parallel()
	f := &reportFake{readings: []desk.Reading{reportReading(t, sourcestate.Waiting, sourcestate.Waiting, ""), reportReading(t, asking, none, ""), reportReading(t, answered, answered, "COMPLETED")}}
	stdout, stderr, err := runReport(t, f, func(r *reportRun) { r.Terminal = true })
	require.NoError(t, err)
	require.Equal(t, "\r\033[K0 of 2 sources done, 0 failed; kontur.req waiting, kontur.egr waiting"+
		"\r\033[K0 of 2 sources done, 0 failed; kontur.req asking, kontur.egr not started\r\033[K", stderr)
	require.True(t, strings.HasPrefix(stdout, reportUID))
}

func TestReportThatIsReadyIsShownAtOnce(t *testing.T) {
	t.Parallel()
	f := &reportFake{readings: []desk.Reading{reportReading(t, answered, answered, "COMPLETED")}}
	_, stderr, err := runReport(t, f, nil)
	require.NoError(t, err)
	require.Empty(t, stderr)
	require.Equal(t, 1, f.reads)
	_, _, err = runReport(t, f, func(r *reportRun) { r.refresh = true })
	require.NoError(t, err)
	require.Equal(t, 1, f.refreshed)
	f.isNew = true
	_, _, err = runReport(t, f, func(r *reportRun) { r.refresh = true })
	require.NoError(t, err)
	require.Equal(t, 1, f.refreshed, "what is new needs no refresh")
}

// Otherwise what is shown would pass for the new answers.
func TestReportThatIsNotRefreshedSaysSo(t *testing.T) {
	t.Parallel()
	f := &reportFake{underWay: true, readings: []desk.Reading{reportReading(t, answered, answered, "")}}
	_, stderr, err := runReport(t, f, func(r *reportRun) { r.refresh = true })
	require.NoError(t, err)
	require.Equal(t, "not refreshed: a run of the report is under way; its sources are not asked again\n", stderr)
}

func TestReportWithoutWaiting(t *testing.T) {
	t.Parallel()
	f := &reportFake{readings: []desk.Reading{reportReading(t, asking, none, "")}}
	stdout, _, err := runReport(t, f, func(r *reportRun) { r.noWait, r.dialect = true, sourcestate.VehicleDialect })
	require.NoError(t, err)
	require.Contains(t, stdout, "SOURCE      STATE     EXTENDED  REASON\nkontur.req  PROGRESS  PROGRESS  -\nkontur.egr  PROGRESS  NONE      -\n")
}

func TestReportWithoutWaitingNeverLooksCompleteWithoutSources(t *testing.T) {
	t.Parallel()
	begun := desk.Reading{Document: report.Document{UID: reportUID}, Unanswered: true}
	f := &reportFake{readings: []desk.Reading{begun, begun, reportReading(t, asking, none, "")}}
	stdout, _, err := runReport(t, f, func(r *reportRun) { r.noWait = true })
	require.NoError(t, err)
	require.Contains(t, stdout, "kontur.req  PROGRESS")

	clock := reportTime
	stdout, _, err = runReport(t, &reportFake{readings: []desk.Reading{begun}}, func(r *reportRun) {
		r.noWait, r.output = true, "json"
		r.Now = func() time.Time { clock = clock.Add(6 * time.Second); return clock }
	})
	require.ErrorIs(t, err, errNoWorker)
	require.Empty(t, stdout)
	require.Contains(t, hintFor(err), "worker")
}

func TestReportAsJSONIsTheDocumentOfTheDialect(t *testing.T) {
	t.Parallel()
	for _, dialect := range []sourcestate.Dialect{sourcestate.EntityDialect, sourcestate.VehicleDialect} {
		f := &reportFake{readings: []desk.Reading{reportReading(t, answered, failed, "COMPLETED")}}
		stdout, stderr, err := runReport(t, f, func(r *reportRun) { r.output, r.dialect = "json", dialect })
		require.ErrorIs(t, err, errFailed)
		require.Empty(t, stderr)
		parsed, err := sourcestatetest.Parse([]byte(stdout))
		require.NoError(t, err)
		require.Equal(t, dialect, parsed.Dialect)
		require.Equal(t, sourcestate.Counters{OK: 1, Error: 1}, parsed.Recount)
		require.Contains(t, stdout, `"content":{}`)
	}
}

func TestReportThatWasCutOffSaysSo(t *testing.T) {
	t.Parallel()
	reading := reportReading(t, answered, answered, "TERMINATED")
	reading.Problem = "the report was cut off (terminated)"
	_, stderr, err := runReport(t, &reportFake{readings: []desk.Reading{reading}}, nil)
	require.ErrorIs(t, err, errFailed)
	require.Equal(t, "the report was cut off (terminated); --refresh makes it again\n", stderr)
}

func TestReportTellsOnceThatNoWorkerAnswers(t *testing.T) {
	t.Parallel()
	behind := reportReading(t, asking, none, "")
	behind.Unanswered = true
	clock := reportTime
	f := &reportFake{readings: []desk.Reading{behind, behind, behind, behind, reportReading(t, answered, answered, "")}}
	_, stderr, err := runReport(t, f, func(r *reportRun) {
		r.Now = func() time.Time { clock = clock.Add(6 * time.Second); return clock }
	})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(stderr, "no worker answers"))
}

func TestReportOfAnUnknownTypeIsWrongUsage(t *testing.T) {
	t.Parallel()
	_, _, err := runReport(t, &reportFake{err: desk.ErrUnknownType}, nil)
	require.True(t, isUsage(err))
	require.Contains(t, hintFor(err), "REPORT_TYPES_FILE")
}

func TestReportInterruptedSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs bytes.Buffer
	r := &reportRun{
		app:    &app{output: "text", IO: IO{Err: &errs, Now: time.Now}},
		client: &reportFake{readings: []desk.Reading{reportReading(t, asking, none, "")}}, request: report.Request{Type: "full", ID: "0012345673"},
	}
	require.ErrorIs(t, r.follow(ctx, reportUID), context.Canceled)
	require.Equal(t, "the report goes on; starter report full 0012345673 shows it\n", errs.String())
}

func TestReportLineFitsATerminal(t *testing.T) {
	t.Parallel()
	sources, err := sourcestate.New("kontur.req", "kontur.egr-details", "kontur.contacts", "kontur.licences")
	require.NoError(t, err)
	var errs bytes.Buffer
	p := &reportProgress{Progress: (&app{IO: IO{Err: &errs, Terminal: true}}).progress()}
	p.show(sources)
	line := strings.TrimPrefix(errs.String(), "\r\033[K")
	require.Len(t, []rune(line), ui.Width)
	require.True(t, strings.HasPrefix(line, "0 of 4 sources done, 0 failed; kontur.req not started, "), line)
	require.True(t, strings.HasSuffix(line, "…"), line)
}

func TestReportText(t *testing.T) {
	t.Parallel()
	reading := reportReading(t, answered, answered, "COMPLETED")
	d := &reading.Document
	d.UpdatedAt = reportTime.Add(time.Minute)
	d.Company = &report.Company{Kind: report.LegalEntity, INN: "0012345673", OGRN: "1000000000010"}
	d.Content = []report.Content{
		{Source: "kontur.req", AnsweredAt: reportTime, Data: json.RawMessage(`{"inn":"0012345673","UL":{"name":"ООО \u001b[31m\"Ромашка\"","ok":true,"heads":[{"fio":"Иванов: И.","n":1.50},[]],"none":null,"empty":{},"text":"true","big":12345678901234567890}}`)},
		{Source: "kontur.egr", AnsweredAt: reportTime},
	}
	got, err := reportText(reading, sourcestate.EntityDialect)
	require.NoError(t, err)
	require.Equal(t, reportUID+`
Full report, INN 0012345673, made 2026-06-15T12:00:00Z, updated 2026-06-15T12:01:00Z
legal entity, INN 0012345673, OGRN 1000000000010

SOURCE      STATE  REASON
kontur.req  OK     -
kontur.egr  OK     -

kontur.req, answered 2026-06-15T12:00:00Z
  inn: "0012345673"
  UL:
    name: "ООО \e[31m\"Ромашка\""
    ok: true
    heads:
      - fio: 'Иванов: И.'
        n: 1.50
      - []
    none: null
    empty: {}
    text: "true"
    big: 12345678901234567890

kontur.egr, answered 2026-06-15T12:00:00Z
`, got)
	d.Content[0].Data = json.RawMessage(`{"broken":`)
	_, err = reportText(reading, sourcestate.EntityDialect)
	require.ErrorContains(t, err, "read the content of kontur.req")
}
