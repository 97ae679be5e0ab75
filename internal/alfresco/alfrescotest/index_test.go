package alfrescotest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// property is that of the i-th entry of an answer.
func property(r response, i int, name string) any {
	return r.at("list", "entries", i, "entry", "properties", name)
}

// What a search finds is the index's word, what it shows the database's.
func TestSearchFindsByTheIndexAndShowsTheDatabase(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		option  alfrescotest.Option
		catchUp func(*alfrescotest.Server)
	}{
		"lag":   {alfrescotest.WithIndexLag(), func(s *alfrescotest.Server) { s.Sync() }},
		"delay": {alfrescotest.WithIndexDelay(3 * time.Second), func(*alfrescotest.Server) { now = now.Add(3 * time.Second) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := alfrescotest.NewServer(t, tt.option, alfrescotest.WithClock(func() time.Time { return now }), alfrescotest.WithRecords(alfrescotest.Unsure{}))
			s.Add(alfrescotest.Node{ID: "a", Properties: map[string]any{"idocs:inn": "1"}}, alfrescotest.Node{ID: "b"})
			find := func(condition string) []string { return idsOf(search(t, s, all+condition, byDbid)) }
			require.Empty(t, find(""))
			now = now.Add(time.Second)
			tt.catchUp(s)
			require.Equal(t, []string{"a", "b"}, find(""))

			require.NoError(t, s.Edit("a", map[string]any{"idocs:inn": "2"}))
			s.Delete("b")
			r := search(t, s, all, `,"include":["properties"],"paging":{"maxItems":9,"skipCount":0}`+byDbid)
			require.Equal(t, []string{"a"}, idsOf(r), "what is deleted drops out")
			require.EqualValues(t, 2, r.at("list", "pagination", "totalItems"), "and counts")
			require.Equal(t, "2", property(r, 0, "idocs:inn"))
			require.Equal(t, []string{"a"}, find(` AND idocs:inn:"1"`))
			require.Empty(t, find(` AND idocs:inn:"2"`))
			require.Empty(t, find(` AND cm:modified:["`+now.Format(time.RFC3339)+`" TO MAX]`))

			tt.catchUp(s)
			require.Equal(t, []string{"a"}, find(` AND idocs:inn:"2"`))
			require.Empty(t, find(` AND idocs:inn:"1"`))
			require.EqualValues(t, 1, search(t, s, all, byDbid).at("list", "pagination", "totalItems"))
		})
	}
}

// A delay is that of each transaction: the last one that is known is named.
func TestIndexDelayIsThatOfEachTransaction(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := alfrescotest.NewServer(t, alfrescotest.WithIndexDelay(2*time.Second), alfrescotest.WithClock(func() time.Time { return now }))
	for range 3 {
		s.Add(alfrescotest.Node{})
		now = now.Add(time.Second)
	}
	r := search(t, s, all, byDbid)
	require.Len(t, idsOf(r), 2)
	require.EqualValues(t, 4712, r.at("list", "context", "consistency", "lastTxId"))
	s.Sync()
	require.Len(t, idsOf(search(t, s, all, byDbid)), 3)
}

func TestANodeInTwoShardsShowsTwice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		beside bool
		id     string
		want   []string
	}{
		"next to each other": {true, "b", []string{"a", "b", "b", "c"}},
		"apart":              {false, "b", []string{"a", "b", "c", "b"}},
		"apart, the last":    {false, "c", []string{"a", "b", "c", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			letters(s, 3)
			s.ShowTwice(tt.beside, tt.id)
			r := search(t, s, all, byDbid)
			require.Equal(t, tt.want, idsOf(r))
			require.EqualValues(t, 4, r.at("list", "pagination", "totalItems"))
			require.Len(t, idsOf(search(t, s, all, `,"paging":{"maxItems":2,"skipCount":0}`+byDbid)), 2, "each entry counts")
		})
	}
}

func TestAnIndexMayLoseANode(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	letters(s, 3)
	s.Unindex("b")
	require.Equal(t, []string{"a", "c"}, idsOf(search(t, s, all, byDbid)))
	require.Equal(t, 200, do(t, s, http.MethodGet, nodesPath+"b", "").status)
	require.NoError(t, s.Edit("b", map[string]any{"idocs:kpp": "001201001"}))
	require.Equal(t, []string{"a", "b", "c"}, idsOf(search(t, s, all, byDbid)), "it changed")
}
