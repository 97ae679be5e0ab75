package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// Whoever may edit contractors can fill them with megabytes: of that the pass tells as much as Temporal takes, counts
// what it wrote, and goes on.
func TestHugeValuesOfNodesDoNotStopAPass(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	long := strings.Repeat("x", 1_200_000)
	huge := s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": strings.Repeat("1", 3_000_000)}})
	var ids []string
	for n := 1; n <= 3; n++ {
		s.kontur.AddCompany(konturtest.Invented(n))
		ids = append(ids, s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(n), "idocs:shortOrganizationName": long}})...)
	}
	s.startWorker()
	s.apply("maxChanged: 100")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended, "%+v", done.State)
	require.Equal(t, counterparty.Counts{Updated: 3, InvalidID: 1}, done.Pass.Counts)
	var result pass.Result
	require.NoError(t, s.temporal.GetWorkflow(t.Context(), done.Pass.WorkflowID, "").Get(t.Context(), &result))
	require.Equal(t, int64(3), result.Brake.Changed)

	entries := s.journalOf()
	require.ElementsMatch(t, ids, nodesOf(entries, counterparty.Updated))
	require.Equal(t, huge, nodesOf(entries, counterparty.InvalidID))
	text := s.must("", "changes", s.id)
	require.Contains(t, text, "INN 11111111111111111111111111111111… (3000000 characters)")
	require.Contains(t, text, `xxx…" (1200000 characters, SHA-256 `)
	require.Less(t, len(text), 10_000)
}
