package e2e_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/syncs"
)

// The next pass may start in the moment in which the one that is waited for ends.
func TestWaitingEndsWithItsOwnPassAlthoughAnotherOneFollows(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 300)
	s.kontur.SetLatency(500 * time.Millisecond)
	s.apply("")
	waited := make(chan syncs.Status, 1)
	go func() {
		_, out, _ := s.starter("", "trigger", s.id, "--wait", "-o", "json", "-q")
		var status syncs.Status
		_ = json.Unmarshal([]byte(out), &status)
		waited <- status
	}()
	s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes >= 20 })
	s.apply("batchSize: 50")
	select {
	case status := <-waited:
		require.NotNil(t, status.Pass)
		require.Equal(t, "STOPPED", status.Pass.Ended)
	case <-time.After(patience):
		require.Fail(t, "the waiting never ends")
	}
	s.kontur.SetLatency(0)
	require.Equal(t, "COMPLETED", s.until("the next pass", finished).Pass.Ended)
}
