package deepcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/fact"
)

// The first node of the walk need not be the first one that is looked at.
func TestABrokenNodeAtAnyPlaceIsNotTakenForAnotherFact(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		s := start(t, alfresco.REST)
		s.alfresco.BreakAspects(s.alfresco.Nodes("idocs:contractor")[n].ID)
		facts := s.check(t, nil)
		require.Subset(t, []string{"alfresco.metadata-dbid"}, otherwise(facts), n)
		require.False(t, fact.Broken(facts))
	}
	for n := 1; n <= 11; n++ {
		s := start(t, alfresco.REST)
		for _, node := range s.alfresco.Nodes("idocs:contractor")[:n] {
			s.alfresco.BreakAspects(node.ID)
		}
		facts := s.check(t, nil)
		require.False(t, fact.Broken(facts), "%d: %v", n, otherwise(facts))
	}
}
