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
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Hint, "shorten the first one behind dbid 0")
}

// So are nodes that are read together with the Records API. One that is too large alone is refused, and the others are written.
func TestUpdateReadsFewerNodesWhereTheyAreLarge(t *testing.T) {
	t.Parallel()
	v := via{alfresco.Records, alfrescotest.Query, alfrescotest.Query, alfrescotest.Mutate}
	s := v.server(t)
	var ids []string
	for _, length := range []int{10, 20_000, 20_000, 60_000, 20_000, 20_000} {
		ids = append(ids, s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:kpp": strings.Repeat("x", length)}})...)
	}
	c := v.client(t, s, nil)
	c.SetBodyLimit(50_000)
	updates, err := c.Update(t.Context(), ids, wanted, alfresco.Decide(func(alfresco.Node) map[string]any { return map[string]any{"idocs:kpp": "001201001"} }))
	require.NoError(t, err)
	require.Len(t, updates, 6)
	for i, r := range updates {
		require.Equal(t, i != 3, r.Written, "%+v", r)
	}
	require.Contains(t, updates[3].Refusal.Reason, "more than 64 MB")
}
