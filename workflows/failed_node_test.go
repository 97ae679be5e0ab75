package workflows_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// unreadable makes nodes fail in each search; the batch before one of them ends there, as those of the activity do.
func (w *world) unreadable(dbids ...int64) {
	w.fails = func(request pass.FetchBatchRequest) pass.FetchedBatch {
		result := pass.FetchedBatch{LastDbid: request.After}
		for dbid := request.After + 1; dbid <= min(w.nodes, request.After+int64(request.Max)); dbid++ {
			failed := pass.FailedNode{Dbid: dbid, Reason: "status 500"}
			chosen := !request.Only.Narrows() || slices.ContainsFunc(request.Only.Nodes, func(id string) bool { return id == failed.ID() || id == fmt.Sprint(dbid) })
			switch isFailed := slices.Contains(dbids, dbid); {
			case !chosen:
				continue
			case isFailed && len(result.Nodes) > 0, !isFailed && len(result.Failed) > 0:
				return result
			case isFailed:
				result.Failed = append(result.Failed, failed)
			default:
				result.Nodes = append(result.Nodes, pass.NodeRef{ID: fmt.Sprint(dbid), Key: inn(dbid), OGRN: "x"})
			}
			result.LastDbid = dbid
		}
		return result
	}
}

func TestPassStepsOverNodesThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	braked := config()
	braked.MaxChanged = ptr(1000)
	plan := config().AsAdHoc(pass.AdHoc{Plan: true})
	cost := config().AsAdHoc(pass.AdHoc{Plan: true, CostOnly: true})
	for name, tt := range map[string]struct {
		sync   pass.Sync
		failed []int64
	}{
		"in the middle":              {config(), []int64{15}},
		"the first and the last":     {config(), []int64{1, 25}},
		"two of a batch":             {config(), []int64{12, 14}},
		"a whole batch":              {config(), []int64{11, 12, 13, 14, 15}},
		"with a brake":               {braked, []int64{1, 15, 16}},
		"in a plan":                  {plan, []int64{1, 15, 16}},
		"in a plan that only counts": {cost, []int64{1, 15, 16}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 25)
			w.unreadable(tt.failed...)
			w.run(tt.sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, len(tt.failed), result.Counts.Failed)
			require.Equal(t, 25, result.Counts.Total())
			require.EqualValues(t, 25, result.CountProcessedNodes)
			require.EqualValues(t, 25, *result.LastModifiedNodeDbid)
			require.Zero(t, result.TryCount)
			for _, dbid := range tt.failed {
				require.NotContains(t, w.asked, inn(dbid))
			}
		})
	}
}

// The next pass over new nodes tries them by their dbid. Whether one can be read by then, it is met.
func TestPassOverNewNodesTriesThoseThatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	still, again := pass.FailedNode{Dbid: 3}, pass.FailedNode{Dbid: 7}
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{still.ID(), again.ID()}}, nil)
	w.unreadable(3)
	w.run(newNodesOnly())
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, []int{0, 0, 0, 0, 0, 0, 1, 0}, w.times(1, 8))
	require.Equal(t, counterparty.Counts{Updated: 11, Failed: 1}, result.Counts)
	require.Nil(t, result.Missing)
}

// A sync that asks about what changed remembers them, and asks about all nodes of a batch in which one can be read again.
func TestNodesThatCouldNotBeReadAreAskedAboutAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.unreadable(5, 15)
	w.env.RegisterActivityWithOptions(func(pass.SelectChangedRequest) (pass.SelectChangedResult, error) {
		return pass.SelectChangedResult{Ask: []string{}}, nil
	},
		activity.RegisterOptions{Name: string(pass.SelectChanged)})
	sync := config()
	sync.ChangedOnly = true
	filter := &pass.ChangedFilter{Walk: "walk", Sources: []string{"req"}, Again: []string{pass.FailedNode{Dbid: 5}.ID(), pass.FailedNode{Dbid: 22}.ID()}}
	w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), pass.SegmentRequest{Sync: sync, Number: 1, Changed: filter})
	require.NoError(t, w.env.GetWorkflowError())
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.True(t, result.Done)
	require.Equal(t, []string{"dbid:5", "dbid:15"}, result.Rejected)
	require.Equal(t, 2, result.Counts.Failed)
	require.Len(t, w.asked, 10, "those of the batch from 16 to 25, among which 22 is; of the others none changed")
}

// Which of the chosen nodes one is that can't be read nobody knows, so that none is called missing.
func TestNarrowedPassWithANodeThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.unreadable(3)
	w.run(config().AsAdHoc(pass.AdHoc{Selection: &pass.Selection{Nodes: []string{"3", "7"}}}))
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, counterparty.Counts{Updated: 1, Failed: 1}, result.Counts)
	require.Nil(t, result.Missing)
}
