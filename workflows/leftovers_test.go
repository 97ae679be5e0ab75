package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// afterPass is a world of 50 nodes in which a pass of a sync that walks new nodes only has got to dbid 40, and rejected some.
func afterPass(t *testing.T, found pass.FindRejectedResult, err error) (w *world, asked *int) {
	t.Helper()
	w = newWorld(t, 50)
	key := temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")
	require.NoError(t, w.env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(key.ValueSet("counterparty-sync-main"))))
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(40))}, Ended: pass.Completed, RunID: "before"})
	w.env.RegisterActivityWithOptions(func(pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
		return pass.FindPreviousPassResult{RunID: "before"}, nil
	}, activity.RegisterOptions{Name: string(pass.FindPreviousPass)})
	asked = new(int)
	w.env.RegisterActivityWithOptions(func(request pass.FindRejectedRequest) (pass.FindRejectedResult, error) {
		*asked++
		require.Equal(t, "counterparty-sync-main", request.ScheduleID)
		return found, err
	}, activity.RegisterOptions{Name: string(pass.FindRejected)})
	return w, asked
}

func newNodesOnly() pass.Sync {
	sync := config()
	sync.Start = pass.Checkpoint
	return sync
}

// times is how often nodes were compared.
func (w *world) times(from, to int64) (list []int) {
	for dbid := from; dbid <= to; dbid++ {
		list = append(list, w.updated[dbid])
	}
	return list
}

func TestPassOverNewNodesTriesRejectedOnesFirst(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7", "3"}}, nil)
	w.run(newNodesOnly())
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, []int{0, 0, 1, 0, 0, 0, 1, 0}, w.times(1, 8))
	require.Equal(t, []int{0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, w.times(40, 50))
	require.EqualValues(t, 50, *result.LastModifiedNodeDbid)
	require.EqualValues(t, 12, result.CountProcessedNodes)
	require.EqualValues(t, 40, *result.ResumedFrom)
}

// There may be more of them than one search takes.
func TestPassOverNewNodesTriesRejectedOnesInParts(t *testing.T) {
	t.Parallel()
	found := pass.FindRejectedResult{Nodes: []string{"1"}}
	for n := range pass.MaxSelection {
		found.Nodes = append(found.Nodes, fmt.Sprintf("gone-%d", n))
	}
	found.Nodes = append(found.Nodes, "2")
	w, _ := afterPass(t, found, nil)
	w.run(newNodesOnly())
	require.EqualValues(t, 50, *w.result(t).LastModifiedNodeDbid)
	require.Equal(t, []int{1, 1, 0}, w.times(1, 3))
}

func TestFailureAmongRejectedNodesLeavesTheCheckpoint(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7"}}, nil)
	fails := true
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 7 && fails {
			return unavailable("no")
		}
		return nil
	}
	w.env.RegisterDelayedCallback(func() {
		state := w.state(t)
		require.Equal(t, pass.RetryWaiting, state.Status)
		require.EqualValues(t, 40, *state.LastModifiedNodeDbid)
		w.mu.Lock()
		defer w.mu.Unlock()
		fails = false
	}, 5*time.Second)
	w.run(newNodesOnly())
	require.EqualValues(t, 50, *w.result(t).LastModifiedNodeDbid)
	require.Equal(t, 1, w.updated[7])
}

func TestRejectedNodesAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	found := pass.FindRejectedResult{Nodes: []string{"7"}}
	for name, tt := range map[string]struct {
		sync  pass.Sync
		err   error
		asked bool
	}{
		"by a pass that walks all nodes":     {sync: config()},
		"if they can't be looked up":         {sync: newNodesOnly(), err: errors.New("no"), asked: true},
		"by a pass that begins at the start": {sync: pass.Sync{ID: "main", Start: pass.Checkpoint, ResetAt: "now"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, asked := afterPass(t, found, tt.err)
			w.run(tt.sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, tt.asked, *asked > 0)
			if result.ResumedFrom != nil {
				require.Zero(t, w.updated[7])
			}
		})
	}
}

// What cannot be told of a node costs nothing until somebody modifies it or it is time: it is told again as it was.
func TestPassOverNewNodesAsksNobodyAboutWhatStands(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	stands := func(node string) counterparty.NodeOutcome {
		return counterparty.NodeOutcome{NodeID: node, Outcome: counterparty.NotFound, Asked: &asked}
	}
	found := pass.FindRejectedResult{Nodes: []string{"3"}, Standing: []counterparty.NodeOutcome{stands("7"), stands("8"), stands("9")}}
	w, _ := afterPass(t, found, nil)
	w.stands = map[string]bool{"7": true, "9": true, "3": true} // 8 was modified; nobody may say so of 3
	var taken []pass.Standing
	w.update = func(request pass.DiffAndUpdateRequest, _ int64) error {
		taken = append(taken, request.Standing...)
		return nil
	}
	sync := newNodesOnly()
	sync.TimeZone, sync.AskAgainDays = "Europe/Moscow", ptr(30)
	w.run(sync)
	result := w.result(t)
	require.Equal(t, []pass.Standing{{Node: pass.NodeRef{ID: "7", Key: inn(7), Stands: true}, Outcome: stands("7")}, {Node: pass.NodeRef{ID: "9", Key: inn(9), Stands: true}, Outcome: stands("9")}}, taken)
	require.Equal(t, []int{1, 0, 0, 0, 0, 1, 0}, w.times(3, 9))
	require.NotContains(t, w.asked, inn(7))
	require.EqualValues(t, 12, result.Asked)
	require.Equal(t, 2, result.Counts.NotFound)
	require.Len(t, w.askedBefore, 1, "nobody else has a word about it")
	require.Equal(t, pass.AskedBefore{At: map[string]time.Time{"7": asked, "8": asked, "9": asked}, Days: 30, TimeZone: "Europe/Moscow", Now: result.StartedAt}, *w.askedBefore[0])
	require.Nil(t, result.Missing)
}

func TestBatchOfNothingButWhatStandsIsWritten(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	w, _ := afterPass(t, pass.FindRejectedResult{Standing: []counterparty.NodeOutcome{{NodeID: "7", Outcome: counterparty.Ambiguous, Asked: &asked}}}, nil)
	w.nodes, w.stands = 40, map[string]bool{"7": true}
	w.run(newNodesOnly())
	result := w.result(t)
	require.Equal(t, counterparty.Counts{Ambiguous: 1}, result.Counts)
	require.Zero(t, w.queries)
	require.Equal(t, 7, w.askedBefore[0].Days)
}
