package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// looking is a configuration with so many batches in flight.
func looking(ahead int) pass.Sync {
	sync := config()
	sync.Lookahead = &ahead
	return sync
}

// slowly lets each question to Kontur.Focus take that long.
func (w *world) slowly(d time.Duration) {
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(d).Return(w.querySource)
}

// segment runs one segment.
func (w *world) segment(t *testing.T, request pass.SegmentRequest) pass.SegmentResult {
	t.Helper()
	request.Number = 1
	w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), request)
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	return result
}

// busy is an answer that asks to wait.
func busy(wait time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(wait), Waitable: true}},
	})
}

func TestFetchesBringOneBatchAtFirstThenMore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lookahead int
		want      []int
	}{
		{1, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{2, []int{1, 2, 2, 2, 2, 2, 2, 2, 2}},
		{3, []int{1, 2, 3, 3, 3, 3, 3}},
		{16, []int{1, 2, 4, 8, 8}},
	} {
		t.Run(fmt.Sprint(tt.lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 145)
			require.True(t, w.segment(t, pass.SegmentRequest{Sync: looking(tt.lookahead)}).Done)
			var sizes []int
			var after int64
			for _, fetch := range w.fetches {
				require.Equal(t, min(after, 145), fetch.After, "no node is read twice")
				sizes = append(sizes, fetch.Batches)
				after += int64(10 * fetch.Batches)
			}
			require.Equal(t, tt.want, sizes)
			require.Len(t, w.updated, 145)
		})
	}
}

// However long nothing moves, no more is read than the next launches need.
func TestNodesAreReadAheadOfWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lookahead, asked, read int }{
		{1, 1, 2},
		{2, 2, 5},   // 1+2, and 2 more when one waits
		{16, 4, 15}, // 1+2+4, and 8 more when three wait
	} {
		t.Run(fmt.Sprint(tt.lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1000)
			w.slowly(time.Hour)
			begun, asked, read := 0, 0, 0
			w.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if info.ActivityType.Name == string(pass.QuerySource) {
					begun++
				}
			})
			w.env.RegisterDelayedCallback(func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				asked, read = begun, w.read
				w.env.CancelWorkflow()
			}, time.Minute)
			result := w.segment(t, pass.SegmentRequest{Sync: looking(tt.lookahead)})
			require.True(t, result.Stopped)
			require.Zero(t, result.Batches)
			require.Equal(t, tt.asked, asked)
			require.Equal(t, tt.read, read)
			require.Equal(t, tt.read, w.read, "nothing more is read")
		})
	}
}

// The page says so when nothing moves any more.
func TestPageShowsWhatIsUnderWayAndWhatIsReadAhead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		busyFrom int64
		want     string
	}{
		"all that is to be read is": {1000, "- after dbid 30, 10 nodes: Kontur.Focus is asked: req\n- read ahead: 11 more\n"},
		"a fetch is told to wait":   {70, "- after dbid 30, 10 nodes: Kontur.Focus is asked: req\n- after dbid 70: Alfresco asks to wait 20m, until "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1000)
			w.slowly(time.Hour)
			w.fetch = func(request pass.FetchBatchRequest) error {
				if request.After >= tt.busyFrom {
					return busy(20 * time.Minute)
				}
				return nil
			}
			var metadata sdk.WorkflowMetadata
			w.env.RegisterDelayedCallback(func() {
				value, err := w.env.QueryWorkflow("__temporal_workflow_metadata")
				require.NoError(t, err)
				require.NoError(t, value.Get(&metadata))
				w.env.CancelWorkflow()
			}, 10*time.Minute)
			w.segment(t, pass.SegmentRequest{Sync: config()})
			require.Contains(t, metadata.GetCurrentDetails(), tt.want)
		})
	}
}

// It counts for the batch that would come next: what was read before it is written.
func TestFetchThatFailsCountsWhenItsTurnHasCome(t *testing.T) {
	t.Parallel()
	for _, lookahead := range []int{1, 2, 16} {
		t.Run(fmt.Sprint(lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 145)
			w.fetch = func(request pass.FetchBatchRequest) error {
				if request.After >= 70 {
					return unavailable("Alfresco answered 500")
				}
				return nil
			}
			w.slowly(time.Minute)
			result := w.segment(t, pass.SegmentRequest{Sync: looking(lookahead)})
			require.EqualValues(t, 70, result.LastDbid)
			require.EqualValues(t, 7, result.Batches)
			require.Equal(t, counterparty.Counts{Updated: 70}, result.Counts)
			require.NotNil(t, result.Failure)
			require.Equal(t, "read nodes after dbid 70: Alfresco answered 500", result.Failure.Message)
			require.Equal(t, pass.ReadSource, result.Failure.Source)
			require.False(t, result.Done)
			require.Empty(t, result.Ahead)
		})
	}
}

// What was read and is not on its way is dropped, and read again by the next segment.
func TestBatchThatFailsDropsWhatWasReadAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 200)
	w.slowly(time.Minute)
	w.query = func(request pass.QuerySourceRequest, _ int) error {
		if request.IDs[0] == inn(11) {
			return unavailable("down")
		}
		return nil
	}
	result := w.segment(t, pass.SegmentRequest{Sync: looking(2)})
	require.EqualValues(t, 10, result.LastDbid)
	require.Equal(t, "kontur.req: down", result.Failure.Message)
	require.False(t, result.Done)
	require.Len(t, w.updated, 10)
	require.Greater(t, w.read, 2)
}

// A fetch that waits is called off.
func TestStopDoesNotWaitForAFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.fetch = func(request pass.FetchBatchRequest) error {
		if request.After >= 30 {
			return busy(20 * time.Minute)
		}
		return nil
	}
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Minute)
	start := w.env.Now()
	result := w.segment(t, pass.SegmentRequest{Sync: config()})
	require.True(t, result.Stopped)
	require.Nil(t, result.Failure)
	require.EqualValues(t, 30, result.LastDbid)
	require.Less(t, w.env.Now().Sub(start), 2*time.Minute)
}

// A fetch ends before what an earlier segment wrote, which is not read again.
func TestFetchesStepOverWhatIsWrittenAhead(t *testing.T) {
	t.Parallel()
	for _, lookahead := range []int{1, 2, 16} {
		t.Run(fmt.Sprint(lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 145)
			w.gone = []int64{61, 62, 63, 64, 65}
			result := w.segment(t, pass.SegmentRequest{Sync: looking(lookahead), Ahead: []pass.WrittenBatch{
				{After: 30, LastDbid: 40, Counts: counterparty.Counts{Unchanged: 10}},
				{After: 40, LastDbid: 47, Counts: counterparty.Counts{Unchanged: 7}},
				{After: 65, LastDbid: 75, Counts: counterparty.Counts{Unchanged: 10}},
			}})
			require.True(t, result.Done)
			require.Equal(t, counterparty.Counts{Updated: 113, Unchanged: 27}, result.Counts)
			require.EqualValues(t, 145, result.LastDbid)
			require.Empty(t, result.Ahead)
			for _, fetch := range w.fetches {
				require.Equal(t, map[bool]int64{fetch.After < 30: 30, fetch.After >= 47 && fetch.After < 65: 65}[true], fetch.Last, "after %d", fetch.After)
			}
			for dbid, times := range w.updated {
				require.Equal(t, 1, times, "node %d", dbid)
			}
		})
	}
}

// All nodes before a batch that is written are gone: what comes next is that batch.
func TestFetchThatBringsNothingBeforeWhatIsWrittenAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.gone = []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	result := w.segment(t, pass.SegmentRequest{Sync: config(), Ahead: []pass.WrittenBatch{{After: 10, LastDbid: 20, Counts: counterparty.Counts{Updated: 10}}}})
	require.True(t, result.Done)
	require.Equal(t, counterparty.Counts{Updated: 20}, result.Counts)
	require.Len(t, w.updated, 10)
}

// Batches that were come to, and were not on their way yet, are still known as written.
func TestWhatIsWrittenAheadAndWaitsIsHandedOn(t *testing.T) {
	t.Parallel()
	for _, lookahead := range []int{1, 2, 16} {
		t.Run(fmt.Sprint(lookahead), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 145)
			w.slowly(time.Hour)
			w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Minute)
			ahead := []pass.WrittenBatch{{After: 10, LastDbid: 20, Counts: counterparty.Counts{Updated: 10}}, {After: 20, LastDbid: 25}, {After: 80, LastDbid: 90}}
			result := w.segment(t, pass.SegmentRequest{Sync: looking(lookahead), Ahead: ahead})
			require.True(t, result.Stopped)
			require.Zero(t, result.LastDbid)
			require.ElementsMatch(t, ahead, result.Ahead)
		})
	}
}

// A segment whose history is large ends at once, whatever was read and however much is left.
func TestSegmentThatEndsEarlyHasNotSeenTheEnd(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int64{15, 1000} {
		w := newWorld(t, nodes)
		w.env.SetContinueAsNewSuggested(true)
		result := w.segment(t, pass.SegmentRequest{Sync: config()})
		require.EqualValues(t, 10, result.LastDbid)
		require.False(t, result.Done)
		require.LessOrEqual(t, w.read, 7)
	}
}
