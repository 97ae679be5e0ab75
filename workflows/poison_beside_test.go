package workflows_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// Nothing is known from before, and the node behind a batch of nothing but poison can't be read.
func TestOthersAreLookedForBehindNodesThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	p := newPoisoned(t, 60, nodesFrom(1, 10))
	p.unreadable(11)
	sync := config()
	sync.Lookahead = ptr(1)
	p.run(sync)
	result := p.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, 60, result.Counts.Total())
	require.Equal(t, 1, result.Counts.Failed)
	require.Len(t, p.unread, 10)
}

// Nodes that can't be read and companies that can't be asked about, here and there: each is met once, and the pass completes.
func TestNodesAndCompaniesThatFailSideBySide(t *testing.T) {
	t.Parallel()
	for seed := range 40 {
		var nodes []int64
		var companies []string
		for n := 1; n <= 60; n++ {
			switch {
			case (n*7919+seed*104729)%11 == 0:
				nodes = append(nodes, int64(n))
			case (n*6151+seed*7907)%13 == 0:
				companies = append(companies, inn(int64(n)))
			}
		}
		p := newPoisoned(t, 60, func(id string) bool { return slices.Contains(companies, id) })
		p.unreadable(nodes...)
		p.source = []string{"req", "contacts"}[seed%2]
		sync := config()
		sync.Sources, sync.Lookahead = []string{"req", "contacts"}, ptr(1+seed%4)
		p.run(sync)
		result := p.result(t)
		require.Equal(t, 60, result.Counts.Total(), "seed %d", seed)
		require.Equal(t, len(nodes), result.Counts.Failed, "seed %d", seed)
		require.ElementsMatch(t, companies, p.unread, "seed %d", seed)
		for dbid, times := range p.updated {
			require.Equal(t, 1, times, "seed %d: node %d", seed, dbid)
		}
	}
}
