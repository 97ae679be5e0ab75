package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

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
		"stopped for its configuration: from the beginning": {result: func() *pass.Result {
			r := previous(pass.Stopped, "")
			r.Replaced = "the configuration changed"
			return &r
		}(), start: pass.Checkpoint, after: 0, count: 50},
		"reset earlier already: goes on": {failed: ptr(previous(pass.Failed, "x")), resetAt: "x", after: 20, count: 50},
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
			require.Equal(t, tt.after, w.fetches[0].After)
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
			}, activity.RegisterOptions{Name: string(pass.FindPreviousPass)})
			w.run(config())
			require.Equal(t, pass.Completed, w.result(t).Ended)
			require.Equal(t, tt.after, w.fetches[0].After)
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
	}, activity.RegisterOptions{Name: string(pass.FindPreviousPass)})
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
	require.Empty(t, w.fetches)
}
