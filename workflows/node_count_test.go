package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// A search that finds nothing looks like a walk without trouble.
func TestWalkThatFindsNoNodesMore(t *testing.T) {
	t.Parallel()
	checkpoint := int64(5000)
	found := pass.Result{State: pass.State{Status: pass.TriggerWaiting, CountProcessedNodes: 5000, LastModifiedNodeDbid: &checkpoint}, Ended: pass.Completed}
	failedOnce := pass.Result{State: pass.State{Status: pass.Error}, Ended: pass.Failed, FoundBefore: 5000}
	none := pass.Result{State: pass.State{Status: pass.TriggerWaiting}, Ended: pass.Completed}
	tests := []struct {
		name   string
		before *pass.Result
		change func(*pass.Sync)
		fails  bool
	}{
		{"is an error", &found, func(*pass.Sync) {}, true},
		{"stays one until somebody has acted", &failedOnce, func(*pass.Sync) {}, true},
		{"is one after a reset too", &found, func(s *pass.Sync) { s.ResetAt = "another" }, true},
		{"is none if the nodes are meant to be gone", &found, func(s *pass.Sync) { s.AllowEmpty = true }, false},
		{"is none if there never were any", &none, func(*pass.Sync) {}, false},
		{"is none for the first pass", nil, func(*pass.Sync) {}, false},
		{"is none behind a checkpoint", &found, func(s *pass.Sync) { s.Start = pass.Checkpoint }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			if tt.before != nil {
				w.env.SetLastCompletionResult(*tt.before)
			}
			s := config()
			tt.change(&s)
			w.run(s)
			if !tt.fails {
				require.Equal(t, pass.Completed, w.result(t).Ended)
				return
			}
			result := w.failure(t)
			require.Contains(t, *result.Error, "there are no nodes of type idocs:contractor, and the last walk found 5000; hint: check nodeType")
			require.EqualValues(t, 5000, result.FoundBefore, "the next one knows, too")
		})
	}
}

func TestFoundBeforeIsHandedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, CountProcessedNodes: 5000}, Ended: pass.Completed})
	w.run(config())
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.EqualValues(t, 5000, result.FoundBefore)
	require.EqualValues(t, 20, result.CountProcessedNodes)
}
