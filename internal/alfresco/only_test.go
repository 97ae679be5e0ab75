package alfresco_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func TestNextPageNarrowed(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 250)
		quoted := s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": `a "b\`}})[0]
		c := v.client(t, s, nil)
		walk := func(only *alfresco.Only) []string {
			found := []string{}
			request := alfresco.PageRequest{NodeType: "idocs:contractor", Max: 2, Properties: wanted, Only: only}
			for {
				page, err := c.NextPage(t.Context(), request)
				require.NoError(t, err)
				if len(page.Nodes) == 0 {
					return found
				}
				for _, n := range page.Nodes {
					found = append(found, n.ID)
				}
				request.After = page.LastDbid
			}
		}
		require.Equal(t, []string{ids[3], ids[70], ids[249]}, walk(&alfresco.Only{Nodes: []string{ids[249], "none", ids[3], ids[70]}}), "in order of the dbid")
		require.Equal(t, []string{ids[9], ids[11]}, walk(&alfresco.Only{Attributes: []string{"idocs:inn"}, Values: []string{"0000000011", "0000000009"}}))
		require.Equal(t, []string{ids[9], ids[11]}, walk(&alfresco.Only{Nodes: []string{ids[11]}, Attributes: []string{"idocs:ogrn", "idocs:inn"}, Values: []string{"0000000009"}}))
		require.Equal(t, []string{quoted}, walk(&alfresco.Only{Attributes: []string{"idocs:inn"}, Values: []string{`a "b\`}}))
		require.Empty(t, walk(&alfresco.Only{Nodes: []string{"none"}}), "no such node is no trouble of the index")
	})
}

func TestNextPageNarrowedOverGhosts(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 30)
		for _, id := range ids[:20] {
			s.Delete(id)
		}
		page, err := v.client(t, s, nil).NextPage(t.Context(), alfresco.PageRequest{
			NodeType: "idocs:contractor", Max: 5, Properties: wanted, Only: &alfresco.Only{Nodes: append(ids[:10:10], ids[25])},
		})
		require.NoError(t, err)
		require.Len(t, page.Nodes, 1)
		require.Equal(t, ids[25], page.Nodes[0].ID)
	})
}
