package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows"
)

// world is a repository of numbered nodes and a Kontur.Focus that fails when told to.
type world struct {
	env *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	nodes   int64                                        // dbids 1…nodes
	fetch   func(pass.FetchBatchRequest) error           // may be nil
	query   func(pass.QuerySourceRequest, int) error     // by number of the call, from 1
	update  func(pass.DiffAndUpdateRequest, int64) error // by the batch's last dbid
	queries int
	asked   []string
	updated map[int64]int // how often each node was diffed
	after   []int64       // checkpoints that were fetched from
	// createdBefore is that of the last fetch.
	createdBefore *time.Time
}

func newWorld(t *testing.T, nodes int64) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w := &world{env: suite.NewTestWorkflowEnvironment(), nodes: nodes, updated: map[int64]int{}}
	workflows.Register(w.env)
	register := func(name string, execute any) {
		w.env.RegisterActivityWithOptions(execute, activity.RegisterOptions{Name: name})
	}
	register(pass.FetchBatchActivity, w.fetchBatch)
	register(pass.QuerySourceActivity, w.querySource)
	register(pass.DiffAndUpdateActivity, w.diffAndUpdate)
	w.env.SetTestTimeout(20 * time.Second)
	return w
}

func (w *world) fetchBatch(request pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fetch != nil {
		if err := w.fetch(request); err != nil {
			return pass.FetchBatchResult{}, err
		}
	}
	w.after = append(w.after, request.After)
	w.createdBefore = request.CreatedBefore
	result := pass.FetchBatchResult{LastDbid: request.After}
	for dbid := request.After + 1; dbid <= min(w.nodes, request.After+int64(request.Max)); dbid++ {
		result.Nodes = append(result.Nodes, pass.NodeRef{ID: fmt.Sprint(dbid), Key: inn(dbid)})
		result.LastDbid = dbid
	}
	return result, nil
}

func (w *world) querySource(request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries++
	w.asked = append(w.asked, request.IDs...)
	if w.query != nil {
		if err := w.query(request, w.queries); err != nil {
			return pass.QuerySourceResult{}, err
		}
	}
	return pass.QuerySourceResult{}, nil
}

func (w *world) diffAndUpdate(request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var last int64
	for _, node := range request.Nodes {
		_, _ = fmt.Sscan(node.ID, &last)
	}
	if w.update != nil {
		if err := w.update(request, last); err != nil {
			return pass.DiffAndUpdateResult{}, err
		}
	}
	var result pass.DiffAndUpdateResult
	for _, node := range request.Nodes {
		var dbid int64
		_, _ = fmt.Sscan(node.ID, &dbid)
		outcome := counterparty.Updated
		if w.updated[dbid] > 0 {
			outcome = counterparty.Unchanged
		}
		w.updated[dbid]++
		result.Counts.Add(outcome)
	}
	return result, nil
}

// inn is a well-formed INN of the invented region 00.
func inn(n int64) string {
	digits := fmt.Sprintf("00%07d", n)
	sum := 0
	for i, weight := range []int{2, 4, 10, 3, 5, 9, 4, 6, 8} {
		sum += weight * int(digits[i]-'0')
	}
	return fmt.Sprintf("%s%d", digits, sum%11%10)
}

func (w *world) run(sync pass.Sync) { w.env.ExecuteWorkflow(pass.SyncWorkflow, sync) }

func (w *world) result(t *testing.T) pass.Result {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.Result
	require.NoError(t, w.env.GetWorkflowResult(&result))
	return result
}

// failure is the result in the details of a failed pass.
func (w *world) failure(t *testing.T) pass.Result {
	t.Helper()
	require.True(t, w.env.IsWorkflowCompleted())
	return details(t, w.env.GetWorkflowError())
}

func details(t *testing.T, err error) pass.Result {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, pass.FailurePass, application.Type())
	require.True(t, application.NonRetryable())
	var result pass.Result
	require.NoError(t, application.Details(&result))
	return result
}

func (w *world) state(t *testing.T) pass.State {
	t.Helper()
	value, err := w.env.QueryWorkflow(pass.StateQuery)
	require.NoError(t, err)
	var state pass.State
	require.NoError(t, value.Get(&state))
	return state
}

func unavailable(text string) error {
	return temporal.NewApplicationErrorWithOptions(text, pass.FailureUnavailable, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "wait", Waitable: true}},
	})
}

func config() pass.Sync {
	size := 10
	return pass.Sync{ID: "main", BatchSize: &size}
}

func TestPassWalksEveryNodeOnce(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int64{0, 1, 9, 10, 11, 100, 237} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nodes)
			w.run(config())
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, pass.TriggerWaiting, result.Status)
			require.Equal(t, nodes, result.CountProcessedNodes)
			require.Equal(t, int(nodes), result.Counts.Updated)
			require.Len(t, w.updated, int(nodes))
			if nodes == 0 {
				require.Nil(t, result.LastModifiedNodeDbid)
			} else {
				require.Equal(t, nodes, *result.LastModifiedNodeDbid)
			}
			for dbid, times := range w.updated {
				require.Equal(t, 1, times, "node %d", dbid)
			}
		})
	}
}

func TestFailedIterationIsRetriedThreeTimesThenGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	down := false
	w.query = func(_ pass.QuerySourceRequest, call int) error {
		if down = down || call > 2; down {
			return unavailable("Kontur.Focus answered 503")
		}
		return nil
	}
	var seen []pass.State
	start := w.env.Now()
	for _, at := range []time.Duration{5 * time.Second, 30 * time.Second, 5 * time.Minute} {
		w.env.RegisterDelayedCallback(func() { seen = append(seen, w.state(t)) }, at)
	}
	one := 1
	sync := config()
	sync.Lookahead = &one
	w.run(sync)
	result := w.failure(t)

	require.Equal(t, pass.Error, result.Status)
	require.Equal(t, pass.Failed, result.Ended)
	require.EqualValues(t, 20, *result.LastModifiedNodeDbid)
	require.EqualValues(t, 20, result.CountProcessedNodes)
	require.Equal(t, 3, result.TryCount)
	require.Nil(t, result.NextTry)
	require.Equal(t, "kontur.req: Kontur.Focus answered 503; hint: wait", *result.Error)
	require.Equal(t, 2+4, w.queries, "the first call and three retries of one iteration")
	require.Len(t, seen, 3)
	for i, after := range []time.Duration{10 * time.Second, 70 * time.Second, 670 * time.Second} {
		require.Equal(t, pass.RetryWaiting, seen[i].Status)
		require.Equal(t, i+1, seen[i].TryCount)
		require.WithinDuration(t, start.Add(after), *seen[i].NextTry, 2*time.Second)
		require.NotNil(t, seen[i].Error)
	}
}

func TestCommittedBatchClearsTheTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	failed := map[string]int{}
	w.query = func(r pass.QuerySourceRequest, _ int) error {
		// Each batch fails twice: together more often than one iteration may.
		if failed[r.IDs[0]]++; failed[r.IDs[0]] <= 2 {
			return unavailable("down")
		}
		return nil
	}
	one := 1
	sync := config()
	sync.Lookahead = &one
	w.run(sync)
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.EqualValues(t, 60, result.CountProcessedNodes)
	require.Zero(t, result.TryCount)
	require.Nil(t, result.Error)
}

func TestBatchWrittenAheadOfAFailedOneIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	failures := 0
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 10 && failures == 0 {
			failures++
			return unavailable("Alfresco answered 500")
		}
		return nil
	}
	w.run(config())
	result := w.result(t)
	require.EqualValues(t, 40, result.CountProcessedNodes)
	require.Equal(t, counterparty.Counts{Updated: 40}, result.Counts)
	for dbid, times := range w.updated {
		require.Equal(t, 1, times, "node %d", dbid)
	}
}

func TestWhatWaitingCannotMendGivesUpAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewApplicationErrorWithOptions("key refused", pass.FailureBadCredentials, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "check KONTUR_KEY"}},
		})
	}
	w.run(config())
	result := w.failure(t)
	require.Equal(t, 1, w.queries)
	require.Zero(t, result.TryCount)
	require.Equal(t, "kontur.req: key refused; hint: check KONTUR_KEY", *result.Error)
}

func TestRateLimitIsWaitedForWithoutATry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(_ pass.QuerySourceRequest, call int) error {
		if call > 5 {
			return nil
		}
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(time.Minute), Waitable: true}},
		})
	}
	start := w.env.Now()
	w.env.RegisterDelayedCallback(func() {
		state := w.state(t)
		require.Equal(t, pass.InProgress, state.Status)
		require.Zero(t, state.TryCount)
	}, 3*time.Minute)
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Equal(t, 6, w.queries)
	require.GreaterOrEqual(t, w.env.Now().Sub(start), 5*time.Minute)
}

func TestRateLimitBeyondTheBoundIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(2 * time.Hour), Waitable: true}},
		})
	}
	w.run(config())
	require.Equal(t, 3, w.failure(t).TryCount)
	require.Equal(t, 4, w.queries)
}

func TestRetrySignalEndsTheWaiting(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		give pass.Retry
		want int // tries when it fails again
	}{
		"by hand keeps the tries":         {pass.Retry{}, 2},
		"start of a worker resets them":   {pass.Retry{ResetTries: true}, 1},
		"unknown payload fields are fine": {pass.Retry{}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 10)
			w.query = func(_ pass.QuerySourceRequest, call int) error {
				if call <= 2 {
					return unavailable("down")
				}
				return nil
			}
			start := w.env.Now()
			w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(pass.RetrySignal, tt.give) }, 2*time.Second)
			var state pass.State
			w.env.RegisterDelayedCallback(func() { state = w.state(t) }, 4*time.Second)
			w.run(config())
			require.Equal(t, pass.Completed, w.result(t).Ended)
			require.Equal(t, tt.want, state.TryCount)
			require.WithinDuration(t, start.Add(2*time.Second).Add([]time.Duration{0, 10 * time.Second, time.Minute}[tt.want]), *state.NextTry, time.Second)
		})
	}
}

func TestStaleRetrySignalDoesNotShortenALaterWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(_ pass.QuerySourceRequest, call int) error {
		if call == 1 {
			return unavailable("down")
		}
		return nil
	}
	start := w.env.Now()
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(pass.RetrySignal, pass.Retry{}) }, 0)
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.GreaterOrEqual(t, w.env.Now().Sub(start), 10*time.Second)
}

func TestCancellationStopsAtACleanPoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100_000)
	w.env.OnActivity(pass.QuerySourceActivity, mock.Anything).After(time.Second).Return(pass.QuerySourceResult{}, nil)
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 5500*time.Millisecond)
	w.run(config())
	result := w.result(t)
	require.Equal(t, pass.Stopped, result.Ended)
	require.Equal(t, pass.TriggerWaiting, result.Status)
	require.Positive(t, result.CountProcessedNodes)
	require.Less(t, result.CountProcessedNodes, int64(1000))
	require.EqualValues(t, *result.LastModifiedNodeDbid, result.CountProcessedNodes)
	require.GreaterOrEqual(t, len(w.updated), int(result.CountProcessedNodes))
}

func TestCancellationEndsRetryWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 20*time.Second)
	start := w.env.Now()
	w.run(config())
	require.Equal(t, pass.Stopped, w.result(t).Ended)
	require.Less(t, w.env.Now().Sub(start), time.Minute)
}

func TestNextPassGoesOnFromWhatTheScheduleHandsOver(t *testing.T) {
	t.Parallel()
	twenty := int64(20)
	previous := func(ended pass.Ended, resetAt string) pass.Result {
		return pass.Result{
			State:   pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: &twenty, CountProcessedNodes: 20},
			Ended:   ended,
			Counts:  counterparty.Counts{Unchanged: 20},
			ResetAt: resetAt,
		}
	}
	for name, tt := range map[string]struct {
		result  *pass.Result
		failed  *pass.Result
		start   pass.Start
		resetAt string
		after   int64
		count   int64
	}{
		"nothing: from the beginning":                   {after: 0, count: 50},
		"completed: from the beginning":                 {result: ptr(previous(pass.Completed, "")), after: 0, count: 50},
		"completed, start at the checkpoint: new nodes": {result: ptr(previous(pass.Completed, "")), start: pass.Checkpoint, after: 20, count: 30},
		"stopped: goes on":                              {result: ptr(previous(pass.Stopped, "")), after: 20, count: 50},
		"failed: goes on":                               {failed: ptr(previous(pass.Failed, "")), after: 20, count: 50},
		"failed after a completed one: goes on":         {result: ptr(pass.Result{Ended: pass.Completed, State: pass.State{Status: pass.TriggerWaiting}}), failed: ptr(previous(pass.Failed, "")), after: 20, count: 50},
		"failed, then reset: from the beginning":        {failed: ptr(previous(pass.Failed, "")), resetAt: "2026-01-01T00:00:00Z", after: 0, count: 50},
		"reset earlier already: goes on":                {failed: ptr(previous(pass.Failed, "x")), resetAt: "x", after: 20, count: 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 50)
			if tt.result != nil {
				w.env.SetLastCompletionResult(*tt.result)
			}
			if tt.failed != nil {
				w.env.SetLastError(temporal.NewApplicationErrorWithOptions("gave up", pass.FailurePass,
					temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{*tt.failed}}))
			}
			sync := config()
			sync.Start, sync.ResetAt = tt.start, tt.resetAt
			w.run(sync)
			result := w.result(t)
			require.Equal(t, tt.after, w.after[0])
			require.Equal(t, tt.count, result.CountProcessedNodes)
			require.EqualValues(t, 50, *result.LastModifiedNodeDbid)
			require.Equal(t, tt.after == 0, result.ResumedFrom == nil)
			if tt.start == pass.Checkpoint {
				require.Equal(t, result.StartedAt.Add(-15*time.Minute), *w.createdBefore, "young nodes wait for the next pass")
			} else {
				require.Nil(t, w.createdBefore)
			}
		})
	}
}

func TestPassThatWasTerminatedIsFoundByItsMemo(t *testing.T) {
	t.Parallel()
	dbid := func(n int64) pass.State {
		return pass.State{Status: pass.InProgress, LastModifiedNodeDbid: &n, CountProcessedNodes: n}
	}
	for name, tt := range map[string]struct {
		handed *pass.Result
		found  pass.FindPreviousPassResult
		err    error
		after  int64
	}{
		"newer than what was handed over": {
			handed: &pass.Result{State: dbid(50), Ended: pass.Completed, RunID: "a"},
			found:  pass.FindPreviousPassResult{RunID: "b", Result: &pass.Result{State: dbid(30), RunID: "b"}},
			after:  30,
		},
		"the same pass as handed over": {
			handed: &pass.Result{State: dbid(50), Ended: pass.Completed, RunID: "a"},
			found:  pass.FindPreviousPassResult{RunID: "a", Result: &pass.Result{State: dbid(30), RunID: "a"}},
			after:  0,
		},
		"nothing in the memo": {
			handed: &pass.Result{State: dbid(40), Ended: pass.Stopped, RunID: "a"},
			found:  pass.FindPreviousPassResult{RunID: "b"},
			after:  40,
		},
		"the look-up fails": {
			handed: &pass.Result{State: dbid(40), Ended: pass.Stopped, RunID: "a"},
			err:    temporal.NewNonRetryableApplicationError("no permission", "x", nil),
			after:  40,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 50)
			key := temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")
			require.NoError(t, w.env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(key.ValueSet("counterparty-sync-main"))))
			w.env.SetLastCompletionResult(*tt.handed)
			w.env.RegisterActivityWithOptions(func(request pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
				require.Equal(t, "counterparty-sync-main", request.ScheduleID)
				return tt.found, tt.err
			}, activity.RegisterOptions{Name: pass.FindPreviousPassActivity})
			w.run(config())
			require.Equal(t, pass.Completed, w.result(t).Ended)
			require.Equal(t, tt.after, w.after[0])
		})
	}
}

func TestMinimalInputTakesDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	key := temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")
	require.NoError(t, w.env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(key.ValueSet("by-hand"))))
	w.env.RegisterActivityWithOptions(func(pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
		return pass.FindPreviousPassResult{}, nil
	}, activity.RegisterOptions{Name: pass.FindPreviousPassActivity})
	w.run(pass.Sync{})
	require.Equal(t, pass.Completed, w.result(t).Ended)
}

func TestInvalidInputFailsWithEveryProblemAndKeepsTheCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	twenty := int64(20)
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: &twenty}, Ended: pass.Stopped})
	big := 500
	w.run(pass.Sync{ID: "main", BatchSize: &big, SearchParam: "kpp"})
	result := w.failure(t)
	require.Contains(t, *result.Error, `batchSize: "500" is not allowed; allowed: a whole number from 1 to 100`)
	require.Contains(t, *result.Error, `searchParam: "kpp" is not allowed; allowed: inn or ogrn`)
	require.EqualValues(t, 20, *result.LastModifiedNodeDbid)
	require.Empty(t, w.after)
}

func TestSegmentReturnsWhenHistoryGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 55)
	w.env.SetContinueAsNewSuggested(true)
	w.env.ExecuteWorkflow(pass.SegmentWorkflow, pass.SegmentRequest{Sync: config(), After: 5, Number: 3})
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.Equal(t, pass.SegmentResult{Progress: pass.Progress{Segment: 3, LastDbid: 15, Batches: 1, Counts: counterparty.Counts{Updated: 10}}}, result)
}

func TestSegmentsFollowEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	var requests []pass.SegmentRequest
	w.env.OnWorkflow(pass.SegmentWorkflow, mock.Anything, mock.Anything).Return(func(_ workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
		requests = append(requests, request)
		last := request.After + 100
		return pass.SegmentResult{Done: last == 300, Progress: pass.Progress{
			Segment: request.Number, LastDbid: last, Batches: 10, Counts: counterparty.Counts{Unchanged: 100},
		}}, nil
	})
	var ids []string
	w.env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		ids = append(ids, info.WorkflowExecution.ID)
	})
	w.run(config())
	result := w.result(t)
	require.EqualValues(t, 300, result.CountProcessedNodes)
	require.EqualValues(t, 30, result.Batches)
	require.Len(t, requests, 3)
	for i, request := range requests {
		require.EqualValues(t, 100*i, request.After)
		require.Equal(t, fmt.Sprintf("%s/segment-%d", result.WorkflowID, i+1), ids[i])
	}
}

func TestLookaheadBoundsTheBatchesInFlight(t *testing.T) {
	t.Parallel()
	for _, lookahead := range []int{1, 3} {
		t.Run(fmt.Sprint(lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 200)
			var mu sync.Mutex
			inFlight, most := 0, 0
			w.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				mu.Lock()
				defer mu.Unlock()
				if info.ActivityType.Name == pass.QuerySourceActivity {
					inFlight++
					most = max(most, inFlight)
				}
			})
			w.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
				mu.Lock()
				defer mu.Unlock()
				if info.ActivityType.Name == pass.DiffAndUpdateActivity {
					inFlight--
				}
			})
			sync := config()
			sync.Lookahead = &lookahead
			w.run(sync)
			require.EqualValues(t, 200, w.result(t).CountProcessedNodes)
			require.LessOrEqual(t, most, lookahead)
		})
	}
}

func TestAllSourcesAreAskedAndNobodyIsAskedAboutWrongIdentifiers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	sync := config()
	sync.Sources = []string{"req", "egrDetails"}
	w.run(sync)
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Equal(t, 2, w.queries)
	require.Len(t, w.asked, 6)

	none := newWorld(t, 0)
	none.env.OnActivity(pass.FetchBatchActivity, mock.Anything).Return(func(request pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
		if request.After > 0 {
			return pass.FetchBatchResult{LastDbid: request.After}, nil
		}
		return pass.FetchBatchResult{Nodes: []pass.NodeRef{{ID: "1", Key: "123"}, {ID: "2"}}, LastDbid: 2}, nil
	})
	none.run(config())
	require.EqualValues(t, 2, none.result(t).CountProcessedNodes)
	require.Zero(t, none.queries)
}

func TestOneFailedSourceFailsTheIteration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.query = func(r pass.QuerySourceRequest, _ int) error {
		if r.Source == "egrDetails" {
			return unavailable("too slow")
		}
		return nil
	}
	sync := config()
	sync.Sources = []string{"req", "egrDetails"}
	w.run(sync)
	result := w.failure(t)
	require.Contains(t, *result.Error, "kontur.egrDetails: too slow")
	require.Empty(t, w.updated)
}

func TestProgressSignalsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3000)
	w.env.OnActivity(pass.QuerySourceActivity, mock.Anything).After(10*time.Second).Return(pass.QuerySourceResult{}, nil)
	signals := 0
	w.env.SetOnTimerScheduledListener(func(string, time.Duration) { signals++ })
	start := w.env.Now()
	one := 1
	sync := config()
	sync.Lookahead = &one
	w.run(sync)
	require.EqualValues(t, 3000, w.result(t).CountProcessedNodes)
	age := w.env.Now().Sub(start)
	require.GreaterOrEqual(t, age, 50*time.Minute)
	require.Less(t, signals, 300, "each signal is followed by a timer")
	require.Greater(t, signals, 50)
}

func TestLostSegmentIsAFailureOfTheIteration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	attempts := 0
	w.env.OnWorkflow(pass.SegmentWorkflow, mock.Anything, mock.Anything).Return(func(_ workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
		if attempts++; attempts == 1 {
			return pass.SegmentResult{}, errors.New("terminated by an operator")
		}
		return pass.SegmentResult{Done: true, Progress: pass.Progress{Segment: request.Number, LastDbid: 30, Batches: 3, Counts: counterparty.Counts{Unchanged: 30}}}, nil
	})
	w.run(config())
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
	require.Equal(t, 2, attempts)
}

func ptr[T any](v T) *T { return &v }
