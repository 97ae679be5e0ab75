package alfresco_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A page that ends at a dbid has no node behind it, however many of those before it are gone.
func TestNextPageEndsAtADbid(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name        string
			after, last int64
			gone        []int64
			ghosts      int64 // entries of nodes that are gone, in the place of 4 to 9
			want        []int64
		}{
			{"all nodes are there", 2, 5, nil, 0, []int64{3, 4, 5}},
			{"the last one is gone", 2, 5, []int64{5}, 0, []int64{3, 4}},
			{"from the beginning", 0, 2, nil, 0, []int64{1, 2}},
			{"no node is left", 2, 5, []int64{3, 4, 5}, 0, nil},
			{"no node is left from the beginning", 0, 2, []int64{1, 2}, 0, nil},
			{"only ghosts are left", 3, 1500, nil, 1400, nil},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				first := int64(1000)
				for n := int64(1); n <= 9; n++ {
					if tt.ghosts == 0 || n <= 3 {
						s.Add(alfrescotest.Node{ID: fmt.Sprint("node-", n), Dbid: first + n})
					}
				}
				if tt.ghosts > 0 {
					s.AddGhosts(contractor, first+4, first+3+tt.ghosts)
					s.Add(alfrescotest.Node{ID: "node-behind", Dbid: first + 5000})
				}
				for _, n := range tt.gone {
					s.Delete(fmt.Sprint("node-", n))
				}
				r := page(first+tt.after, 10)
				if tt.after == 0 {
					r.After = 0
				}
				r.Last = first + tt.last
				p, err := v.client(t, s, nil).NextPage(t.Context(), r)
				require.NoError(t, err)
				var got []string
				for _, node := range p.Nodes {
					got = append(got, node.ID)
				}
				var want []string
				for _, n := range tt.want {
					want = append(want, fmt.Sprint("node-", n))
				}
				require.Equal(t, want, got)
			})
		}
	})
}
