package alfresco_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// However far away a failing node is, the requests grow with the logarithm of the gap before it.
func TestSearchForAFailingNodeIsBounded(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			give []int64 // behind dbid 100
			want int     // requests of one page
		}{
			// The page, whether any search goes through, a page of one node, and the rest of it halved.
			{"behind nodes of its page", []int64{160}, 3 + 6},
			{"behind most nodes of its page", []int64{199}, 3 + 7},
			// The page, whether any goes through, one node, one window, the node behind, and once more.
			{"the next dbid", []int64{101}, 6},
			{"behind a gap of 59", []int64{160, 161}, 3 + 2*6 - 1 + 1 + 1 + 2*2 - 2 + 1},
			{"the next five", []int64{101, 102, 103, 104, 105}, 3 + 5*3},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				var all []int64
				for dbid := int64(1); dbid <= 300; dbid++ {
					if !strings.HasPrefix(tt.name, "behind a gap") || dbid <= 100 || dbid >= tt.give[0] {
						all = append(all, dbid)
					}
				}
				byID := repository(s, all...)
				poison(s, failures["500"], byID, tt.give)
				p, err := v.client(t, s, nil).NextPage(t.Context(), page(100, 100))
				require.NoError(t, err)
				require.Equal(t, tt.want, s.Count(v.search))
				require.NotEqual(t, len(p.Nodes) > 0, len(p.Failed) > 0, "one or the other")
			})
		}
		t.Run("a gap of 2^40", func(t *testing.T) {
			t.Parallel()
			s := v.server(t)
			byID := repository(s, 1, 1+1<<40, 2+1<<40)
			poison(s, failures["500"], byID, []int64{1 + 1<<40})
			p, err := v.client(t, s, nil).NextPage(t.Context(), page(1, 100))
			require.NoError(t, err)
			require.Len(t, p.Failed, 1)
			require.LessOrEqual(t, s.Count(v.search), 3+2*40+2+2)
		})
		t.Run("an outage", func(t *testing.T) {
			t.Parallel()
			s := v.server(t)
			repository(s, 1, 2, 3)
			s.Inject(alfrescotest.Fault{Operation: v.search, Cut: true})
			_, err := v.client(t, s, nil).NextPage(t.Context(), page(0, 100))
			require.Error(t, err)
			require.Equal(t, 2, s.Count(v.search), "the page, and whether any search goes through")
		})
	})
}

// After five minutes the search is given up, and the first error is the page's.
func TestSearchForAFailingNodeIsGivenUp(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		byID := repository(s, nineteen...)
		poison(s, failures["500"], byID, []int64{101})
		c := v.client(t, s, nil)
		now := time.Now()
		c.SetClock(func() time.Time { now = now.Add(2 * time.Minute); return now })
		_, err := c.NextPage(t.Context(), page(0, 10))
		requireKind(t, alfresco.Unavailable, err)
		require.Equal(t, 3, s.Count(v.search))
	})
}

func TestTimeOfASearchIsItsShareOfThePages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		timeout    time.Duration
		part, page int
		want       time.Duration
	}{
		{30 * time.Second, 100, 100, 30 * time.Second},
		{30 * time.Second, 50, 100, 15 * time.Second},
		{30 * time.Second, 10, 100, 5 * time.Second},
		{30 * time.Second, 1, 1, 30 * time.Second},
		{30 * time.Second, 2, 1, 30 * time.Second},
		{2 * time.Second, 1, 100, 2 * time.Second},
	} {
		require.Equal(t, tt.want, alfresco.SearchTime(tt.timeout, tt.part, tt.page), "%+v", tt)
	}
}

// Where a walk ends at nodes that are too young, a failing node that is young ends it, too: others with a smaller dbid may come.
func TestFailingNodeThatIsYoungEndsTheWalk(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		s := v.server(t)
		byID := map[string]int64{}
		for i, age := range []time.Duration{5 * time.Hour, 4 * time.Hour, 3 * time.Hour, time.Minute, time.Hour} {
			dbid := int64(i + 1)
			byID[s.Add(alfrescotest.Node{Dbid: dbid, CreatedAt: now.Add(-age)})[0]] = dbid
		}
		poison(s, failures["500"], byID, []int64{3, 4})
		request := page(0, 10)
		request.CreatedBefore = now.Add(-30 * time.Minute)
		w := walkOver(t, v.client(t, s, nil), request, 1, byID)
		require.NoError(t, w.err)
		require.Equal(t, walked{read: []int64{1, 2}, failed: []int64{3}, reasons: w.reasons}, w)
	})
}

func TestNarrowedWalkStepsOverNodesThatFail(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 30) // from dbid 101 on
		byID := map[string]int64{}
		for i, id := range ids {
			byID[id] = int64(101 + i)
		}
		s.PoisonSearch(failures["500"], ids[3], ids[9])
		request := page(0, 2)
		for _, only := range []*alfresco.Only{
			{Nodes: []string{ids[3]}},
			{Dbids: []int64{104}},
			{Nodes: []string{ids[2], ids[3]}, Dbids: []int64{110, 112, 999}},
			{Attributes: []string{"idocs:inn"}, Values: []string{"0000000003", "0000000020"}},
		} {
			request.Only = only
			w := walkOver(t, v.client(t, s, nil), request, 1, byID)
			require.NoError(t, w.err, "%+v: others are shown", only)
			require.Contains(t, w.failed, int64(104))
			require.Equal(t, len(only.Dbids) == 3, len(w.failed) == 2)
			require.Subset(t, []int64{103, 112, 121}, w.read)
			require.Equal(t, max(0, len(only.Nodes)+len(only.Dbids)-3)+max(0, len(only.Values)-1), len(w.read))
		}
	})
}

// One node with more text than an answer may have is a node that can't be read.
func TestWalkStepsOverANodeThatIsTooLarge(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		byID := repository(s, 1, 2, 3)
		byID[s.Add(alfrescotest.Node{Dbid: 4, Properties: map[string]any{"idocs:kpp": strings.Repeat("x", 20_000)}})[0]] = 4
		byID[s.Add(alfrescotest.Node{Dbid: 5})[0]] = 5
		c := v.client(t, s, nil)
		c.SetBodyLimit(15_000)
		w := walkOver(t, c, page(0, 10), 1, byID)
		require.NoError(t, w.err)
		require.Equal(t, []int64{4}, w.failed)
		require.Equal(t, []int64{1, 2, 3, 5}, w.read)
		require.Contains(t, w.reasons[0], "more than 64 MB")
	})
}

// Whatever lies between them, deleted nodes and such that may not be read.
func TestWalkMeetsEachNodeThatFailsOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for seed := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, 7))
			var opts []alfrescotest.Option
			if seed%2 == 0 {
				opts = append(opts, alfrescotest.WithReplica())
			}
			s := v.server(t, opts...)
			byID := map[string]int64{}
			var read, failed []int64
			dbid := int64(10)
			for range 40 {
				dbid += 1 + int64(random.IntN(3))*int64(random.IntN(2000))
				kind := random.IntN(20)
				id := s.Add(alfrescotest.Node{Dbid: dbid, Forbidden: kind == 0})[0]
				byID[id] = dbid
				switch kind {
				case 0:
				case 1:
					s.DeleteLeavingGhosts(id)
				case 2, 3, 4:
					s.PoisonSearch(failures["500"], id)
					failed = append(failed, dbid)
				case 5:
					s.AddGhosts(contractor, dbid+1, dbid+1+int64(random.IntN(300)))
					read = append(read, dbid)
					dbid += 1500
				default:
					read = append(read, dbid)
				}
			}
			for _, most := range [][2]int{{3, 1}, {3, 4}, {100, 1}} {
				w := walkOver(t, v.client(t, s, nil), page(0, most[0]), most[1], byID)
				require.NoError(t, w.err, "seed %d, %d", seed, most)
				require.Equal(t, read, w.read, "seed %d, %d", seed, most)
				require.Equal(t, failed, w.failed, "seed %d, %d", seed, most)
			}
			s.Close()
		}
	})
}

// Trouble that comes and goes must not make the search step over nodes that it was not shown.
func TestSearchForAFailingNodeSkipsNoOther(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, unsure := range []alfrescotest.Unsure{{}, {NoTotals: true}} {
			s := alfrescotest.NewServer(t, alfrescotest.WithRecords(unsure))
			s.AddGhosts(contractor, 101, 120)
			byID := repository(s, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 200, 201)
			poison(s, failures["500"], byID, []int64{200})
			// The page, the rest, whether any goes through, 1, 500, 250, 125, 63, 32, 16, 8, 4, 6 and 5 entries.
			searches := 0
			s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
				if op != v.search {
					return
				}
				if searches++; slices.Contains([]int{10, 11, 13, 14}, searches) {
					s.Inject(alfrescotest.Fault{Operation: op, Times: 1, Status: http.StatusServiceUnavailable, HTML: true})
				}
			})
			_, err := v.client(t, s, nil).NextPage(t.Context(), page(0, 10))
			requireKind(t, alfresco.Unavailable, err)
			w := walkOver(t, v.client(t, s, nil), page(0, 10), 1, byID)
			require.NoError(t, w.err)
			require.Equal(t, []int64{121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 201}, w.read)
			require.Equal(t, []int64{200}, w.failed)
		}
	})
}

// Behind deleted nodes more is asked for at once than a page has.
func TestPageBehindGhostsHasNoMoreNodesThanAsked(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		s.AddGhosts(contractor, 101, 120)
		byID := repository(s, 121, 122, 123, 124, 125, 126, 127)
		poison(s, failures["500"], byID, []int64{127})
		w := walkOver(t, v.client(t, s, nil), page(0, 3), 1, byID)
		require.NoError(t, w.err)
		require.Equal(t, []int64{121, 122, 123, 124, 125, 126}, w.read)
		require.Equal(t, []int64{127}, w.failed)
	})
}
