package alfrescotest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/exchange"
)

const publicPath = "/api/-default-/public/alfresco/versions/1/"

func TestTheContentModelIsShown(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t)
	theType := get(t, s, publicPath+"types/idocs:contractor")
	require.Equal(t, http.StatusOK, theType.status)
	require.Contains(t, theType.text, `"id":"idocs:CEOname","dataType":"d:text"`)
	require.NotContains(t, theType.text, "idocs:inn", "properties of aspects are those of the aspects")
	require.Equal(t, http.StatusNotFound, get(t, s, publicPath+"types/idocs:none").status)

	const aspects = publicPath + "aspects?include=properties&maxItems=3&skipCount="
	page := get(t, s, aspects+"0")
	require.Equal(t, true, page.at("list", "pagination", "hasMoreItems"))
	require.Equal(t, 3.0, page.at("list", "pagination", "count"))
	require.Contains(t, page.text, `"id":"cm:modified","dataType":"d:datetime","isMultiValued":false,"isMandatory":false,"isMandatoryEnforced":false,"isProtected":true`)
	require.Equal(t, 0.0, get(t, s, aspects+"1000").at("list", "pagination", "count"))
	require.NotContains(t, get(t, s, publicPath+"aspects").text, "properties")
	require.Equal(t, http.StatusBadRequest, get(t, s, aspects+"x").status)
}

func TestAnOldAlfrescoShowsNoModel(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithoutModel())
	for _, path := range []string{"types/idocs:contractor", "aspects"} {
		require.Equal(t, http.StatusNotFound, get(t, s, publicPath+path).status)
	}
}

func TestTheIndexFindsByTheChangeThatItKnows(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	s := alfrescotest.NewServer(t, alfrescotest.WithIndexLag(), alfrescotest.WithClock(func() time.Time { return now }))
	id := s.Add(alfrescotest.Node{CreatedAt: now.Add(-time.Hour)})[0]
	s.Sync()
	found := func() any {
		return search(t, s, `TYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO MAX] AND cm:modified:["2026-06-15T12:00:00Z" TO MAX]`, "").at("list", "pagination", "totalItems")
	}
	require.Equal(t, 0.0, found())
	require.NoError(t, s.Edit(id, map[string]any{"idocs:okpo": "1"}))
	require.Equal(t, 0.0, found(), "the index lags")
	s.Sync()
	require.Equal(t, 1.0, found())
}

func TestARecordedServerAnswersWhatWasRecorded(t *testing.T) {
	t.Parallel()
	s := alfrescotest.NewServer(t, alfrescotest.WithRecorded([]exchange.Exchange{
		{System: exchange.Alfresco, Method: "GET", Path: "/api/discovery", Status: 503, AnswerHeader: map[string]string{"Retry-After": "7"}, Answer: exchange.Body("no")},
		{System: exchange.Alfresco, Method: "GET", Path: "/api/discovery", Status: 200, Answer: exchange.Body(`{"entry":{}}`)},
		{System: exchange.Kontur, Method: "GET", Path: "/api/other", Status: 200},
	}))
	require.Equal(t, http.StatusServiceUnavailable, get(t, s, "/api/discovery").status)
	require.Equal(t, `{"entry":{}}`, get(t, s, "/api/discovery").text)
	require.Equal(t, `{"entry":{}}`, get(t, s, "/api/discovery").text, "the last answer stays")
	require.Equal(t, http.StatusNotImplemented, get(t, s, "/api/other").status)
	require.Equal(t, 4, s.Count(alfrescotest.Recorded))
}

func get(t *testing.T, s *alfrescotest.Server, path string) response {
	t.Helper()
	return do(t, s, http.MethodGet, path, "")
}
