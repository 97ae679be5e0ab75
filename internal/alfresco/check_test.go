package alfresco_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func TestCheckReportsWhatItSaw(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		addNodes(s, 12)
		c := v.client(t, s, nil)
		first, err := c.Check(t.Context(), contractor)
		require.NoError(t, err)
		require.Equal(t, "Community", first.Edition)
		require.Contains(t, first.Version, "26.1")
		require.Equal(t, int64(12), first.Nodes)
		require.Zero(t, first.WithoutDbid)
		addNodes(s, 1)
		second, err := c.Check(t.Context(), contractor)
		require.NoError(t, err)
		require.Equal(t, int64(13), second.Nodes)
		require.Equal(t, v.api, second.API)
		if v.api == alfresco.REST {
			require.Greater(t, second.LastTxID, first.LastTxID)
		}
		require.Empty(t, s.Writes())
	})
}

func TestCheckOfAnEmptyRepositoryPasses(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		report, err := v.client(t, v.server(t), nil).Check(t.Context(), contractor)
		require.NoError(t, err)
		require.Zero(t, report.Nodes)
	})
}

func TestCheckWithoutDiscoveryPasses(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Discovery, Status: 501})
		report, err := v.client(t, s, nil).Check(t.Context(), contractor)
		require.NoError(t, err)
		require.Empty(t, report.Version)
	})
}

func TestCheckFails(t *testing.T) {
	t.Parallel()
	count := func(total string) string {
		return `{"list":{"pagination":{"count":0,"hasMoreItems":false,"totalItems":` + total + `},"context":{"consistency":{"lastTxId":5}},"entries":[]}}`
	}
	tests := []struct {
		name string
		give func(*alfrescotest.Server)
		want alfresco.Kind
	}{
		{"read-only", func(s *alfrescotest.Server) { s.SetReadOnly(true) }, alfresco.ReadOnly},
		{"not logged in", func(s *alfrescotest.Server) { s.Inject(alfrescotest.Fault{Status: 401}) }, alfresco.BadCredentials},
		{"a page for discovery", func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Discovery, HTML: true})
		}, alfresco.BadResponse},
		{"no entry in discovery", func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Discovery, Body: `{}`})
		}, alfresco.BadResponse},
		{"nodes without dbids", func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1, Body: count("3")})
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1, Body: count("0")})
		}, alfresco.NotSearchable},
		{"no metadata web script", func(s *alfrescotest.Server) {
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Status: 404, HTML: true})
		}, alfresco.BadResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			addNodes(s, 3)
			tt.give(s)
			_, err := newClient(t, s, nil).Check(t.Context(), contractor)
			require.NotEmpty(t, requireKind(t, tt.want, err).Hint)
		})
	}
	t.Run("Elasticsearch", func(t *testing.T) {
		t.Parallel()
		s := alfrescotest.NewServer(t, alfrescotest.WithEngine(alfrescotest.Elasticsearch))
		addNodes(s, 3)
		_, err := newClient(t, s, nil).Check(t.Context(), contractor)
		requireKind(t, alfresco.NotSearchable, err)
	})
}
