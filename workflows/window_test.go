package workflows_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// window is where a batch was found, and how many nodes of it are looked at.
type window struct {
	after, last int64
	nodes       int
	whole       bool
}

// Whoever looks at a batch again has to know where it was found, and whether there are others that are not to be looked at.
func TestUpdateIsToldWhereItsNodesWereFound(t *testing.T) {
	t.Parallel()
	all := []window{{0, 10, 10, true}, {10, 20, 10, true}, {20, 25, 5, true}}
	for name, tt := range map[string]struct {
		sync pass.Sync
		give func(w *world, request *pass.SegmentRequest)
		want []window
	}{
		"all nodes": {sync: config(), want: all},
		"a plan":    {sync: config().AsAdHoc(pass.AdHoc{Plan: true}), want: all},
		"from a checkpoint": {sync: config(), give: func(_ *world, r *pass.SegmentRequest) { r.After = 7 },
			want: []window{{7, 17, 10, true}, {17, 25, 8, true}}},
		"behind a batch that could not be read": {sync: config(), give: func(w *world, _ *pass.SegmentRequest) { w.unreadable(11, 12) },
			want: []window{{0, 10, 10, true}, {12, 22, 10, true}, {22, 25, 3, true}}},
		"chosen nodes": {sync: config().WithSelection([]string{"2", "3", "17"}), want: []window{{0, 17, 3, false}}},
		"nodes some of which keep their outcomes": {sync: config(), give: func(w *world, r *pass.SegmentRequest) {
			w.fails = func(request pass.FetchBatchRequest) pass.FetchedBatch {
				result := pass.FetchedBatch{LastDbid: request.After}
				for dbid := request.After + 1; dbid <= min(25, request.After+10); dbid++ {
					id := fmt.Sprint(dbid)
					result.Nodes, result.LastDbid = append(result.Nodes, pass.NodeRef{ID: id, Key: inn(dbid), Stands: id == "3"}), dbid
				}
				return result
			}
			r.Standing = []counterparty.NodeOutcome{{NodeID: "3", Outcome: counterparty.NotFound}}
		}, want: []window{{0, 10, 9, false}, {10, 20, 10, true}, {20, 25, 5, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 25)
			request := pass.SegmentRequest{Sync: tt.sync, Number: 1, PassStartedAt: w.env.Now()}
			request.Sync.Lookahead = ptr(1)
			if tt.give != nil {
				tt.give(w, &request)
			}
			got := windows(t, w)
			w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), request)
			require.NoError(t, w.env.GetWorkflowError())
			require.Equal(t, tt.want, *got)
		})
	}
}

// Of a batch of which some did not change, the others are looked at, and only these.
func TestUpdateIsToldThatOthersWereSkipped(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 25)
	c.after(c.completed(t))
	c.changed[4], c.changed[9] = true, true
	got := windows(t, c.world)
	c.run(sparing())
	require.Equal(t, []window{{0, 10, 2, false}}, *got)
}

// windows are those that the world's updates are told from now on.
func windows(t *testing.T, w *world) *[]window {
	t.Helper()
	var told []window
	w.update = func(r pass.DiffAndUpdateRequest, _ int64) error {
		require.Equal(t, "idocs:contractor", r.NodeType)
		told = append(told, window{r.After, r.LastDbid, len(r.Nodes), r.Whole})
		return nil
	}
	return &told
}
