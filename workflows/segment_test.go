package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

func TestSegmentReturnsWhenHistoryGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 55)
	w.env.SetContinueAsNewSuggested(true)
	w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), pass.SegmentRequest{Sync: config(), After: 5, Number: 3})
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.Equal(t, pass.SegmentResult{Progress: pass.Progress{Segment: 3, LastDbid: 15, Batches: 1, Counts: counterparty.Counts{Updated: 10}, Asked: 10,
		Known: []string{inn(6), inn(7), inn(8)}}}, result)
}

// The size that Temporal suggests is too little for batches with much in them. Where it does not say why it suggests so, it is heeded.
func TestSegmentGoesOnWhereItsHistoryIsLargeOnly(t *testing.T) {
	t.Parallel()
	size, events := workflow.ContinueAsNewSuggestedReason(workflow.ContinueAsNewSuggestedReasonHistorySizeTooLarge),
		workflow.ContinueAsNewSuggestedReason(workflow.ContinueAsNewSuggestedReasonTooManyHistoryEvents)
	for name, tt := range map[string]struct {
		reasons []workflow.ContinueAsNewSuggestedReason
		bytes   int
		whole   bool
	}{
		"large":               {[]workflow.ContinueAsNewSuggestedReason{size}, 24<<20 - 1, true},
		"too large":           {[]workflow.ContinueAsNewSuggestedReason{size}, 24 << 20, false},
		"too many events":     {[]workflow.ContinueAsNewSuggestedReason{events}, 1 << 20, false},
		"both":                {[]workflow.ContinueAsNewSuggestedReason{events, size}, 5 << 20, false},
		"an older server":     {nil, 5 << 20, false},
		"a reason of its own": {[]workflow.ContinueAsNewSuggestedReason{99}, 5 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 55)
			w.env.SetContinueAsNewSuggested(true)
			w.env.SetContinueAsNewSuggestedReasons(tt.reasons)
			w.env.SetCurrentHistorySize(tt.bytes)
			result := w.segment(t, pass.SegmentRequest{Sync: config(), Number: 1})
			require.Equal(t, tt.whole, result.Done)
		})
	}
}

func TestAnswersThatNoPayloadHoldsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
		result := w.knows(r)
		result.Bytes = 1_000_000
		return result, nil
	})
	sync := config()
	sync.Sources = []string{"req", "licences"}
	w.run(sync)
	result := w.failure(t)
	require.Zero(t, result.TryCount)
	require.Contains(t, *result.Error, "2000000 bytes")
	require.Contains(t, *result.Error, "lower the sync's batchSize")
}

func TestStopDoesNotWaitForARateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.update = func(pass.DiffAndUpdateRequest, int64) error {
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(20 * time.Minute), Waitable: true}},
		})
	}
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Minute)
	start := w.env.Now()
	w.run(config())
	require.Equal(t, pass.Stopped, w.result(t).Ended)
	require.Less(t, w.env.Now().Sub(start), 2*time.Minute)
}

func TestFailedBatchDoesNotWaitForTheNextFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.fetch = func(request pass.FetchBatchRequest) error {
		if request.After == 0 {
			return nil
		}
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(20 * time.Minute), Waitable: true}},
		})
	}
	w.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	sync := config()
	sync.RetryDelays = &[]pass.Duration{}
	start := w.env.Now()
	w.run(sync)
	require.Contains(t, *w.failure(t).Error, "down")
	require.Less(t, w.env.Now().Sub(start), 2*time.Minute)
}

func TestSegmentsFollowEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	var requests []pass.SegmentRequest
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(func(_ workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
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
				if info.ActivityType.Name == string(pass.QuerySource) {
					inFlight++
					most = max(most, inFlight)
				}
			})
			w.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
				mu.Lock()
				defer mu.Unlock()
				if info.ActivityType.Name == string(pass.DiffAndUpdate) {
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
	none.env.OnActivity(string(pass.FetchBatch), mock.Anything).Return(func(request pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
		if request.After > 0 {
			return pass.FetchBatchResult{}, nil
		}
		return pass.FetchBatchResult{Batches: []pass.FetchedBatch{{Nodes: []pass.NodeRef{{ID: "1", Key: "123"}, {ID: "2"}}, LastDbid: 2}}}, nil
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
	sync.Required = sync.Sources
	w.run(sync)
	result := w.failure(t)
	require.Contains(t, *result.Error, "kontur.egrDetails: too slow")
	require.Empty(t, w.updated)
}

func TestProgressSignalsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3000)
	w.slowly(10 * time.Second)
	signals, timers := 0, 0
	w.env.OnUpsertMemo(mock.Anything).Run(func(mock.Arguments) { signals++ }).Return(nil) // at each signal
	w.env.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
	start := w.env.Now()
	w.run(looking(1))
	require.EqualValues(t, 3000, w.result(t).CountProcessedNodes)
	age := w.env.Now().Sub(start)
	require.GreaterOrEqual(t, age, 50*time.Minute)
	require.Less(t, signals, 300)
	require.Greater(t, signals, 100)
	require.Less(t, timers, 300)
}

// Nothing wakes the segment after the second commit.
func TestProgressIsToldIfNothingHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.query = func(_ pass.QuerySourceRequest, call int) error {
		if call == 3 {
			return busy(20 * time.Minute)
		}
		return nil
	}
	told := w.progress(t, time.Minute)
	w.run(looking(1))
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
	require.EqualValues(t, 20, told.CountProcessedNodes)
}

func TestLostSegmentIsAFailureOfTheIteration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	attempts := 0
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(func(_ workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
		if attempts++; attempts == 1 {
			return pass.SegmentResult{}, errors.New("terminated by an operator")
		}
		return pass.SegmentResult{Done: true, Progress: pass.Progress{Segment: request.Number, LastDbid: 30, Batches: 3, Counts: counterparty.Counts{Unchanged: 30}}}, nil
	})
	w.run(config())
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
	require.Equal(t, 2, attempts)
}

func TestSegmentThatIsLostAgainAndAgainIsOurFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(pass.SegmentResult{}, errors.New("terminated by an operator"))
	w.env.RegisterDelayedCallback(func() {
		states, _ := w.report(t)
		require.Equal(t, "alfresco.read=DELAYED kontur.req=DELAYED alfresco.write=DELAYED", states, "all of them are put off")
	}, 500*time.Millisecond)
	w.run(config())
	w.failure(t)
	states, counters := w.report(t)
	require.Equal(t, "alfresco.read=INTERNAL_ERROR kontur.req=CANCEL alfresco.write=CANCEL", states)
	require.Zero(t, counters.Wait)
}

// What a lost segment has committed is in its history. A signal of it that arrives late changes nothing.
func TestLostSegmentCommittedWhatItsHistoryTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.committed.Progress = pass.Progress{Segment: 1, LastDbid: 10, Batches: 1, Counts: counterparty.Counts{Unchanged: 10}}
	attempts := 0
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(func(_ workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
		if attempts++; attempts == 1 {
			return pass.SegmentResult{}, errors.New("terminated by an operator")
		}
		require.EqualValues(t, 10, request.After)
		return pass.SegmentResult{Done: true, Progress: pass.Progress{Segment: request.Number, LastDbid: 30, Batches: 2, Counts: counterparty.Counts{Unchanged: 20}}}, nil
	})
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(string(pass.ProgressSignal), pass.Progress{Segment: 1, LastDbid: 20, Batches: 2, Counts: counterparty.Counts{Unchanged: 20}})
	}, 2*time.Second)
	w.env.RegisterDelayedCallback(func() {
		state := w.state(t)
		require.Equal(t, pass.RetryWaiting, state.Status)
		require.Equal(t, 1, state.TryCount)
		require.NotNil(t, state.NextTry)
		require.NotNil(t, state.Error)
		require.EqualValues(t, 10, state.CountProcessedNodes)
	}, 4*time.Second)
	w.run(config())
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
}
