package alfresco_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

func TestNextPageWalksAllNodesOnceInOrder(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, limit := range []int{1, 7, 100, 1000} {
			t.Run(fmt.Sprint(limit), func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				want := addNodes(s, 23)
				want = append(want, s.Add(alfrescotest.Node{Type: "idocs:branchOffice"})...)
				s.Add(alfrescotest.Node{Type: "cm:content"})
				want = append(want, addNodes(s, 1)...)
				require.Equal(t, want, walk(t, v.client(t, s, nil), limit))
			})
		}
	})
}

func TestNextPageShowsTheNode(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
		s.Add(alfrescotest.Node{Dbid: 500, ID: "n1", Name: "ООО Пример", ModifiedAt: at, Properties: map[string]any{
			"idocs:inn": "0012345673", "idocs:kpp": "", "idocs:contractorID": 7, "idocs:contractorType": []string{"vendor"}}})
		s.Add(alfrescotest.Node{Dbid: 501, ID: "n2"})
		p, err := v.client(t, s, nil).NextPage(t.Context(), page(0, 10))
		require.NoError(t, err)
		require.Equal(t, int64(501), p.LastDbid)
		require.Equal(t, at.Unix(), p.Nodes[0].ModifiedAt.Unix())
		properties := map[string]any{"idocs:inn": "0012345673", "idocs:contractorID": 7.0, "idocs:contractorType": []any{"vendor"}}
		if v.api == alfresco.Records { // which shows all values as texts
			properties["idocs:contractorID"], properties["idocs:contractorType"] = "7", "vendor"
		}
		require.Equal(t, "n1", p.Nodes[0].ID)
		require.Equal(t, "ООО Пример", p.Nodes[0].Name)
		require.Equal(t, contractor, p.Nodes[0].Type)
		require.Equal(t, properties, p.Nodes[0].Properties)
		require.NotNil(t, p.Nodes[1].Properties)
	})
}

func TestNextPageSendsARangeAndASortFromPageOneOn(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	addNodes(s, 1)
	_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 25))
	require.NoError(t, err)
	require.JSONEq(t, `{"query":{"language":"afts","query":"TYPE:\"idocs:contractor\" AND sys:node\\-dbid:<0 TO MAX]"},
		"include":["properties"],"paging":{"maxItems":25,"skipCount":0},
		"sort":[{"type":"FIELD","field":"sys:node-dbid","ascending":true}]}`, string(s.Requests()[0].Body))
	require.Equal(t, 1, s.Count(alfrescotest.Metadata), "one more call for each page")
}

func TestNextPageKeepsTheTypeInsideItsQuotes(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		addNodes(s, 3)
		for _, nodeType := range []string{`x" AND TYPE:"idocs:contractor`, `x\`, `x\" AND TYPE:"idocs:contractor`} {
			p, err := v.client(t, s, nil).NextPage(t.Context(), alfresco.PageRequest{NodeType: nodeType, Max: 10})
			require.NoError(t, err, nodeType)
			require.Empty(t, p.Nodes, nodeType)
		}
	})
}

func TestNextPageRefusesARequestWithoutSense(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		c := v.client(t, v.server(t), nil)
		for _, r := range []alfresco.PageRequest{{NodeType: contractor}, {Max: 1}, {NodeType: contractor, Max: 1, After: -1}} {
			_, err := c.NextPage(t.Context(), r)
			requireKind(t, alfresco.BadRequest, err)
		}
	})
}

func TestNextPageGhosts(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			give func(*alfrescotest.Server)
			want []string
		}{
			{"none and nothing else", func(*alfrescotest.Server) {}, nil},
			{"at the beginning", func(s *alfrescotest.Server) {
				s.AddGhosts(contractor, 101, 130)
				s.Add(alfrescotest.Node{ID: "a"})
			}, []string{"a"}},
			{"between nodes", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"})
				s.AddGhosts(contractor, 102, 150)
				s.Add(alfrescotest.Node{ID: "b"}, alfrescotest.Node{ID: "c"})
			}, []string{"a", "b", "c"}},
			{"at the tail", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"}, alfrescotest.Node{ID: "b"})
				s.AddGhosts(contractor, 200, 230)
			}, []string{"a", "b"}},
			{"a long run between nodes", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"})
				s.AddGhosts(contractor, 102, 5101)
				s.Add(alfrescotest.Node{ID: "b"})
			}, []string{"a", "b"}},
			{"a long run far away", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"})
				s.AddGhosts(contractor, 50_000_000, 50_004_999)
				s.Add(alfrescotest.Node{ID: "b", Dbid: 900_000_000})
			}, []string{"a", "b"}},
			{"a long run at the tail", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"})
				s.AddGhosts(contractor, 1000, 5999)
			}, []string{"a"}},
			{"up to the largest dbid", func(s *alfrescotest.Server) {
				s.Add(alfrescotest.Node{ID: "a"})
				s.AddGhosts(contractor, 1000, 3999)
				s.AddGhosts(contractor, 1<<62, 1<<62+3)
			}, []string{"a"}},
			{"nothing but ghosts", func(s *alfrescotest.Server) { s.AddGhosts(contractor, 101, 2500) }, nil},
			{"nodes that may not be read", func(s *alfrescotest.Server) {
				for range 30 {
					s.Add(alfrescotest.Node{Forbidden: true})
				}
				s.Add(alfrescotest.Node{ID: "a"}, alfrescotest.Node{Forbidden: true})
			}, []string{"a"}},
			{"deleted nodes that the index keeps", func(s *alfrescotest.Server) {
				ids := addNodes(s, 40)
				s.DeleteLeavingGhosts(ids[1:39]...)
				s.Add(alfrescotest.Node{ID: "z"})
			}, []string{"00000000-0000-4000-8000-000000000065", "00000000-0000-4000-8000-00000000008c", "z"}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				tt.give(s)
				require.Equal(t, tt.want, walk(t, v.client(t, s, nil), 10))
				require.Less(t, s.Count(v.search), 80, "steps grow with the distance's logarithm")
			})
		}
	})
}

func TestNextPageCutsThePageBehindTheLastReadableDbid(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 6)
	c := newClient(t, s, nil)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, NodeID: ids[4], Body: `{}`, Times: 1})
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, NodeID: ids[3], Body: `{}`, Times: 1})
	p, err := c.NextPage(t.Context(), page(0, 5))
	require.NoError(t, err)
	require.Len(t, p.Nodes, 3)
	require.Equal(t, int64(103), p.LastDbid)
	p, err = c.NextPage(t.Context(), page(p.LastDbid, 5))
	require.NoError(t, err)
	require.Len(t, p.Nodes, 3, "the nodes that were cut off come with the next page")
	require.Equal(t, int64(106), p.LastDbid)
}

func TestNextPageLooksAgainWhenThePageVanishedMeanwhile(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 5)
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Metadata {
			s.Delete(ids[:2]...)
		}
	})
	p, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 2))
	require.NoError(t, err)
	require.Equal(t, ids[2], p.Nodes[0].ID)
	require.Equal(t, int64(104), p.LastDbid)
}

func TestNextPageFailsWhenNoDbidCanBeRead(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	addNodes(s, 3)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Body: `{}`})
	_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
	e := requireKind(t, alfresco.BadResponse, err)
	require.NotEmpty(t, e.Hint)
}

func TestNextPageFailsWhenItDoesNotAdvance(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	addNodes(s, 3)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Body: `{"properties":{"sys:node-dbid":101}}`})
	_, err := newClient(t, s, nil).NextPage(t.Context(), page(101, 10))
	requireKind(t, alfresco.BadResponse, err)
}

func TestNextPageNeedsAnIndexWithDbids(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		give  []alfrescotest.Option
		fault alfrescotest.Fault
	}{
		{"Elasticsearch", []alfrescotest.Option{alfrescotest.WithEngine(alfrescotest.Elasticsearch)}, alfrescotest.Fault{Operation: alfrescotest.Put}},
		{"no dbid in the index", nil, alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1,
			Body: `{"list":{"pagination":{"count":0,"hasMoreItems":false,"totalItems":0},"context":{"consistency":{"lastTxId":5}},"entries":[]}}`}},
		{"no search engine at all", nil, alfrescotest.Fault{Operation: alfrescotest.Search, Status: 500, Summary: "No query language available"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t, tt.give...)
			addNodes(s, 3)
			s.Inject(tt.fault)
			_, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
			e := requireKind(t, alfresco.NotSearchable, err)
			require.Contains(t, e.Hint, "solr6")
		})
	}
}

func TestNextPageTakesANodeOfTwoShardsOnce(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 2)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1, Body: fmt.Sprintf(`{"list":{"pagination":{},"context":{"consistency":{"lastTxId":1}},
		"entries":[{"entry":{"id":%q}},{"entry":{"id":%q}},{"entry":{"id":%q}}]}}`, ids[0], ids[0], ids[1])})
	p, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
	require.NoError(t, err)
	require.Len(t, p.Nodes, 2)
}

func TestNextPageTakesAnEmptyPageWithMoreItemsForGhosts(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 1)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1,
		Body: `{"list":{"pagination":{"hasMoreItems":true},"context":{"consistency":{"lastTxId":1}},"entries":[]}}`})
	p, err := newClient(t, s, nil).NextPage(t.Context(), page(0, 10))
	require.NoError(t, err)
	require.Equal(t, ids[0], p.Nodes[0].ID)
}

func TestNextPageSeesNewNodesWhenTheIndexCaughtUp(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t, alfrescotest.WithIndexLag())
		addNodes(s, 2)
		c := v.client(t, s, nil)
		require.Empty(t, walk(t, c, 10))
		s.Sync()
		require.Len(t, walk(t, c, 10), 2)
	})
}
