package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

func braked(most int) pass.Sync {
	s := config()
	s.MaxChanged = &most
	return s
}

// answer sends an answer after a time.
func (w *world) answer(after time.Duration, answer pass.Approval) {
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(string(pass.ApprovalSignal), answer) }, after)
}

// progress is the whole result after a time.
func (w *world) progress(t *testing.T, after time.Duration) *pass.Result {
	t.Helper()
	var result pass.Result
	w.env.RegisterDelayedCallback(func() {
		value, err := w.env.QueryWorkflow(string(pass.ProgressQuery))
		require.NoError(t, err)
		require.NoError(t, value.Get(&result))
	}, after)
	return &result
}

func TestBrakeHoldsBeforeTheBatchThatExceedsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	began := w.env.Now()
	held := w.progress(t, time.Hour)
	w.answer(2*time.Hour, pass.Approval{Hold: 1, Answer: pass.Refused, Reason: "a wrong mapping"})
	w.run(braked(35))
	result := w.failure(t)

	require.Equal(t, pass.ApprovalWaiting, held.Status)
	require.EqualValues(t, 30, held.CountProcessedNodes, "what was committed stands")
	require.WithinDuration(t, began.Add(24*time.Hour), *held.NextTry, time.Minute)
	require.Contains(t, *held.Error, "40 nodes in all would be changed and maxChanged is 35")
	require.Contains(t, *held.Error, "; hint: starter status main")
	require.Zero(t, held.TryCount)
	require.Equal(t, 1, held.Brake.Hold.Number)
	require.Equal(t, 10, held.Brake.Hold.Evidence.Changed)
	require.NotNil(t, held.Waiting())

	require.Len(t, w.updated, 30, "nothing of the batch, nor of one behind it, was written")
	require.Equal(t, pass.Error, result.Status)
	require.Contains(t, *result.Error, "refused by an operator (a wrong mapping): ")
	require.Equal(t, pass.Refused, result.Brake.Hold.Answer)
	require.EqualValues(t, 30, result.Brake.Changed)
	require.EqualValues(t, 30, *result.LastModifiedNodeDbid)
	require.Nil(t, result.Waiting())
	states := map[string]sourcestate.State{}
	for _, source := range result.Sources.Sources() {
		states[source.ID] = source.State
	}
	require.Equal(t, map[string]sourcestate.State{
		pass.ReadSource: sourcestate.Answered, "kontur.req": sourcestate.Answered, pass.WriteSource: sourcestate.Cancelled,
	}, states)
}

func TestApprovedPassGoesOnWithoutABrake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.answer(time.Hour, pass.Approval{Hold: 1, Answer: pass.Approved})
	w.run(braked(35))
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, counterparty.Counts{Updated: 100}, result.Counts)
	require.Equal(t, pass.Brake{Changed: 100, Hold: result.Brake.Hold}, *result.Brake)
	require.Equal(t, pass.Approved, result.Brake.Hold.Answer)
	for dbid, times := range w.updated {
		require.Equal(t, 1, times, "node %d", dbid)
	}
	require.Nil(t, w.budgets[len(w.budgets)-1])
}

// Nodes are REJECTED where Alfresco took the write and shows another value: they were changed all the same.
func TestBrakeCountsWritesThatDoNotStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.inVain = true
	w.answer(time.Hour, pass.Approval{Hold: 1, Answer: pass.Refused})
	w.run(braked(35))
	result := w.failure(t)
	require.EqualValues(t, 30, result.Brake.Changed)
	require.Len(t, w.updated, 30)
}

// After an approval batches are written ahead of one that fails: what they emptied counts as if it had not.
func TestValuesEmptiedAheadOfAFailedBatchAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	w.emptying = 2
	failures := 0
	w.update = func(r pass.DiffAndUpdateRequest, last int64) error {
		if r.Budget == nil && last == 20 && failures == 0 {
			failures++
			return unavailable("Alfresco answered 500")
		}
		return nil
	}
	w.answer(time.Hour, pass.Approval{Hold: 1, Answer: pass.Approved})
	w.run(braked(15))
	result := w.result(t)
	require.Equal(t, 1, failures)
	require.Equal(t, pass.Brake{Changed: 60, Emptied: 12, Hold: result.Brake.Hold}, *result.Brake)
}

func TestForgottenPassGivesUpAndChangesNothingMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	s := braked(35)
	s.ApprovalTimeout = ptr(pass.Duration(30 * time.Minute))
	start := w.env.Now()
	w.run(s)
	result := w.failure(t)
	require.Contains(t, *result.Error, "not approved within 30m: ")
	require.Equal(t, pass.Forgotten, result.Brake.Hold.Answer)
	require.Len(t, w.updated, 30)
	require.WithinDuration(t, start.Add(30*time.Minute), w.env.Now(), time.Minute)
}

// Only an answer to this very hold counts: anything else must not let a change pass, or end a pass.
func TestStaleAnswersAreIgnored(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]pass.Approval{
		"another hold":         {Hold: 2, Answer: pass.Approved},
		"no hold":              {Answer: pass.Approved},
		"another pass":         {Hold: 1, Answer: pass.Approved, RunID: "another"},
		"no answer":            {Hold: 1},
		"an unknown answer":    {Hold: 1, Answer: "yes"},
		"what nobody can send": {Hold: 1, Answer: pass.Forgotten},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 100)
			w.answer(time.Hour, answer)
			still := w.progress(t, 2*time.Hour)
			w.run(braked(35))
			require.Equal(t, pass.ApprovalWaiting, still.Status)
			require.Equal(t, pass.Forgotten, w.failure(t).Brake.Hold.Answer)
			require.Len(t, w.updated, 30)
		})
	}
}

func TestAnswerBeforeTheHoldIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(string(pass.ApprovalSignal), pass.Approval{Hold: 1, Answer: pass.Approved})
	}, 0)
	w.run(braked(35))
	require.Equal(t, pass.Forgotten, w.failure(t).Brake.Hold.Answer)
}

// The start of a worker, and starter retry, must not approve.
func TestRetryDoesNotApprove(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(string(pass.RetrySignal), pass.Retry{ResetTries: true}) }, time.Hour)
	still := w.progress(t, 2*time.Hour)
	w.run(braked(35))
	require.Equal(t, pass.ApprovalWaiting, still.Status)
	require.Len(t, w.updated, 30)
}

func TestPassThatIsHeldCanBeStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Hour)
	w.run(braked(35))
	result := w.result(t)
	require.Equal(t, pass.Stopped, result.Ended)
	require.Nil(t, result.Error)
	require.Nil(t, result.NextTry)
	require.Len(t, w.updated, 30)
}

func TestBrakeWritesOneBatchAtATimeAndFetchesAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	writing, most, fetched, ahead := 0, 0, 0, 0
	w.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch info.ActivityType.Name {
		case string(pass.DiffAndUpdate):
			writing++
			most = max(most, writing)
		case string(pass.FetchBatch):
			fetched++
			ahead = max(ahead, fetched-len(w.budgets))
		}
	})
	w.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if info.ActivityType.Name == string(pass.DiffAndUpdate) {
			writing--
		}
	})
	w.run(braked(1000))
	require.EqualValues(t, 100, w.result(t).CountProcessedNodes)
	require.Equal(t, 1, most)
	require.Greater(t, ahead, 1)
	for i, budget := range w.budgets {
		require.EqualValues(t, 1000-10*i, *budget.Changed, "batch %d knows what those before it have changed", i)
		require.EqualValues(t, 10, *budget.Emptied)
	}
}

func TestShareIsOfAllNodesOfTheWalk(t *testing.T) {
	t.Parallel()
	for share, want := range map[pass.Share]int{2500: 20, 3000: 30, 9999: 90, 10_000: 100} {
		w := newWorld(t, 100)
		w.totals = true
		s := config()
		s.MaxChangedShare = &share
		w.run(s)
		require.Len(t, w.updated, want, share.String())
	}
}

func TestEmptiedValuesAreCountedOverThePass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.emptying = 3
	s := config()
	s.MaxEmptied = ptr(8)
	w.run(s)
	result := w.failure(t)
	require.Len(t, w.updated, 20)
	require.Contains(t, *result.Error, "9 values in all would be emptied and maxEmptied is 8")
	require.EqualValues(t, 6, result.Brake.Emptied)
}

// A pass that goes on from a checkpoint goes on counting: it must not get a new limit each night.
func TestBrakeCountsTheWholeWalk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before pass.Result
		want   int // nodes that are changed
	}{
		{"after a hold", pass.Result{Ended: pass.Failed, Counts: counterparty.Counts{Updated: 30}, Brake: &pass.Brake{Changed: 30}}, 0},
		{"with room left", pass.Result{Ended: pass.Stopped, Counts: counterparty.Counts{Updated: 10, Unchanged: 20}, Brake: &pass.Brake{Changed: 10}}, 20},
		{"more was written than committed", pass.Result{Ended: pass.Failed, Counts: counterparty.Counts{Updated: 10, Unchanged: 20}, Brake: &pass.Brake{Changed: 16}}, 10},
		{"before there was a brake", pass.Result{Ended: pass.Failed, Counts: counterparty.Counts{Updated: 20, Unchanged: 10}}, 10},
		{"a completed walk counts for itself", pass.Result{Ended: pass.Completed, Counts: counterparty.Counts{Updated: 30}, Brake: &pass.Brake{Changed: 30}}, 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 100)
			tt.before.State = pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(30)), CountProcessedNodes: 30}
			w.env.SetLastCompletionResult(tt.before)
			w.run(braked(35))
			result := w.failure(t)
			require.Len(t, w.updated, tt.want)
			require.Equal(t, pass.Forgotten, result.Brake.Hold.Answer)
		})
	}
}

// What a failed try has written, and nobody has committed, counts when the pass gives up.
func TestWritesOfABatchThatFailedAreSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.update = func(request pass.DiffAndUpdateRequest, last int64) error {
		if last != 20 {
			return nil
		}
		return failedAfter(request.Nodes[:4])
	}
	s := braked(50)
	s.RetryDelays = &[]pass.Duration{}
	w.run(s)
	result := w.failure(t)
	require.EqualValues(t, 10, result.Counts.Updated)
	require.Equal(t, pass.Brake{Changed: 14, Emptied: 4}, *result.Brake)
}

func TestWithoutBrakeNothingIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.run(config())
	require.Nil(t, w.result(t).Brake)
	for _, budget := range w.budgets {
		require.Nil(t, budget)
	}
}
