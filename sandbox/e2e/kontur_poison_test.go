package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// Companies about which Kontur.Focus can't be asked stop nobody else: the pass completes without a wait, names their nodes,
// and the next one tries them again.
func TestCompaniesThatKonturFocusCannotBeAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(45)
	s.startWorker()
	s.apply("batchSize: 10\nretryDelays: [1h]")
	for i, poison := range []konturtest.Poison{konturtest.ServerError, konturtest.Refusal, konturtest.Nonsense, konturtest.Cut} {
		s.kontur.Inject(poison.In("req", konturtest.INN(10*i+7)))
	}
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, counterparty.Counts{Updated: 41, Failed: 4}, done.Pass.Counts)
	require.Len(t, s.alfresco.Writes(), 41)
	require.LessOrEqual(t, s.kontur.Spent("req"), 45)
	require.LessOrEqual(t, s.kontur.Count("req"), 5+4*11)

	rejected := s.journalOf("--rejected")
	require.ElementsMatch(t, []string{ids[6], ids[16], ids[26], ids[36]}, nodesOf(rejected, counterparty.Failed))
	for _, e := range rejected {
		require.Contains(t, e.Reason, "req: each request about it fails, while others go through: ask Kontur.Focus req: ")
		require.NotEmpty(t, e.Hint)
	}

	s.kontur.ClearFaults()
	require.Equal(t, counterparty.Counts{Updated: 4, Unchanged: 41}, s.trigger().Pass.Counts)
}
