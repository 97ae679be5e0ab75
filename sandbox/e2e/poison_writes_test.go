package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// bothAPIs runs a test with a stack of 45 nodes in batches of 10, for each API.
func bothAPIs(t *testing.T, test func(t *testing.T, s *stack, ids []string)) {
	t.Helper()
	t.Parallel()
	for name, env := range map[string]map[string]string{"REST": nil, "records": recordsEnv} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			ids := s.fill(45)
			s.startWorker(env)
			s.apply("batchSize: 10\nretryDelays: [100ms, 100ms, 100ms]")
			test(t, s, ids)
		})
	}
}

// rejectedOf are the nodes that changes names with an outcome.
func (s *stack) rejectedOf(outcome counterparty.Outcome) []string {
	s.t.Helper()
	return nodesOf(s.journalOf("--rejected"), outcome)
}

// Some nodes can't be read or written, whatever is tried. All others are brought up to date, in each pass.
func TestPoisonedNodesNeverStopTheOthers(t *testing.T) {
	bothAPIs(t, func(t *testing.T, s *stack, ids []string) {
		bad := []string{ids[0], ids[13], ids[30], ids[44]}
		s.alfresco.PoisonPut(ids[0], ids[13], ids[44])
		s.alfresco.PoisonGet(ids[30])
		first := s.trigger()
		require.Equal(t, "COMPLETED", first.Pass.Ended)
		require.Equal(t, counterparty.Counts{Updated: 41, Failed: 4}, first.Pass.Counts)
		require.EqualValues(t, 45, first.State.CountProcessedNodes)
		require.ElementsMatch(t, bad, s.rejectedOf(counterparty.Failed))
		require.Len(t, s.alfresco.Writes(), 41)

		second := s.trigger()
		require.Equal(t, "COMPLETED", second.Pass.Ended)
		require.Equal(t, counterparty.Counts{Unchanged: 41, Failed: 4}, second.Pass.Counts)
		require.Len(t, s.alfresco.Writes(), 41)
		require.ElementsMatch(t, bad, s.rejectedOf(counterparty.Failed))
		require.NotContains(t, s.history(second.Pass.WorkflowID), "RETRY_WAITING", "it is known that they fail")

		s.alfresco.ClearFaults()
		require.Equal(t, counterparty.Counts{Updated: 4, Unchanged: 41}, s.trigger().Pass.Counts)
	})
}

// Of whole batches nothing can be read, or written: the tries come first, and the other batches are their measure.
func TestPoisonedBatchesNeverStopTheOthers(t *testing.T) {
	bothAPIs(t, func(t *testing.T, s *stack, ids []string) {
		s.alfresco.PoisonPut(ids[10:20]...)
		s.alfresco.PoisonGet(ids[30:40]...)
		first := s.trigger()
		require.Equal(t, "COMPLETED", first.Pass.Ended)
		require.Equal(t, counterparty.Counts{Updated: 25, Failed: 20}, first.Pass.Counts)
		require.ElementsMatch(t, append(append([]string{}, ids[10:20]...), ids[30:40]...), s.rejectedOf(counterparty.Failed))
		require.Len(t, s.alfresco.Writes(), 25)
	})
}

// Nothing is written at all: an outage, of which no node is to blame, and after which the next pass tries what was left.
func TestNodesThatAreOpenAtTheEndAreTriedByTheNextPass(t *testing.T) {
	bothAPIs(t, func(t *testing.T, s *stack, ids []string) {
		require.Equal(t, 45, s.trigger().Pass.Counts.Updated)
		require.NoError(t, s.alfresco.Edit(ids[20], map[string]any{"idocs:shortOrganizationName": "X"}))
		s.alfresco.PoisonPut(ids[20])
		failed := s.trigger()
		require.Equal(t, "FAILED", failed.Pass.Ended)
		require.Equal(t, pass.Error, failed.State.Status)
		require.Contains(t, *failed.State.Error, ids[20])
		require.Equal(t, counterparty.Counts{Unchanged: 44}, failed.Pass.Counts)
		require.Equal(t, []string{ids[20]}, s.rejectedOf(journal.Open))

		s.alfresco.ClearFaults()
		next := s.trigger()
		require.Equal(t, "COMPLETED", next.Pass.Ended)
		require.Equal(t, 1, next.Pass.Counts.Updated)
		require.Empty(t, s.rejectedOf(journal.Open))
	})
}

func TestPassOverOneNodeThatFailsIsAnOutage(t *testing.T) {
	bothAPIs(t, func(t *testing.T, s *stack, ids []string) {
		for _, poison := range []func(...string) func(){s.alfresco.PoisonGet, s.alfresco.PoisonPut} {
			heal := poison(ids[7])
			_, out, errs := s.starter("", "trigger", s.id, "--only", ids[7], "--wait")
			require.Contains(t, out+errs, "status 500")
			require.Empty(t, s.rejectedOf(counterparty.Failed))
			heal()
		}
		require.Empty(t, s.alfresco.Writes())
		require.Zero(t, s.alfresco.Count(alfrescotest.Ticket))
	})
}
