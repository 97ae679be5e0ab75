package alfresco_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// Nodes that are too large together are read in smaller pages, and all nodes are walked.
func TestNextPageReadsFewerNodesWhereTheyAreLarge(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		want := addNodes(s, 10)
		for range 7 {
			want = append(want, s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:kpp": strings.Repeat("x", 20_000)}})...)
		}
		want = append(want, addNodes(s, 10)...)
		c := v.client(t, s, nil)
		c.SetBodyLimit(50_000)
		require.Equal(t, want, walk(t, c, 10))
	})
}

func TestNextPageSaysThatOneNodeIsTooLarge(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:kpp": strings.Repeat("x", 20_000)}})
	c := newClient(t, s, nil)
	c.SetBodyLimit(15_000)
	_, err := c.NextPage(t.Context(), page(0, 10))
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Summary, "more than")
}
