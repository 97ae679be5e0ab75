package pass_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestBounds_leaveRoomForAllBatchesInFlight(t *testing.T) {
	t.Parallel()
	for lookahead := 1; lookahead <= pass.MaxLookahead; lookahead++ {
		announced, handedOver := pass.MaxAnnounced(lookahead), pass.MaxHandedOver(lookahead)
		require.Less(t, announced, 1_000_000)
		require.Less(t, announced*lookahead, 4_000_000, "lookahead %d: heartbeats are in the segment's mutable state together", lookahead)
		require.Less(t, handedOver*lookahead, 2<<20, "lookahead %d: they travel to the next segment in one payload", lookahead)
		require.GreaterOrEqual(t, announced, handedOver, "an attempt tells at once what the try before has handed over")
	}
	require.Equal(t, pass.MaxAnnounced(pass.MaxLookahead), pass.MaxAnnounced(0))
	require.Equal(t, pass.MaxHandedOver(pass.MaxLookahead), pass.MaxHandedOver(0))
}
