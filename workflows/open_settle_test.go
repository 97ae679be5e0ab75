package workflows_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// Batches are written side by side, so that what is written after one batch of nothing but poison may be before another one. The
// nodes that nothing was written after are no sign against those that others were written after.
func TestNodesAfterWhichOthersWereWrittenAreJudgedWithoutTheOtherOpenOnes(t *testing.T) {
	t.Parallel()
	r := &writes{bad: map[string]bool{}}
	request := pass.SegmentRequest{Number: 2, OthersWritten: true, GiveUp: true}
	var first []string
	for dbid := 1; dbid <= 10; dbid++ {
		node, last := fmt.Sprint(dbid), fmt.Sprint(dbid+20)
		r.bad[node], r.bad[last] = true, true
		first = append(first, node)
		request.Open = append(request.Open, pass.OpenNode{NodeID: node, Tries: 1, Others: true}, pass.OpenNode{NodeID: last, Tries: 1})
	}
	request.Sync = config().WithSelection(first)
	w := writing(t, 45, r)
	w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), request)
	var result pass.SegmentResult
	require.NoError(t, w.env.GetWorkflowResult(&result))
	require.Nil(t, result.Failure)
	require.True(t, result.Done)
	require.Equal(t, 10, result.Counts.Failed)
	require.Len(t, result.Open, 10)
}

func TestNodeThatCanNotBeWrittenUnderABrakeAndInANarrowedPass(t *testing.T) {
	t.Parallel()
	braked := config()
	braked.MaxChanged = ptr(1000)
	chosen := []string{"3", "10", "20", "30", "40"}
	for name, tt := range map[string]struct {
		sync    pass.Sync
		updated int
	}{
		"under a brake":                     {braked, 44},
		"in a pass that some nodes are for": {config().AsAdHoc(pass.AdHoc{Selection: &pass.Selection{Nodes: chosen}}), 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := writing(t, 45, &writes{bad: bad(10)})
			w.run(tt.sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, counterparty.Counts{Updated: tt.updated, Failed: 1}, result.Counts)
		})
	}
}
