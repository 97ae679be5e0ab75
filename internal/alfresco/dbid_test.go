package alfresco_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// The metadata web script fails for ever over a node with an aspect of a model that was removed: the page ends before it.
func TestBrokenAspectAtTheEndOfAPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		broken []int // of nine nodes, four in a page
		want   [][]int
	}{
		{"the last of a page", []int{3}, [][]int{{0, 1, 2}, {3, 4, 5, 6}, {7, 8}}},
		{"two of a page", []int{2, 3}, [][]int{{0, 1}, {2, 3, 4, 5}, {6, 7, 8}}},
		{"the last of all", []int{8}, [][]int{{0, 1, 2, 3}, {4, 5, 6, 7}, {8}}},
		{"the last three of all", []int{6, 7, 8}, [][]int{{0, 1, 2, 3}, {4, 5}, {6, 7, 8}}},
		{"a whole page in the middle", []int{4, 5, 6, 7}, [][]int{{0, 1, 2, 3}, {4, 5, 6, 7}, {8}}},
		{"all", []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, [][]int{{0, 1, 2, 3}, {4, 5, 6, 7}, {8}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			var ids []string
			for i := range 9 {
				ids = append(ids, s.Add(alfrescotest.Node{Dbid: int64(1000 + 3000*i)})...)
			}
			for _, i := range tt.broken {
				s.BreakAspects(ids[i])
			}
			c := newClient(t, s, nil)
			var got [][]int
			for request := page(0, 4); ; {
				p, err := c.NextPage(t.Context(), request)
				require.NoError(t, err)
				if len(p.Nodes) == 0 {
					break
				}
				var run []int
				for _, n := range p.Nodes {
					run = append(run, slices.Index(ids, n.ID))
				}
				got = append(got, run)
				require.Equal(t, int64(1000+3000*run[len(run)-1]), p.LastDbid)
				request.After = p.LastDbid
			}
			require.Equal(t, tt.want, got)
			if len(tt.broken) <= 5 {
				_, err := c.Check(t.Context(), contractor)
				require.NoError(t, err)
			}
		})
	}
}

// However the script fails over a node, or never answers about it.
func TestNodeOverWhichTheMetadataScriptFails(t *testing.T) {
	t.Parallel()
	v := via{alfresco.REST, alfrescotest.Search, alfrescotest.Get, alfrescotest.Put}
	for kind, how := range v.failures() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := v.server(t)
			ids := addNodes(s, 5)
			how.Operation = alfrescotest.Metadata
			for _, id := range []string{ids[2], ids[4]} {
				how.NodeID = id
				s.Inject(how)
			}
			require.Equal(t, ids, walk(t, v.patient(t, s), 3))
		})
	}
}

func TestMetadataScriptOutOfOrder(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{3, 20} {
		for _, status := range []int{http.StatusInternalServerError, http.StatusBadGateway} {
			t.Run(fmt.Sprint(nodes, status), func(t *testing.T) {
				t.Parallel()
				s := alfrescotest.NewServer(t)
				addNodes(s, nodes)
				s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Status: status, HTML: true})
				_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 20))
				require.NotEmpty(t, requireKind(t, alfresco.Unavailable, err).Hint)
				require.LessOrEqual(t, s.Count(alfrescotest.Metadata), 6, "five nodes back, no more")
			})
		}
	}
	t.Run("other trouble ends it at once", func(t *testing.T) {
		t.Parallel()
		s := alfrescotest.NewServer(t)
		addNodes(s, 20)
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Status: 503, Header: map[string]string{"Retry-After": "5"}})
		_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 20))
		requireKind(t, alfresco.RateLimited, err)
		require.Equal(t, 1, s.Count(alfrescotest.Metadata))
	})
}
