package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/schedule"
	"counterparty-sync/sandbox/temporalserver"
)

// A server drops a schedule without starts after a week unless it is paused.
func TestSyncWithoutCronIsPausedByANoteOfItsOwn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := newStack(t, server)
		s.apply("")
		require.Equal(t, schedule.NoteByHand, s.status().Schedule.Note)
		require.Contains(t, s.must("", "status", s.id), "starts by hand")
		require.Contains(t, s.apply(""), "unchanged")

		s.apply(`cron: "0 2 * * *"`)
		require.False(t, s.status().Schedule.Paused)
		require.Len(t, s.status().Schedule.Next, 3)
		s.apply("")
		require.Equal(t, schedule.NoteByHand, s.status().Schedule.Note)

		s.must("", "pause", s.id, "--note", "own")
		s.apply(`cron: "0 2 * * *"`)
		require.Equal(t, "own", s.status().Schedule.Note, "an operator's pause stays")
		s.must("", "resume", s.id)
		require.False(t, s.status().Schedule.Paused)

		s.apply("")
		s.must("", "resume", s.id)
		require.True(t, s.status().Schedule.Paused, "without a cron it stays by hand")
		handle := s.temporal.ScheduleClient().GetHandle(t.Context(), s.status().Schedule.ID)
		require.NoError(t, handle.Unpause(t.Context(), client.ScheduleUnpauseOptions{}))
		require.Contains(t, s.apply(""), "schedule.paused: false → true")

		s.fill(3)
		s.startWorker()
		require.Equal(t, 3, s.trigger().Pass.Counts.Updated, "it starts by hand all the same")
	})
}
