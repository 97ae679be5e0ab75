package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// writes is a repository in which writes of some nodes come to nothing. As the client does, it judges what fails by what it is told
// and by what goes through in the same batch.
type writes struct {
	bad map[string]bool
	// down: none goes through. idle: only the bad ones differ.
	down, idle bool
	requests   []pass.DiffAndUpdateRequest
}

func (r *writes) update(request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
	r.requests = append(r.requests, request)
	var result pass.DiffAndUpdateResult
	row := request.Unwritten
	fail := func(id string) {
		result.Counts.Failed++
		result.Nodes = append(result.Nodes, counterparty.NodeOutcome{NodeID: id, Outcome: counterparty.Failed, Reason: "status 500"})
		result.Unwritable = append(result.Unwritable, id)
	}
	for _, node := range request.Nodes {
		switch {
		case r.bad[node.ID] && slices.Contains(request.Unwritable, node.ID):
			fail(node.ID)
		case !r.bad[node.ID] && r.idle:
			result.Counts.Unchanged++
		case r.down || r.bad[node.ID]:
			if row++; row >= 5 && !(request.GiveUp && request.Unwritten < 5) {
				return pass.DiffAndUpdateResult{}, mayBeOne("no write goes through")
			}
			result.Open = append(result.Open, pass.OpenNode{NodeID: node.ID, Reason: "status 500", Tries: 1})
		default:
			result.Counts.Updated++
			row = 0
			for _, open := range result.Open { // others go through
				fail(open.NodeID)
			}
			result.Open = nil
		}
	}
	if request.OthersWritten {
		for _, open := range result.Open {
			fail(open.NodeID)
		}
		result.Open = nil
	}
	return result, nil
}

func bad(dbids ...int64) map[string]bool {
	all := map[string]bool{}
	for _, dbid := range dbids {
		all[fmt.Sprint(dbid)] = true
	}
	return all
}

// writing is a world of nodes with such a repository.
func writing(t *testing.T, nodes int64, r *writes) *world {
	t.Helper()
	w := newWorld(t, nodes)
	w.env.RegisterActivityWithOptions(func(request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return r.update(request)
	}, activity.RegisterOptions{Name: string(pass.DiffAndUpdate)})
	return w
}

// tried are the numbers of nodes of the requests about a node.
func (r *writes) tried(node string) (sizes []int) {
	for _, request := range r.requests {
		if slices.ContainsFunc(request.Nodes, func(ref pass.NodeRef) bool { return ref.ID == node }) {
			sizes = append(sizes, len(request.Nodes))
		}
	}
	return sizes
}

func TestOpenNodeIsTriedAgainWhenTheNodesAreWalked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bad    []int64
		want   counterparty.Counts
		tries  int
		waited bool
	}{
		"others are written after it":           {[]int64{10}, counterparty.Counts{Updated: 44, Failed: 1}, 2, false},
		"the first and the last one":            {[]int64{1, 45}, counterparty.Counts{Updated: 43, Failed: 2}, 5, true},
		"several that nothing is written after": {[]int64{43, 44, 45}, counterparty.Counts{Updated: 42, Failed: 3}, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &writes{bad: bad(tt.bad...)}
			w := writing(t, 45, r)
			start := w.env.Now()
			sync := config()
			sync.Lookahead = ptr(1) // nothing is written after the last node
			w.run(sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, tt.want, result.Counts)
			require.EqualValues(t, 45, result.CountProcessedNodes)
			require.EqualValues(t, 45, *result.LastModifiedNodeDbid, "the checkpoint is that of the walk")
			require.Zero(t, result.Open)
			require.Len(t, r.tried(fmt.Sprint(tt.bad[len(tt.bad)-1])), tt.tries)
			waited := w.env.Now().Sub(start)
			require.Equal(t, tt.waited, waited > 10*time.Second, waited)
			require.Less(t, waited, 12*time.Minute, "the tries are served once for all of them")
		})
	}
}

// It may only have been bad luck.
func TestOpenNodeThatIsWrittenAtLastIsUpdated(t *testing.T) {
	t.Parallel()
	r := &writes{bad: bad(45)}
	w := writing(t, 45, r)
	w.env.RegisterDelayedCallback(func() {
		state := w.state(t)
		require.Equal(t, pass.RetryWaiting, state.Status)
		require.Contains(t, *state.Error, "update node 45: status 500")
		w.mu.Lock()
		defer w.mu.Unlock()
		r.bad = nil
	}, 5*time.Second)
	sync := config()
	sync.Lookahead = ptr(1) // nothing is written after the last node
	w.run(sync)
	result := w.result(t)
	require.Equal(t, counterparty.Counts{Updated: 45}, result.Counts)
	require.Zero(t, result.Open)
}

// The pass before has seen that others could be written. In a quiet sync there is nothing else to show it.
func TestNodeThatCouldNotBeWrittenTheLastTimeNeedsNoOtherWrite(t *testing.T) {
	t.Parallel()
	r := &writes{bad: bad(7, 20, 21, 22, 23, 24, 25), idle: true}
	w := writing(t, 45, r)
	unwritable := []string{"20", "21", "22", "23", "24", "25", "7", "30"}
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(45))}, Ended: pass.Completed, Unwritable: unwritable})
	start := w.env.Now()
	w.run(config())
	result := w.result(t)
	require.Equal(t, counterparty.Counts{Unchanged: 38, Failed: 7}, result.Counts)
	require.ElementsMatch(t, []string{"7", "20", "21", "22", "23", "24", "25"}, result.Unwritable, "30 is well")
	require.Less(t, w.env.Now().Sub(start), time.Second)
	require.Len(t, r.tried("20"), 1)
}

// In a quiet sync nothing else is written.
func TestOpenNodesOfAPassThatWritesNothingAreAnOutage(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string][]int64{"the only write": {20}, "a few": {3, 20, 41}, "many": {1, 2, 3, 11, 12, 13, 14}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &writes{bad: bad(nodes...), idle: true}
			w := writing(t, 45, r)
			w.run(config())
			result := w.failure(t)
			require.Equal(t, pass.Error, result.Status)
			require.Zero(t, result.Counts.Failed, "nothing is blamed on a node")
			require.NotZero(t, result.Open)
			require.Equal(t, 3, result.TryCount)
			require.True(t, result.Walked)
		})
	}
}

// A batch in which nothing but poison is to be written: the tries come first, and then the writes of the batches behind it.
func TestBatchOfNothingButPoisonIsJudgedWhenTheTriesAreUsedUp(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from, to int64
		again    bool // another batch like it
	}{"first": {1, 10, false}, "middle": {21, 30, false}, "last": {41, 45, false}, "two": {21, 30, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &writes{bad: map[string]bool{}}
			for dbid := tt.from; dbid <= tt.to; dbid++ {
				r.bad[fmt.Sprint(dbid)] = true
				if tt.again {
					r.bad[fmt.Sprint(dbid-20)] = true
				}
			}
			w := writing(t, 45, r)
			start := w.env.Now()
			sync := config()
			sync.Lookahead = ptr(1) // side by side they may be two in a row, as their answers come
			w.run(sync)
			result := w.result(t)
			require.Equal(t, counterparty.Counts{Updated: 45 - len(r.bad), Failed: len(r.bad)}, result.Counts)
			require.Less(t, w.env.Now().Sub(start), 13*time.Minute, "the tries are served once")
		})
	}
}

// Two batches in a row of which nothing can be written are no accident.
func TestOutageOfWritesThatBeginsInTheMiddleBlamesNoNode(t *testing.T) {
	t.Parallel()
	for call := 2; call <= 28; call++ {
		t.Run(fmt.Sprint(call), func(t *testing.T) {
			t.Parallel()
			r := &writes{}
			w := writing(t, 300, r)
			w.query = func(_ pass.QuerySourceRequest, n int) error {
				r.down = r.down || n == call
				return nil
			}
			w.run(config())
			result := w.failure(t)
			require.Equal(t, pass.Error, result.Status)
			require.Zero(t, result.Counts.Failed)
			require.NotZero(t, result.Open)
		})
	}
}

// A pass that is stopped leaves them to the next one.
func TestPassThatIsStoppedSaysHowManyNodesAreOpen(t *testing.T) {
	t.Parallel()
	r := &writes{bad: bad(45)}
	w := writing(t, 45, r)
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Minute)
	sync := config()
	sync.RetryDelays, sync.Lookahead = &[]pass.Duration{pass.Duration(time.Hour)}, ptr(1) // nothing is written after the last node
	w.run(sync)
	result := w.result(t)
	require.Equal(t, pass.Stopped, result.Ended)
	require.Equal(t, 1, result.Open)
	require.EqualValues(t, 44, result.CountProcessedNodes)
}

// A node that was deleted meanwhile is not met again.
func TestOpenNodeThatIsGone(t *testing.T) {
	t.Parallel()
	r := &writes{bad: bad(45)}
	w := writing(t, 45, r)
	w.fetch = func(request pass.FetchBatchRequest) error {
		if request.Only.Narrows() {
			w.nodes = 44
		}
		return nil
	}
	w.run(config())
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, counterparty.Counts{Updated: 44}, result.Counts)
	require.Zero(t, result.Open)
}

// Many open nodes are tried before the walk goes on.
func TestManyOpenNodesAreTriedInBetween(t *testing.T) {
	t.Parallel()
	r := &writes{bad: map[string]bool{}}
	for dbid := int64(10); dbid <= 900; dbid += 10 { // the last one of each batch
		r.bad[fmt.Sprint(dbid)] = true
	}
	w := writing(t, 905, r)
	sync := config()
	sync.Lookahead = ptr(4) // of those that are written at once, none is known to be written after another
	w.run(sync)
	result := w.result(t)
	require.Equal(t, counterparty.Counts{Updated: 815, Failed: 90}, result.Counts)
	require.EqualValues(t, 905, *result.LastModifiedNodeDbid)
	for _, request := range r.requests {
		require.Less(t, request.Unwritten, 5)
	}
}
