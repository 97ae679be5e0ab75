package alfresco

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

func TestOverGhostsGivesUpAfterManySteps(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.AddGhosts("idocs:contractor", 101, 5000)
	s.Add(alfrescotest.Node{})
	c, err := New(Options{BaseURL: s.URL(), User: alfrescotest.DefaultUser, Password: secret.New(alfrescotest.DefaultPassword)})
	require.NoError(t, err)
	c.maxSteps = 2
	_, err = c.NextPage(t.Context(), PageRequest{NodeType: "idocs:contractor", Max: 10})
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, Unavailable, e.Kind)
	require.NotEmpty(t, e.Hint)
	require.Equal(t, 4, s.Count(alfrescotest.Search), "the page, the larger page, two windows")
}
