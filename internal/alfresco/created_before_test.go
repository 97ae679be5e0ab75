package alfresco_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

func TestWalkEndsBeforeYoungNodes(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	old, young := now.Add(-time.Hour), now.Add(-time.Minute)
	for _, created := range []time.Time{old, old, young, old} {
		s.Add(alfrescotest.Node{CreatedAt: created, Properties: map[string]any{"idocs:inn": "0012345673"}})
	}
	nodes := s.Nodes("idocs:contractor")
	client, err := alfresco.New(alfresco.Options{
		BaseURL: s.URL(), User: alfrescotest.DefaultUser, Password: secret.New(alfrescotest.DefaultPassword),
	})
	require.NoError(t, err)
	settled := now.Add(-15 * time.Minute)

	page, err := client.NextPage(t.Context(), alfresco.PageRequest{NodeType: "idocs:contractor", Max: 100, CreatedBefore: settled})
	require.NoError(t, err)
	require.Len(t, page.Nodes, 2)
	require.Equal(t, nodes[1].Dbid, page.LastDbid)
	require.Equal(t, old, page.Nodes[0].CreatedAt.UTC())

	page, err = client.NextPage(t.Context(), alfresco.PageRequest{NodeType: "idocs:contractor", Max: 100, After: nodes[1].Dbid, CreatedBefore: settled})
	require.NoError(t, err)
	require.Empty(t, page.Nodes, "what lies behind a young node waits as well")
	require.Equal(t, nodes[1].Dbid, page.LastDbid)

	page, err = client.NextPage(t.Context(), alfresco.PageRequest{NodeType: "idocs:contractor", Max: 100})
	require.NoError(t, err)
	require.Len(t, page.Nodes, 4)
}
