package alfrescotest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// search sends a query with further fields of the request; the page is 100 unless more says otherwise.
func search(t *testing.T, s *alfrescotest.Server, query, more string) response {
	t.Helper()
	return do(t, s, http.MethodPost, searchPath, fmt.Sprintf(`{"query":{"language":"afts","query":%q}%s}`, query, more))
}

func idsOf(r response) []string {
	entries, _ := r.at("list", "entries").([]any)
	ids := make([]string, 0, len(entries))
	for i := range entries {
		ids = append(ids, r.at("list", "entries", i, "entry", "id").(string))
	}
	return ids
}

const (
	byDbid = `,"sort":[{"type":"FIELD","field":"sys:node-dbid","ascending":true}]`
	all    = `TYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO MAX]`
)

// letters adds contractors a, b, c… with dbids 101, 102, 103…
func letters(s *alfrescotest.Server, n int) {
	for i := range n {
		s.Add(alfrescotest.Node{ID: string(rune('a' + i))})
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give string
		want []string
	}{
		{all, []string{"a", "b", "c", "d", "sub"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:<101 TO MAX]`, []string{"b", "c", "d", "sub"}},
		{`TYPE:"idocs:contractor" AND sys:node-dbid:[101 TO 102]`, []string{"a", "b"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:[101 TO 103>`, []string{"a", "b"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:<101 TO 104>`, []string{"b", "c"}},
		{`(TYPE:"idocs:contractor") AND @sys\:node\-dbid:<102 TO MAX]`, []string{"c", "d", "sub"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:103..9223372036854775807`, []string{"c", "d", "sub"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:[MIN TO 101]`, []string{"a"}},
		{`TYPE:"idocs:contractor" AND sys:node\-dbid:[103 TO 102]`, []string{}},
		{`TYPE:"idocs:contractor" AND DBID:102`, []string{"b"}},
		{`EXACTTYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO MAX]`, []string{"a", "b", "c", "d"}},
		{`TYPE:"idocs:entity" AND sys:node\-dbid:<0 TO MAX]`, []string{"a", "b", "c", "d", "sub"}},
		{`TYPE:"cm:folder" AND sys:node\-dbid:<0 TO MAX]`, []string{}},
		{`sys:node\-dbid:<103 TO MAX]`, []string{"d", "sub", "other"}},
		{`TYPE:"idocs:contractor" AND cm:created:[MIN TO MAX] AND sys:node\-dbid:<103 TO MAX]`, []string{"d", "sub"}},
		{`TYPE:"idocs:contractor" AND cm:created:[2100-01-01T00:00:00Z TO MAX]`, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			s := alfrescotest.NewServer(t)
			letters(s, 4)
			s.Add(alfrescotest.Node{ID: "sub", Type: "idocs:branchOffice"}, alfrescotest.Node{ID: "other", Type: "cm:content"})
			r := search(t, s, tt.give, byDbid)
			require.Equal(t, 200, r.status, r.text)
			require.Equal(t, tt.want, idsOf(r))
			require.Equal(t, float64(len(tt.want)), r.at("list", "pagination", "totalItems"))
			require.NotNil(t, r.at("list", "context", "consistency", "lastTxId"))
		})
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query, more string
		want              int
		text              string
	}{
		{"braces for an exclusive range", `sys:node\-dbid:{100 TO MAX]`, "", 400, "syntax"},
		{"an unfinished range", `sys:node\-dbid:<100 TO MAX`, "", 400, "syntax"},
		{"an unfinished phrase", `TYPE:"idocs:contractor`, "", 400, "syntax"},
		{"an unfinished parenthesis", `(TYPE:"idocs:contractor"`, "", 400, "syntax"},
		{"text behind the query", all + " nonsense", "", 400, "syntax"},
		{"a range over DBID", `DBID:[1 TO 5]`, "", 500, "UnsupportedOperationException"},
		{"an empty query", ``, "", 400, "mandatory"},
		{"an unknown include", all, `,"include":["sys:node-dbid"]`, 400, "sys:node-dbid"},
		{"paging without maxItems", all, `,"paging":{"skipCount":0}`, 400, "Only positive values supported for maxItems"},
		{"a negative skipCount", all, `,"paging":{"maxItems":1,"skipCount":-1}`, 400, "skipCount"},
		{"a sort without a type", all, `,"sort":[{"field":"sys:node-dbid","ascending":true}]`, 500, "null"},
		{"an unknown field", all, `,"limit":5`, 400, "limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := search(t, alfrescotest.NewServer(t), tt.query, tt.more)
			require.Equal(t, tt.want, r.status)
			require.Contains(t, r.at("error", "briefSummary"), tt.text)
		})
	}
}

func TestSearchSortsDescendingUnlessTold(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	letters(s, 4)
	require.Equal(t, []string{"d", "c", "b", "a"}, idsOf(search(t, s, all, `,"sort":[{"type":"FIELD","field":"sys:node-dbid"}]`)))
	require.NotEqual(t, []string{"a", "b", "c", "d"}, idsOf(search(t, s, all, "")), "without a sort there is no order")
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	letters(s, 5)
	r := search(t, s, all, byDbid+`,"paging":{"maxItems":2,"skipCount":1}`)
	require.Equal(t, []string{"b", "c"}, idsOf(r))
	require.Equal(t, map[string]any{"count": 2.0, "hasMoreItems": true, "totalItems": 5.0, "skipCount": 1.0, "maxItems": 2.0}, r.at("list", "pagination"))
	r = search(t, s, all, byDbid+`,"paging":{"maxItems":2,"skipCount":9}`)
	require.Empty(t, idsOf(r))
}

func TestSearchCountsGhostsAndLeavesThemOut(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	letters(s, 3)
	s.DeleteLeavingGhosts("a", "b")
	s.Add(alfrescotest.Node{ID: "secret", Forbidden: true})
	r := search(t, s, all, byDbid+`,"paging":{"maxItems":2,"skipCount":0}`)
	require.Empty(t, idsOf(r))
	require.Equal(t, map[string]any{"count": 0.0, "hasMoreItems": true, "totalItems": 4.0, "skipCount": 0.0, "maxItems": 2.0}, r.at("list", "pagination"))
	require.Equal(t, []string{"c"}, idsOf(search(t, s, all, byDbid)))
	s.AddGhosts("idocs:contractor", 200, 204)
	require.Equal(t, 9.0, search(t, s, all, byDbid).at("list", "pagination", "totalItems"))
}

func TestSearchShowsANode(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	s.Add(alfrescotest.Node{ID: "n", Name: "ООО Пример", CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC),
		Properties: map[string]any{"idocs:inn": "0012345673", "idocs:kpp": ""}}, alfrescotest.Node{ID: "empty"})
	r := search(t, s, all, byDbid+`,"include":["properties"]`)
	entry := r.at("list", "entries", 0, "entry").(map[string]any)
	require.Equal(t, map[string]any{"idocs:inn": "0012345673"}, entry["properties"], "no empty text, no cm:name, nothing of sys")
	require.Equal(t, "2026-01-02T03:04:05.678+0000", entry["modifiedAt"])
	require.Equal(t, map[string]any{"score": 1.0}, entry["search"])
	require.Equal(t, "nodes", entry["location"])
	for _, required := range []string{"id", "name", "nodeType", "isFolder", "isFile", "createdAt", "createdByUser", "modifiedAt", "modifiedByUser"} {
		require.Contains(t, entry, required)
	}
	require.NotContains(t, r.at("list", "entries", 1, "entry"), "properties", "absent when nothing remains")
	require.NotContains(t, search(t, s, all, byDbid).at("list", "entries", 0, "entry"), "properties", "only when asked for")
}

func TestSearchWithoutARangeIsTheDatabases(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithIndexLag())
	letters(s, 20)
	const query = `TYPE:"idocs:contractor"`
	r := search(t, s, query, byDbid)
	require.Nil(t, r.at("list", "context"))
	ids := idsOf(r)
	require.Len(t, ids, 20, "the database doesn't lag")
	require.False(t, slices.IsSorted(ids), "the sort is ignored")
	require.Equal(t, ids, idsOf(search(t, s, query, byDbid)), "but stable")
	require.Equal(t, 6.0, search(t, s, query, `,"paging":{"maxItems":5,"skipCount":0}`).at("list", "pagination", "totalItems"), "read so far")
	require.Empty(t, idsOf(search(t, s, query+` AND =sys:node\-dbid:101`, byDbid)), "equality is silently empty")
}

func TestSearchWithElasticsearchHasNoDbid(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithEngine(alfrescotest.Elasticsearch))
	letters(s, 3)
	r := search(t, s, all, byDbid)
	require.Equal(t, 200, r.status)
	require.Empty(t, idsOf(r))
	require.Nil(t, r.at("list", "context", "consistency"))
	require.Len(t, idsOf(search(t, s, `TYPE:"idocs:contractor" AND cm:created:[MIN TO MAX]`, "")), 3)
}

func TestSearchSeesChangesWhenTheIndexCaughtUp(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithIndexLag())
	letters(s, 2)
	before := search(t, s, all, byDbid)
	require.Empty(t, idsOf(before))
	s.Sync()
	after := search(t, s, all, byDbid)
	require.Equal(t, []string{"a", "b"}, idsOf(after))
	require.Greater(t, after.at("list", "context", "consistency", "lastTxId"), before.at("list", "context", "consistency", "lastTxId"))
	s.Delete("a")
	ghost := search(t, s, all, byDbid)
	require.Equal(t, []string{"b"}, idsOf(ghost))
	require.Equal(t, 2.0, ghost.at("list", "pagination", "totalItems"))
	require.NoError(t, s.Edit("b", map[string]any{"idocs:kpp": "1"}))
	shown := search(t, s, all, byDbid+`,"include":["properties"]`)
	require.Equal(t, "1", shown.at("list", "entries", 0, "entry", "properties", "idocs:kpp"), "values come from the database")
}

func TestSearchStaysFastWithManyNodes(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	nodes := make([]alfrescotest.Node, 20_000)
	s.Add(nodes...)
	start := time.Now()
	for i := range 200 {
		r := search(t, s, fmt.Sprintf(`TYPE:"idocs:contractor" AND sys:node\-dbid:<%d TO MAX]`, 100+i*100), byDbid+`,"include":["properties"]`)
		require.Len(t, idsOf(r), 100)
	}
	require.Less(t, time.Since(start), 10*time.Second, "a scan of all nodes for each page would show here")
}
