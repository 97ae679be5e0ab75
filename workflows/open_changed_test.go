package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
	require.True(t, result.Wrote)
	require.Equal(t, 11, result.Counts.Total())
}
