package alfresco_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// numbers are the dbids of the nodes that pages show, those that can't be read below zero.
func numbers(t *testing.T, after int64, pages []alfresco.Page, dbids map[string]int64) (shown [][]int64) {
	t.Helper()
	for _, p := range pages {
		var run []int64
		for _, n := range p.Nodes {
			run = append(run, dbids[n.ID])
		}
		for _, f := range p.Failed {
			run = append(run, -f.Dbid)
		}
		require.NotEqual(t, len(p.Nodes) > 0, len(p.Failed) > 0)
		require.Greater(t, p.LastDbid, after)
		require.Equal(t, max(run[len(run)-1], -run[len(run)-1]), p.LastDbid)
		after = p.LastDbid
		shown = append(shown, run)
	}
	return shown
}

var old = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// What one call after the other brings, of pages of three nodes, four at once. Nodes have the dbids 101 to 114.
func TestNextPages(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		type searches [][][]int64
		rest := v.api == alfresco.REST
		tests := []struct {
			name     string
			give     func(s *alfrescotest.Server, ids []string, r *alfresco.PageRequest)
			want     searches
			totals   []int64 // of the first call
			requests []int   // searches and requests for a dbid, of each
			restOnly bool
		}{
			{"four pages are one search", nil,
				searches{{{101, 102, 103}, {104, 105, 106}, {107, 108, 109}, {110, 111, 112}}, {{113, 114}}, nil},
				[]int64{14, 11, 8, 5}, []int{1, 4, 1, 1, 1, 0}, false},
			{"they end at a dbid", func(_ *alfrescotest.Server, _ []string, r *alfresco.PageRequest) { r.Last = 105 },
				searches{{{101, 102, 103}, {104, 105}}, nil, nil}, []int64{5, 2}, []int{1, 2, 1, 0, 1, 0}, false},
			{"they end before a young node", func(s *alfrescotest.Server, ids []string, r *alfresco.PageRequest) {
				r.CreatedBefore = old.Add(4 * time.Hour)
			}, searches{{{101, 102, 103}, {104}}, nil, nil}, []int64{14, 11}, []int{1, 2, 1, 0, 1, 0}, false},
			{"ghosts are left out", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.DeleteLeavingGhosts(ids[0], ids[2], ids[3], ids[11])
			}, searches{{{102, 105, 106}, {107, 108, 109}, {110, 111}}, {{113, 114}}, nil}, []int64{14, 11, 8}, []int{1, 3, 1, 1, 1, 0}, false},
			{"so is a page of nothing else", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.DeleteLeavingGhosts(ids[:13]...)
			}, searches{{{114}}, nil, nil}, []int64{14}, []int{2, 1, 1, 0, 1, 0}, false},
			// One search more than with a page each time: until the node is behind, the search for all of them fails.
			{"a node that can't be read, in the third page", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.PoisonSearch(failures["500"], ids[7])
			}, searches{{{101, 102, 103}}, {{104, 105, 106}}, {{107}}, {{-108}}, {{109, 110, 111}, {112, 113, 114}}, nil}, []int64{14}, []int{1 + 1, 1, 1 + 1, 1, 1 + 4, 1, 1 + 6, 0, 1, 2, 1, 0}, false},
			{"the script fails over the last node of the second page", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.BreakAspects(ids[5])
			}, searches{{{101, 102, 103}}, {{104, 105}}, {{106, 107, 108}, {109, 110, 111}, {112, 113, 114}}}, []int64{14}, []int{1, 4, 1, 5, 1, 3}, true},
			{"the script fails over the last node of the first page", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.BreakAspects(ids[2])
			}, searches{{{101, 102}}, {{103, 104, 105}, {106, 107, 108}, {109, 110, 111}, {112, 113, 114}}, nil}, []int64{14}, []int{1, 5, 1, 4, 1, 0}, true},
			{"the last node of the second page goes meanwhile", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, NodeID: ids[5], Body: `{}`, Times: 1})
				s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
					if op == alfrescotest.Metadata {
						s.Delete(ids[5])
					}
				})
			}, searches{{{101, 102, 103}}, {{104, 105, 107}, {108, 109, 110}, {111, 112, 113}, {114}}, nil}, []int64{14}, []int{1, 4, 1, 4, 1, 0}, true},
			{"the script is out of order for the second page", func(s *alfrescotest.Server, ids []string, _ *alfresco.PageRequest) {
				s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, NodeID: ids[5], Times: 1, Status: 503, Header: map[string]string{"Retry-After": "5"}})
			}, searches{{{101, 102, 103}}, {{104, 105, 106}, {107, 108, 109}, {110, 111, 112}, {113, 114}}, nil}, []int64{14}, []int{1, 4, 1, 4, 1, 0}, true},
		}
		for _, tt := range tests {
			if tt.restOnly && !rest {
				continue
			}
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				byID := map[string]int64{}
				var ids []string
				for dbid := int64(101); dbid <= 114; dbid++ {
					id := s.Add(alfrescotest.Node{Dbid: dbid, CreatedAt: old.Add(time.Duration(dbid-101) * time.Hour)})[0]
					ids, byID[id] = append(ids, id), dbid
				}
				r := page(0, 3)
				if tt.give != nil {
					tt.give(s, ids, &r)
				}
				c := v.client(t, s, nil)
				var got searches
				var requests []int
				for i := range tt.want {
					s.Forget()
					pages, err := c.NextPages(t.Context(), r, 4)
					require.NoError(t, err)
					got = append(got, numbers(t, r.After, pages, byID))
					requests = append(requests, s.Count(v.search), s.Count(alfrescotest.Metadata))
					if len(pages) > 0 {
						r.After = pages[len(pages)-1].LastDbid
					}
					if i == 0 {
						var totals []int64
						for _, p := range pages {
							totals = append(totals, p.Total)
						}
						require.Equal(t, tt.totals, totals)
					}
				}
				require.Equal(t, tt.want, got)
				if rest {
					require.Equal(t, tt.requests, requests)
				}
			})
		}
	})
}

// The dbids are asked for side by side: none is answered before all are asked for.
func TestNextPagesAsksForAllDbidsAtOnce(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	addNodes(s, 12)
	var asked sync.WaitGroup
	asked.Add(4)
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Metadata {
			asked.Done()
			asked.Wait()
		}
	})
	pages, err := newClient(t, s, nil).NextPages(t.Context(), page(0, 3), 4)
	require.NoError(t, err)
	require.Len(t, pages, 4)
	require.Equal(t, 4, s.MaxConcurrent())
}

func TestNextPagesAsksForAThousandNodesAtMost(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, tt := range [][3]int{{100, 1, 100}, {100, 4, 400}, {100, 11, 1000}, {300, 9, 900}, {1500, 2, 1500}, {7, 0, 7}} {
			s := v.server(t)
			addNodes(s, 1)
			_, err := v.client(t, s, nil).NextPages(t.Context(), page(0, tt[0]), tt[1])
			require.NoError(t, err)
			require.Contains(t, string(s.Requests()[0].Body), fmt.Sprintf(`"maxItems":%d,`, tt[2]))
		}
	})
}

// A node that is in two shards for a moment is one node, also where it would end a page and begin the next one.
func TestNextPagesTakesANodeOfTwoShardsOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 7)
		byID := map[string]int64{}
		var entries, records []string
		for i, id := range append(ids[:3:3], ids[2:]...) {
			byID[ids[min(i, 6)]] = int64(101 + min(i, 6))
			entries = append(entries, fmt.Sprintf(`{"entry":{"id":%q}}`, id))
			records = append(records, fmt.Sprintf(`{"id":"alfresco/@workspace://SpacesStore/%s","attributes":{"dbid":%d,"created":"2026-01-02T03:04:05Z"}}`, id, 101+i-min(1, i/3)))
		}
		body := `{"list":{"pagination":{"totalItems":8},"context":{"consistency":{"lastTxId":1}},"entries":[` + strings.Join(entries, ",") + `]}}`
		if v.api == alfresco.Records {
			body = `{"records":[` + strings.Join(records, ",") + `],"hasMore":false,"totalCount":8}`
		}
		s.Inject(alfrescotest.Fault{Operation: v.search, Times: 1, Body: body})
		pages, err := v.client(t, s, nil).NextPages(t.Context(), page(0, 3), 4)
		require.NoError(t, err)
		require.Equal(t, [][]int64{{101, 102, 103}, {104, 105, 106}, {107}}, numbers(t, 0, pages, byID))
	})
}

// Nodes that are too large together come in fewer pages, and as few as one page has where that is too large.
func TestNextPagesReadsFewerNodesWhereTheyAreLarge(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		byID := map[string]int64{}
		for dbid := int64(101); dbid <= 116; dbid++ {
			length := 1000
			if dbid == 110 {
				length = 40_000
			}
			byID[s.Add(alfrescotest.Node{Dbid: dbid, Properties: map[string]any{"idocs:kpp": strings.Repeat("x", length)}})[0]] = dbid
		}
		c := v.client(t, s, nil)
		c.SetBodyLimit(42_000)
		var got [][]int64
		for r := page(0, 4); ; {
			pages, err := c.NextPages(t.Context(), r, 4)
			require.NoError(t, err)
			if len(pages) == 0 {
				break
			}
			got = append(got, numbers(t, r.After, pages, byID)...)
			r.After = pages[len(pages)-1].LastDbid
		}
		require.Equal(t, [][]int64{{101, 102, 103, 104}, {105, 106, 107, 108}, {109}, {110}, {111, 112, 113, 114}, {115, 116}}, got)
	})
}

// A single node that is too large costs no more than with one page at a time.
func TestNextPagesLooksForATooLargeNodeOnce(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:kpp": strings.Repeat("x", 20_000)}})
	c := newClient(t, s, nil)
	c.SetBodyLimit(15_000)
	_, err := c.NextPages(t.Context(), page(0, 2), 4)
	require.Contains(t, requireKind(t, alfresco.BadResponse, err).Hint, "shorten the first one behind dbid 0")
	byMax := map[string]int{}
	for _, r := range s.Requests() {
		if _, rest, ok := strings.Cut(string(r.Body), `"maxItems":`); ok && strings.Contains(string(r.Body), `0 TO MAX]`) {
			most, _, _ := strings.Cut(rest, ",")
			byMax[most]++
		}
	}
	require.Equal(t, 1, byMax["2"], byMax)
}

func TestNextPagesFail(t *testing.T) {
	t.Parallel()
	t.Run("in an outage, with one search more than a page takes", func(t *testing.T) {
		eachAPI(t, func(t *testing.T, v via) {
			s := v.server(t)
			addNodes(s, 12)
			s.Inject(alfrescotest.Fault{Operation: v.search, Cut: true})
			_, err := v.client(t, s, nil).NextPages(t.Context(), page(0, 3), 4)
			requireKind(t, alfresco.Unavailable, err)
			require.Equal(t, 3, s.Count(v.search), "all pages, one, and whether any search goes through")
		})
	})
	t.Run("at once where nobody is let in", func(t *testing.T) {
		eachAPI(t, func(t *testing.T, v via) {
			s := v.server(t)
			s.Inject(alfrescotest.Fault{Operation: v.search, Status: http.StatusUnauthorized})
			_, err := v.client(t, s, nil).NextPages(t.Context(), page(0, 3), 4)
			requireKind(t, alfresco.BadCredentials, err)
			require.Equal(t, 1, s.Count(v.search))
		})
	})
	t.Run("where the order is ignored", func(t *testing.T) {
		t.Parallel()
		s := alfrescotest.NewServer(t)
		ids := addNodes(s, 12)
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, NodeID: ids[5], Body: `{"properties":{"sys:node-dbid":103}}`})
		_, err := newClient(t, s, nil).NextPages(t.Context(), page(0, 3), 4)
		require.ErrorContains(t, err, "ignored the range or the order")
		requireKind(t, alfresco.BadResponse, err)
	})
	t.Run("where the script is out of order", func(t *testing.T) {
		t.Parallel()
		s := alfrescotest.NewServer(t)
		addNodes(s, 40)
		s.Inject(alfrescotest.Fault{Operation: alfrescotest.Metadata, Status: 500})
		_, err := newClient(t, s, nil).NextPages(t.Context(), page(0, 10), 4)
		requireKind(t, alfresco.Unavailable, err)
		require.Equal(t, 6+3, s.Count(alfrescotest.Metadata), "five nodes back, and the last ones of the others")
	})
}
