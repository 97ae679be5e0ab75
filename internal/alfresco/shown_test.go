package alfresco_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// Where a search has shown the batch, only what differs is read. Nodes that it has shown tell those that fail by themselves from an outage.
func TestShownNodesAreTheMeasureOfThoseThatFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// differing nodes are written, and shown ones are not; of both those at these places can't be read.
		differing, shown int
		poisoned         []int
		poisonedShown    []int
		want             string // of the poisoned ones; empty: an error
		gets             int    // at most
	}{
		{"one, and nothing else differs", 1, 10, []int{0}, nil, "failed", 2 + 2},
		{"one of several", 4, 10, []int{2}, nil, "failed", 4 + 2},
		{"two, and nothing else differs", 2, 10, []int{0, 1}, nil, "failed", 4 + 3},
		{"two, and the first that was shown", 2, 10, []int{0, 1}, []int{0}, "failed", 4 + 4},
		{"one, and the first ones that were shown", 1, 10, []int{0}, []int{0, 1, 2, 3}, "failed", 2 + 6},
		{"one, and all that are tried", 1, 10, []int{0}, []int{0, 1, 2, 3, 4}, "", 1 + 5},
		{"one, and nothing was shown", 1, 0, []int{0}, nil, "", 1},
		{"many, and nothing else differs", 7, 10, []int{0, 1, 2, 3, 4, 5, 6}, nil, "failed", 14 + 9},
		{"many, and few were shown", 7, 1, []int{0, 1, 2, 3, 4, 5, 6}, nil, "failed", 14 + 9},
		{"many, and nothing was shown", 7, 0, []int{0, 1, 2, 3, 4, 5, 6}, nil, "", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			differing, shown := addNodes(s, tt.differing), addNodes(s, tt.shown)
			for _, i := range tt.poisoned {
				s.PoisonGet(differing[i])
			}
			for _, i := range tt.poisonedShown {
				s.PoisonGet(shown[i])
			}
			ctx := alfresco.Knowing(t.Context(), alfresco.Known{Shown: shown})
			updates, err := via{api: alfresco.REST}.oneByOne(t, s, alfrescotest.Fault{}).Update(ctx, differing, wanted, setKPP("002202002"))
			require.LessOrEqual(t, s.Count(alfrescotest.Get), tt.gets)
			if tt.want == "" {
				requireKind(t, alfresco.Unavailable, err)
				require.Empty(t, updates)
				return
			}
			require.NoError(t, err)
			failed, _ := fates(t, updates)
			require.Equal(t, tt.poisoned, failed)
			require.Len(t, s.Writes(), tt.differing-len(tt.poisoned))
		})
	}
}

// Nodes that were shown make no outage of reads into trouble of nodes, whenever it begins, and no search is their measure.
func TestOutageOfReadsBlamesNoNodeThoughOthersWereShown(t *testing.T) {
	t.Parallel()
	for _, tt := range poisons {
		if tt.give.Delay > 0 {
			continue // the same with more patience
		}
		for _, differing := range []int{1, 2, 4, 5, 9} {
			for skip := range 2 * differing {
				t.Run(fmt.Sprint(tt.name, " ", differing, " ", skip), func(t *testing.T) {
					t.Parallel()
					s := alfrescotest.NewServer(t)
					ids, shown := addNodes(s, differing), addNodes(s, 20)
					poison, outage := tt.give, tt.give
					poison.Operation, poison.NodeID = alfrescotest.Get, ids[0]
					outage.Operation, outage.Skip = alfrescotest.Get, skip
					s.Inject(outage, poison)
					ctx := alfresco.Knowing(t.Context(), alfresco.Known{Shown: shown})
					updates, err := via{api: alfresco.REST}.oneByOne(t, s, tt.give).Update(ctx, ids, wanted, setKPP("002202002"))
					for _, u := range updates {
						if u.Refusal != nil {
							require.Equal(t, ids[0], u.NodeID, "nothing went through after another one failed")
						}
					}
					if skip < differing-1 {
						requireOutage(t, err)
						most := differing + 5 + 5
						if tt.give.Cut {
							most *= 2
						}
						require.LessOrEqual(t, s.Count(alfrescotest.Get), most)
					}
				})
			}
		}
	}
}

// In an outage of many at once it is found out once whether reading goes on.
func TestOutageOfManyReadsAtOnceIsMeasuredOnce(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids, shown := addNodes(s, 40), addNodes(s, 40)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Status: 500})
	ctx := alfresco.Knowing(t.Context(), alfresco.Known{Shown: shown})
	_, err := newClient(t, s, nil).Update(ctx, ids, wanted, setKPP("002202002"))
	requireKind(t, alfresco.Unavailable, err)
	require.LessOrEqual(t, s.Count(alfrescotest.Get), 4+2*alfresco.DefaultConcurrency+5)
}
