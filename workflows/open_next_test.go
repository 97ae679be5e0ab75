package workflows_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// The next walk asks about them in any case: its company does not change, and neither does the node.
func TestSegmentRemembersOpenNodesForAWalkOverWhatChanged(t *testing.T) {
	t.Parallel()
	w := writing(t, 12, &writes{bad: bad(12)})
	sync := config()
	sync.ChangedOnly = true
	w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), pass.SegmentRequest{Sync: sync, Number: 1})
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.True(t, result.Done)
	require.Equal(t, []string{"12"}, result.Rejected)
	require.Equal(t, []pass.OpenNode{{NodeID: "12", Reason: "status 500", Tries: 1}}, result.Open)
	require.Equal(t, 11, result.Counts.Total())
}

// The next pass goes on from the checkpoint, which is behind them.
func TestPassAfterOneThatLeftNodesOpenTriesThese(t *testing.T) {
	t.Parallel()
	w, asked := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7"}}, nil)
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(40))}, Ended: pass.Stopped, RunID: "before", Open: 1})
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Equal(t, 1, *asked)
	require.Equal(t, []int{0, 1, 0}, w.times(6, 8))
	require.Equal(t, []int{0, 1}, w.times(40, 41))
}

// Otherwise it would come to the same nodes only, for ever.
func TestPassAfterOneThatWalkedAllNodesBeginsAtTheBeginning(t *testing.T) {
	t.Parallel()
	r := &writes{bad: bad(7)}
	w := writing(t, 45, r)
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.Error, LastModifiedNodeDbid: ptr(int64(45)), CountProcessedNodes: 44}, Ended: pass.Failed, Open: 1, Walked: true})
	w.run(config())
	result := w.result(t)
	require.Nil(t, result.ResumedFrom)
	require.Equal(t, counterparty.Counts{Updated: 44, Failed: 1}, result.Counts)
	require.False(t, result.Walked)
}

// The last batch is one node, which can't be read.
func TestFewNodesThatFailAreMeasuredAtOnceByOneThatCouldBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 41)
	var told []string
	w.update = func(request pass.DiffAndUpdateRequest, last int64) error {
		if last == 41 {
			told = append(told, request.Readable)
			if request.Readable == "" {
				return mayBeOne("status 500")
			}
		}
		return nil
	}
	w.run(looking(1))
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Equal(t, []string{"", "31"}, told)
}

// The measure is a node that was read by itself, if there is one: others were shown along with those beside them.
func TestNodeThatWasWrittenIsTheMeasure(t *testing.T) {
	t.Parallel()
	r := &writes{idle: true}
	w := newWorld(t, 41)
	var told string
	w.env.RegisterActivityWithOptions(func(request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
		switch {
		case hasNode(request, "35"):
			return pass.DiffAndUpdateResult{Counts: counterparty.Counts{Updated: 1, Unchanged: 9}, Nodes: []counterparty.NodeOutcome{{NodeID: "35", Outcome: counterparty.Updated}}}, nil
		case hasNode(request, "41") && request.Readable == "":
			return pass.DiffAndUpdateResult{}, mayBeOne("status 500")
		case hasNode(request, "41"):
			told = request.Readable
		}
		return r.update(request)
	}, activity.RegisterOptions{Name: string(pass.DiffAndUpdate)})
	sync := config()
	sync.Lookahead = ptr(1)
	w.run(sync)
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Equal(t, "35", told)
}

func hasNode(request pass.DiffAndUpdateRequest, id string) bool {
	return slices.ContainsFunc(request.Nodes, func(node pass.NodeRef) bool { return node.ID == id })
}

// Of the first batch nothing can be read: when the tries are used up, a node of the next one is the measure.
func TestFirstBatchOfWhichNothingCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 41)
	var readable string
	w.update = func(request pass.DiffAndUpdateRequest, last int64) error {
		if last == 10 {
			if readable = request.Readable; readable == "" {
				return mayBeOne("status 500")
			}
		}
		return nil
	}
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.NotEmpty(t, readable)
}
