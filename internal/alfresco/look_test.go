package alfresco_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// seen is what a look was asked about: the KPP of each node, each time.
type seen struct {
	mu   sync.Mutex
	kpps map[string][]any
}

func (s *seen) decide(n alfresco.Node) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kpps == nil {
		s.kpps = map[string][]any{}
	}
	s.kpps[n.ID] = append(s.kpps[n.ID], n.Properties["idocs:kpp"])
	return map[string]any{"idocs:kpp": "002202002"}
}

// requireDatabase: each node was looked at once, as the database has it.
func (s *seen) requireDatabase(t *testing.T, server *alfrescotest.Server, ids []string) {
	t.Helper()
	require.Len(t, s.kpps, len(ids))
	for _, id := range ids {
		n, _ := server.Get(id)
		require.Equal(t, []any{n.Properties["idocs:kpp"]}, s.kpps[id], id)
	}
}

// fetched is a whole batch with all dbids of these nodes.
func fetched(s *alfrescotest.Server, ids ...string) alfresco.Batch {
	b := alfresco.Batch{IDs: ids, NodeType: contractor, Whole: true}
	for i, id := range ids {
		n, _ := s.Get(id)
		if b.Last = max(b.Last, n.Dbid); i == 0 || n.Dbid <= b.After {
			b.After = n.Dbid - 1
		}
	}
	return b
}

// What would be written is asked for, and that is all.
func TestLookWritesNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 3)
		b := fetched(s, ids...)
		b.IDs = append(b.IDs, "none")
		var asked seen
		updates, err := v.client(t, s, nil).Look(t.Context(), b, wanted, asked.decide)
		require.NoError(t, err)
		asked.requireDatabase(t, s, ids)
		require.Equal(t, append(ids, "none"), idsOf(updates))
		for i, update := range updates {
			require.False(t, update.Written)
			require.Equal(t, i == 3, update.Refusal != nil && update.Refusal.Gone, "a node that is gone is gone for a plan, too")
		}
		require.Empty(t, s.Writes())
		require.Zero(t, s.Count(v.write))
	})
}

func idsOf(updates []alfresco.Updated) []string {
	ids := make([]string, len(updates))
	for i, update := range updates {
		ids[i] = update.NodeID
	}
	return ids
}

// The index says which nodes there are, and nothing else; and a look at many takes few requests, whatever it says.
func TestLookAsksForManyNodesAtOnce(t *testing.T) {
	t.Parallel()
	type counts = map[alfrescotest.Operation]int
	for name, tt := range map[string]struct {
		option alfrescotest.Option
		// change is what becomes of the 20 nodes when they were fetched, and of what the look knows of them.
		change func(s *alfrescotest.Server, ids []string, b *alfresco.Batch)
		gone   int // how many are refused
		want   counts
	}{
		"all of a window": {change: func(*alfrescotest.Server, []string, *alfresco.Batch) {}, want: counts{alfrescotest.Search: 1}},
		"some of a window": {change: func(_ *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			b.IDs, b.Whole = ids[4:9], false
		}, want: counts{alfrescotest.Search: 1}},
		"three": {change: func(_ *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			b.IDs, b.Whole = ids[4:7], false
		}, want: counts{alfrescotest.Search: 1}},
		"two": {change: func(_ *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			b.IDs, b.Whole = []string{ids[4], ids[11]}, false
		}, want: counts{alfrescotest.Get: 2}},
		"none": {change: func(_ *alfrescotest.Server, _ []string, b *alfresco.Batch) { b.IDs = nil }, want: nil},
		"an unknown window": {change: func(_ *alfrescotest.Server, _ []string, b *alfresco.Batch) {
			*b = alfresco.Batch{IDs: b.IDs}
		}, want: counts{alfrescotest.Get: 20}},
		"changed, and the index knows it": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) {
			edit(s, ids[3], ids[17])
		}, want: counts{alfrescotest.Search: 1}},
		"changed, and the index is behind": {option: alfrescotest.WithIndexDelay(5 * time.Second), change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) {
			edit(s, ids[3], ids[17])
		}, want: counts{alfrescotest.Search: 1}},
		"deleted": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) { s.Delete(ids[0], ids[9]) },
			gone: 2, want: counts{alfrescotest.Search: 1, alfrescotest.Get: 2}},
		"deleted, and the index is behind": {option: alfrescotest.WithIndexDelay(5 * time.Second), change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) {
			s.Delete(ids[0], ids[9])
		}, gone: 2, want: counts{alfrescotest.Search: 1, alfrescotest.Get: 2}},
		"dropped by the index": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) { s.Unindex(ids[0], ids[9]) },
			want: counts{alfrescotest.Search: 1, alfrescotest.Get: 2}},
		"many dropped by the index": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) { s.Unindex(ids[5:]...) },
			want: counts{alfrescotest.Search: 2, alfrescotest.Get: 15}},
		"not readable by the account": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) { s.SetFlags(ids[2], false, false, true) },
			gone: 1, want: counts{alfrescotest.Search: 1, alfrescotest.Get: 1}},
		"moved behind the window": {change: func(s *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			n, _ := s.Get(ids[19])
			b.Last = n.Dbid - 1
		}, want: counts{alfrescotest.Search: 1, alfrescotest.Get: 1}},
		"twice, next to each other": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) {
			s.ShowTwice(true, ids[0], ids[9], ids[19])
		},
			want: counts{alfrescotest.Search: 1}},
		"twice, apart": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) {
			s.ShowTwice(false, ids[0], ids[9], ids[19])
		},
			want: counts{alfrescotest.Search: 1}},
		"all twice": {change: func(s *alfrescotest.Server, ids []string, _ *alfresco.Batch) { s.ShowTwice(false, ids...) },
			want: counts{alfrescotest.Search: 1}},
		"more than twice as many ghosts": {change: func(s *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			b.After = 10
			s.AddGhosts(contractor, 20, 90)
		}, want: counts{alfrescotest.Search: 2}},
		"others in the window": {change: func(s *alfrescotest.Server, ids []string, b *alfresco.Batch) {
			for dbid := range int64(10) {
				s.Add(alfrescotest.Node{Dbid: 50 + dbid})
			}
			b.After = 10
		}, want: counts{alfrescotest.Search: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts []alfrescotest.Option
			if tt.option != nil {
				opts = append(opts, tt.option)
			}
			s := alfrescotest.NewServer(t, opts...)
			ids := addNodes(s, 20)
			s.Sync()
			b := fetched(s, ids...)
			tt.change(s, ids, &b)
			s.Forget()
			var asked seen
			updates, err := newClient(t, s, nil).Look(t.Context(), b, wanted, asked.decide)
			require.NoError(t, err)
			require.Equal(t, append([]string{}, b.IDs...), idsOf(updates), "in their order")
			require.Equal(t, tt.want, s.Counts())
			var looked []string
			for _, update := range updates {
				if update.Refusal == nil {
					looked = append(looked, update.NodeID)
				}
			}
			require.Len(t, looked, len(b.IDs)-tt.gone)
			asked.requireDatabase(t, s, looked)
		})
	}
}

// edit changes nodes as a person does.
func edit(s *alfrescotest.Server, ids ...string) {
	for i, id := range ids {
		if err := s.Edit(id, map[string]any{"idocs:kpp": fmt.Sprintf("00330%04d", i)}); err != nil {
			panic(err)
		}
	}
}

// A look says of each node what reading it says, however far the index is behind and whatever it has.
func TestLookSaysWhatReadingEachSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		var opts []alfrescotest.Option
		if random.IntN(2) == 0 {
			opts = append(opts, alfrescotest.WithIndexLag())
		}
		s := alfrescotest.NewServer(t, opts...)
		ids := addNodes(s, 1+random.IntN(30))
		s.Sync()
		b := fetched(s, ids...)
		b.Whole = random.IntN(2) == 0
		for _, id := range ids {
			switch random.IntN(12) {
			case 0:
				s.Delete(id)
			case 1:
				s.DeleteLeavingGhosts(id)
			case 2:
				s.Unindex(id)
			case 3:
				s.ShowTwice(random.IntN(2) == 0, id)
			case 4, 5:
				edit(s, id)
			case 6:
				s.SetFlags(id, false, false, true)
			}
		}
		addNodes(s, random.IntN(5))
		if !b.Whole && random.IntN(2) == 0 {
			b.IDs = slices.DeleteFunc(b.IDs, func(string) bool { return random.IntN(3) == 0 })
		}
		c := newClient(t, s, nil)
		look := func(b alfresco.Batch) ([]alfresco.Updated, map[string][]any) {
			var asked seen
			updates, err := c.Look(t.Context(), b, wanted, asked.decide)
			require.NoError(t, err)
			return updates, asked.kpps
		}
		want, wantAsked := look(alfresco.Batch{IDs: b.IDs})
		got, gotAsked := look(b)
		require.Equal(t, want, got, "seed %d", seed)
		require.Equal(t, wantAsked, gotAsked, "seed %d", seed)
		s.Close()
	}
}

// What may be one node's trouble is looked for node by node.
func TestLookReadsNodeByNodeWhereTheSearchFails(t *testing.T) {
	t.Parallel()
	for _, tt := range poisons {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			ids := addNodes(s, 12)
			give := tt.give
			give.Operation = alfrescotest.Search
			s.Inject(give)
			var asked seen
			updates, err := via{api: alfresco.REST}.oneByOne(t, s, give).Look(t.Context(), fetched(s, ids...), wanted, asked.decide)
			require.NoError(t, err)
			require.Equal(t, ids, idsOf(updates))
			asked.requireDatabase(t, s, ids)
			require.LessOrEqual(t, s.Count(alfrescotest.Search), 2, "a connection that is cut is tried twice")
			require.Equal(t, 12, s.Count(alfrescotest.Get))
		})
	}
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		s := alfrescotest.NewServer(t)
		var ids []string
		for range 8 {
			ids = append(ids, s.Add(alfrescotest.Node{Properties: map[string]any{"idocs:kpp": strings.Repeat("x", 20_000)}})...)
		}
		c := newClient(t, s, nil)
		c.SetBodyLimit(50_000)
		var asked seen
		_, err := c.Look(t.Context(), fetched(s, ids...), wanted, asked.decide)
		require.NoError(t, err)
		asked.requireDatabase(t, s, ids)
		require.Equal(t, map[alfrescotest.Operation]int{alfrescotest.Search: 1, alfrescotest.Get: 8}, s.Counts())
	})
}

// A node that the database can't show is that node's trouble, be it among few or many.
func TestLookBlamesTheNodeThatCantBeShown(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		for place, bad := range map[string][]int{"first": {0}, "middle": {5}, "last": {11}, "two": {3, 8}} {
			for _, tt := range poisons {
				if tt.give.Delay > 0 && place != "middle" {
					continue // time is all that differs
				}
				t.Run(fmt.Sprint(whole, " ", place, " ", tt.name), func(t *testing.T) {
					t.Parallel()
					s := alfrescotest.NewServer(t)
					ids := addNodes(s, 12)
					for _, i := range bad {
						give := tt.give
						give.Operation, give.NodeID = alfrescotest.Get, ids[i]
						s.Inject(give)
						s.PoisonSearch(tt.give, ids[i])
					}
					b := fetched(s, ids...)
					b.Whole = whole
					updates, err := via{api: alfresco.REST}.oneByOne(t, s, tt.give).Look(t.Context(), b, wanted, setKPP("002202002"))
					require.NoError(t, err)
					for i, update := range updates {
						require.Equal(t, slices.Contains(bad, i), update.Refusal != nil && update.Refusal.Failed)
					}
					most := 12 + 3*len(bad)
					if tt.give.Cut {
						most += 2 * len(bad)
					}
					require.LessOrEqual(t, s.Count(alfrescotest.Get), most)
					require.LessOrEqual(t, s.Count(alfrescotest.Search), 2)
				})
			}
		}
	}
}

// A node that can't be read by itself, and that the search shows, need not be read.
func TestLookAsksNoMoreAboutNodesThatTheSearchShows(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 5)
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, Status: 500})
	updates, err := newClient(t, s, nil).Look(t.Context(), fetched(s, ids...), wanted, nothing)
	require.NoError(t, err)
	for _, update := range updates {
		require.Nil(t, update.Refusal)
	}
	require.Zero(t, s.Count(alfrescotest.Get))
}

// An outage is one, whenever it begins, and takes few requests.
func TestLookInAnOutageBlamesNoNode(t *testing.T) {
	t.Parallel()
	for _, tt := range poisons {
		if tt.give.Delay > 0 {
			continue // the same with more patience
		}
		for missing := range 8 {
			t.Run(fmt.Sprint(tt.name, " ", missing), func(t *testing.T) {
				t.Parallel()
				s := alfrescotest.NewServer(t)
				ids := addNodes(s, 20)
				s.Unindex(ids[:missing]...)
				give := tt.give
				if give.Operation = alfrescotest.Get; missing == 0 {
					give.Operation = ""
				}
				s.Inject(give)
				updates, err := via{api: alfresco.REST}.oneByOne(t, s, tt.give).Look(t.Context(), fetched(s, ids...), wanted, nothing)
				requireOutage(t, err)
				for _, update := range updates {
					require.Nil(t, update.Refusal)
				}
				most := 5 + 5 // the measures
				if tt.give.Cut {
					most *= 2
				}
				require.LessOrEqual(t, s.Count(alfrescotest.Get), most)
			})
		}
	}
}

// requireOutage: the error may get better by itself, and blames no node.
func requireOutage(t *testing.T, err error) {
	t.Helper()
	var e *alfresco.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, []alfresco.Kind{alfresco.Unavailable, alfresco.BadResponse}, e.Kind)
}

// What is no node's trouble ends the look at once.
func TestLookEndsWithTroubleThatIsNoNodesOwn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 429} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			ids := addNodes(s, 8)
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Status: status})
			updates, err := newClient(t, s, nil).Look(t.Context(), fetched(s, ids...), wanted, nothing)
			var e *alfresco.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, status, e.Status)
			require.Empty(t, updates)
			require.Equal(t, 1, s.Count(alfrescotest.Search))
			require.Zero(t, s.Count(alfrescotest.Get))
		})
	}
	s := alfrescotest.NewServer(t)
	ids := addNodes(s, 8)
	c, b := newClient(t, s, nil), fetched(s, ids...)
	s.Close()
	_, err := c.Look(t.Context(), b, wanted, nothing)
	require.Contains(t, requireKind(t, alfresco.Unavailable, err).Summary, "refused")
}
