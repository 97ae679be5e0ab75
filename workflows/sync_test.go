package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

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

func TestNextTryLearnsWhatTheFailedOneHasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	written := []counterparty.NodeOutcome{{NodeID: "3", Outcome: counterparty.Updated}}
	failures, told := 0, map[int64][]counterparty.NodeOutcome{}
	w.update = func(r pass.DiffAndUpdateRequest, last int64) error {
		told[last] = r.Written
		if last == 10 && failures < 2 {
			failures++
			return temporal.NewApplicationErrorWithOptions("500", pass.FailureUnavailable, temporal.ApplicationErrorOptions{
				NonRetryable: true, Details: []any{pass.FailureDetails{Waitable: true, Written: written}},
			})
		}
		return nil
	}
	w.run(config())
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
	require.Equal(t, written, told[10])
	require.Empty(t, told[20])
	require.Empty(t, told[30])
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

func TestRateLimitThatGoesOnIsAskedSeldom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(time.Second), Waitable: true}},
		})
	}
	sync := config()
	sync.RetryDelays = &[]pass.Duration{}
	start := w.env.Now()
	w.run(sync)
	require.Contains(t, *w.failure(t).Error, "429")
	require.GreaterOrEqual(t, w.env.Now().Sub(start), 25*time.Minute)
	require.Less(t, w.queries, 50)
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
			w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(string(pass.RetrySignal), tt.give) }, 2*time.Second)
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
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(string(pass.RetrySignal), pass.Retry{}) }, 0)
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.GreaterOrEqual(t, w.env.Now().Sub(start), 10*time.Second)
}

func TestCancellationStopsAtACleanPoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100_000)
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(w.querySource)
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

func TestBatchWrittenAheadIsCountedThoughItsNextTryCanNotEvenRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	failures, fetches := 0, 0
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 10 && failures == 0 {
			failures++
			return unavailable("Alfresco answered 500")
		}
		return nil
	}
	w.fetch = func(r pass.FetchBatchRequest) error {
		if r.After != 0 {
			return nil
		}
		if fetches++; fetches == 2 {
			return unavailable("Alfresco answered 500")
		}
		return nil
	}
	w.run(config())
	result := w.result(t)
	require.EqualValues(t, 40, result.CountProcessedNodes)
	for dbid, times := range w.updated {
		require.Equal(t, 1, times, "node %d", dbid)
	}
}
