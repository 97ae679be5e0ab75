package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// report is the answer of the query, as "id=STATE" in order of the sources.
func (w *world) report(t *testing.T) (string, sourcestate.Counters) {
	t.Helper()
	value, err := w.env.QueryWorkflow(string(pass.ReportQuery))
	require.NoError(t, err)
	var report pass.SourceDocuments
	require.NoError(t, value.Get(&report))
	require.Equal(t, report.Entity.Counters, report.Vehicle.Counters, "both dialects agree")
	var states []string
	for _, source := range report.Entity.State.Sources {
		states = append(states, source.ID+"="+source.State)
	}
	return strings.Join(states, " "), report.Entity.Counters
}

func denied() error {
	return temporal.NewApplicationErrorWithOptions("403", pass.FailureAccessDenied, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "ask for it"}},
	})
}

func TestReportOfAPass(t *testing.T) {
	t.Parallel()
	fetchFails := func(pass.FetchBatchRequest) error { return denied() }
	queryFails := func(pass.QuerySourceRequest, int) error { return denied() }
	updateFails := func(pass.DiffAndUpdateRequest, int64) error { return denied() }
	tooLarge := func(pass.QuerySourceRequest, int) error {
		return temporal.NewNonRetryableApplicationError("too large", pass.FailureTooLarge, nil, pass.FailureDetails{})
	}
	for name, tt := range map[string]struct {
		nodes int64
		give  func(*world)
		want  string
	}{
		"all is well":             {25, func(*world) {}, "alfresco.read=OK kontur.req=OK alfresco.write=OK"},
		"there are no nodes":      {0, func(*world) {}, "alfresco.read=OK kontur.req=SKIP alfresco.write=SKIP"},
		"nodes can't be read":     {25, func(w *world) { w.fetch = fetchFails }, "alfresco.read=ERROR kontur.req=CANCEL alfresco.write=CANCEL"},
		"nobody answers":          {25, func(w *world) { w.query = queryFails }, "alfresco.read=OK kontur.req=ERROR alfresco.write=CANCEL"},
		"the fault is ours":       {25, func(w *world) { w.query = tooLarge }, "alfresco.read=OK kontur.req=INTERNAL_ERROR alfresco.write=CANCEL"},
		"nodes can't be written":  {25, func(w *world) { w.update = updateFails }, "alfresco.read=OK kontur.req=OK alfresco.write=ERROR"},
		"it is stopped meanwhile": {25, func(w *world) { w.query = wait; w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Second) }, "alfresco.read=CANCEL kontur.req=CANCEL alfresco.write=CANCEL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.nodes)
			tt.give(w)
			w.run(config())
			got, counters := w.report(t)
			require.Equal(t, tt.want, got)
			require.Zero(t, counters.Wait, "when a pass has ended nothing waits")
			require.Equal(t, 3, counters.OK+counters.Error)
		})
	}
}

func wait(pass.QuerySourceRequest, int) error { return unavailable("down") }

func TestReportWhileAPassRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	down := true
	w.query = func(_ pass.QuerySourceRequest, call int) error {
		if call > 1 && down {
			return unavailable("down")
		}
		return nil
	}
	one := 1
	sync := config()
	sync.Lookahead = &one
	w.env.RegisterDelayedCallback(func() {
		states, counters := w.report(t)
		require.Equal(t, "alfresco.read=WAITING kontur.req=DELAYED alfresco.write=DELAYED", states, "RETRY_WAITING is no error")
		require.Equal(t, 3, counters.Wait)
		down = false
	}, 5*time.Second)
	w.run(sync)
	require.Equal(t, pass.Completed, w.result(t).Ended)
	states, _ := w.report(t)
	require.Equal(t, "alfresco.read=OK kontur.req=OK alfresco.write=OK", states)
	require.EqualValues(t, 30, w.result(t).Asked)
}

// Whether the data will come is not known for what lies behind the source that failed.
func TestWhatNeedsASourceThatFailedIsDelayed(t *testing.T) {
	t.Parallel()
	down := unavailable("down")
	for name, tt := range map[string]struct {
		give func(*world)
		want string
		// reason is that of the last source.
		reason string
	}{
		"nodes can't be read": {func(w *world) { w.fetch = func(pass.FetchBatchRequest) error { return down } },
			"alfresco.read=DELAYED kontur.req=DELAYED kontur.contacts=DELAYED alfresco.write=DELAYED", "it is not known whether alfresco.read will answer: "},
		"one of two does not answer": {func(w *world) {
			w.query = func(r pass.QuerySourceRequest, _ int) error {
				if r.Source == "contacts" {
					return down
				}
				return nil
			}
		}, "alfresco.read=WAITING kontur.req=WAITING kontur.contacts=DELAYED alfresco.write=DELAYED", "it is not known whether kontur.contacts will answer: "},
		"nodes can't be written": {func(w *world) { w.update = func(pass.DiffAndUpdateRequest, int64) error { return down } },
			"alfresco.read=WAITING kontur.req=WAITING kontur.contacts=WAITING alfresco.write=DELAYED", "update nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30)
			tt.give(w)
			sync := config()
			sync.Sources = []string{"req", "contacts"}
			w.env.RegisterDelayedCallback(func() {
				require.Equal(t, pass.RetryWaiting, w.state(t).Status)
				states, counters := w.report(t)
				require.Equal(t, tt.want, states)
				require.Equal(t, 4, counters.Wait)
				value, err := w.env.QueryWorkflow(string(pass.ReportQuery))
				require.NoError(t, err)
				var report pass.SourceDocuments
				require.NoError(t, value.Get(&report))
				require.Contains(t, report.Entity.State.Sources[3].Data.Reason, tt.reason)
				require.Equal(t, "DELAYED", report.Vehicle.State.Sources[3].ExtendedState)
			}, 30*time.Second)
			w.run(sync)
		})
	}
}

func TestSourceThatThePassCanDoWithoutIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err       error
		wantCalls int
		wantWait  time.Duration
	}{
		"at once if waiting can't help": {denied(), 1, 0},
		"after all tries if it might":   {unavailable("down"), 4, 11 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 50)
			calls := 0
			w.query = func(r pass.QuerySourceRequest, _ int) error {
				if r.Source != "contacts" {
					return nil
				}
				calls++
				return tt.err
			}
			asked := map[int]int{}
			w.update = func(r pass.DiffAndUpdateRequest, _ int64) error {
				asked[len(r.Answers)]++
				assert.Equal(t, []string{"contacts"}, r.LeftOut, "its attributes stay as they are")
				return nil
			}
			one := 1
			sync := config()
			sync.Sources = []string{"req", "contacts"}
			sync.Lookahead = &one
			start := w.env.Now()
			w.run(sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.EqualValues(t, 50, result.CountProcessedNodes)
			require.Zero(t, result.TryCount)
			require.Nil(t, result.Error)
			require.Equal(t, tt.wantCalls, calls, "it is not asked again in this pass")
			require.Equal(t, map[int]int{1: 5}, asked, "its attributes stay untouched")
			require.GreaterOrEqual(t, w.env.Now().Sub(start), tt.wantWait)
			states, _ := w.report(t)
			require.Equal(t, "alfresco.read=OK kontur.req=OK kontur.contacts=ERROR alfresco.write=OK", states)
		})
	}
}
