package pass

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func TestDbidStandsForTheIDOfAFailedNode(t *testing.T) {
	t.Parallel()
	node := FailedNode{Dbid: 1234, Reason: "status 500"}
	require.Equal(t, "dbid:1234", node.ID())
	require.Equal(t, counterparty.NodeOutcome{NodeID: "dbid:1234", Outcome: counterparty.Failed, Reason: "each search that would show it fails: status 500"}, node.Outcome())
	dbid, ok := DbidOf(node.ID())
	require.True(t, ok)
	require.EqualValues(t, 1234, dbid)
	for _, id := range []string{"", "1234", "dbid", "dbid:", "dbid:x", "dbid:0", "dbid:-1", "00000000-0000-4000-8000-000000000101"} {
		_, ok := DbidOf(id)
		require.False(t, ok, id)
	}
}
