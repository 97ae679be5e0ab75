package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// A worker that crashes again and again resets the tries at each start, and ERROR is reached all the same.
func TestWorkerThatStartsAgainAndAgainDoesNotKeepAPassFromError(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(5)
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: "Service Unavailable"})
	s.apply("retryDelays: [3s]")
	worker := s.startWorker()
	s.must("", "trigger", s.id)
	waiting := func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting }
	last := s.until("the first wait", waiting)
	for starts := 1; !finished(last); starts++ {
		require.LessOrEqual(t, starts, pass.MaxWakes+1, "%+v", last)
		require.NoError(t, worker.Stop())
		worker = s.startWorker()
		before := *last.State.NextTry
		last = s.until("another wait, or the end", func(x syncs.Status) bool {
			return finished(x) || waiting(x) && !x.State.NextTry.Equal(before)
		})
	}
	require.Equal(t, pass.Error, last.State.Status)
	require.Equal(t, 1, last.State.TryCount)
	questions := 0
	for _, r := range s.kontur.Requests() {
		if r.Method == "req" && len(r.IDs) == 5 { // as a whole; the others are its parts
			questions++
		}
	}
	require.LessOrEqual(t, questions, pass.MaxWakes+3, "the last one is the closer look")
	s.kontur.ClearFaults()
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
}
