package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// A plan says what the pass then does, to the letter, and does none of it.
func TestDiffAndUpdate_planAgreesWithTheWrite(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		seen := &observed{}
		w.observer = seen
		for n := range 3 {
			w.kontur.AddCompany(company(n + 1))
		}
		w.alfresco.Add(node(1, nil), alfrescotest.Node{Properties: current(2)}, node(3, properties{"idocs:okpo": "x"}), node(9, nil),
			alfrescotest.Node{Properties: properties{"idocs:inn": "12"}})
		request := w.batch(t)
		request.Plan = true
		request.Budget = &pass.Budget{Changed: new(int64)}
		planned := w.update(t, request)
		require.Empty(t, w.alfresco.Writes())
		require.Zero(t, w.alfresco.Count(v.write))
		require.Empty(t, seen.batches, "metrics count what was done")
		require.Equal(t, counterparty.Counts{Updated: 2, Unchanged: 1, NotFound: 1, InvalidID: 1}, planned.Counts)
		require.Nil(t, planned.Evidence, "a plan changes nothing that could be held")

		request.Plan, request.Budget = false, nil
		written := w.update(t, request)
		require.Positive(t, written.Announced)
		written.Announced = 0
		require.Equal(t, planned, written)
		require.Len(t, w.alfresco.Writes(), 2)
	})
}
