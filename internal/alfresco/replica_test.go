package alfresco_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A replica, as a fresh core, names no transaction; the walk ends when it is over, and finds out once what that means.
func TestWalkOverAReplica(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithReplica())
		ids := addNodes(s, 5)
		c := v.client(t, s, nil)
		require.Equal(t, ids[1:3], walkOnly(t, c, 2, &alfresco.Only{Nodes: ids[1:3]}))
		request := page(0, 2)
		var walked []string
		s.Forget()
		for {
			p, err := c.NextPage(t.Context(), request)
			require.NoError(t, err)
			if len(p.Nodes) == 0 {
				break
			}
			for _, n := range p.Nodes {
				walked = append(walked, n.ID)
			}
			request.After = p.LastDbid
		}
		require.Equal(t, ids, walked)
		require.Equal(t, 5, s.Count(v.search), "three pages, one beyond them, and whether there is any dbid")

		report, err := c.Check(t.Context(), contractor)
		require.NoError(t, err)
		require.Equal(t, int64(5), report.Nodes)
		require.Zero(t, report.LastTxID)

		empty, err := v.client(t, v.server(t, alfrescotest.WithReplica()), nil).NextPage(t.Context(), page(0, 2))
		require.NoError(t, err, "no nodes at all are no verdict on the index")
		require.Empty(t, empty.Nodes)
	})
}

// An index that knows no node at all, behind a node that a walk has met, is one that is being built: the walk is not over.
func TestEmptyIndexInTheMiddleOfAWalk(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithReplica(), alfrescotest.WithIndexLag())
		ids := addNodes(s, 5)
		c := v.client(t, s, nil)
		_, err := c.NextPage(t.Context(), page(103, 2))
		require.NotEmpty(t, requireKind(t, alfresco.Unavailable, err).Hint)

		s.Sync()
		p, err := c.NextPage(t.Context(), page(103, 2))
		require.NoError(t, err)
		require.Equal(t, ids[3], p.Nodes[0].ID)
	})
}
