package alfrescotest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// twoLanguages is a server with a node typed in Russian and one in English.
func twoLanguages(t *testing.T, opts ...alfrescotest.Option) *alfrescotest.Server {
	t.Helper()
	s := alfrescotest.NewServer(t, append([]alfrescotest.Option{alfrescotest.WithRecords(alfrescotest.Unsure{})}, opts...)...)
	s.Add(alfrescotest.Node{ID: "ru", Language: "ru", Properties: map[string]any{"idocs:inn": "1", "idocs:contractorID": 7}},
		alfrescotest.Node{ID: "en", Properties: map[string]any{"idocs:inn": "1", "idocs:contractorID": 7}})
	return s
}

const narrowed = all + ` AND `

// As stock Search Services does, an index of words finds a text only in the language in which its node was made.
func TestTextIsFoundInTheLanguagesAskedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query, body, header string
		want                      []string
	}{
		{"the server's own", `idocs:inn:"1"`, "", "", []string{"en"}},
		{"the request's", `idocs:inn:"1"`, "", "ru-RU,en;q=0.5", []string{"ru"}},
		{"those of the body", `idocs:inn:"1"`, `,"localization":{"locales":["ru","en"]}`, "", []string{"ru", "en"}},
		{"the body counts, not the request", `idocs:inn:"1"`, `,"localization":{"locales":["en_US"]}`, "ru", []string{"en"}},
		{"another", `idocs:inn:"1"`, "", "de", []string{}},
		{"the property of the id is a text", `sys:node\-uuid:"ru"`, "", "", []string{}},
		{"in its language", `sys:node\-uuid:"ru"`, "", "ru", []string{"ru"}},
		{"ID is none", `ID:"workspace://SpacesStore/ru"`, "", "de", []string{"ru"}},
		{"ID is the whole reference", `ID:"ru"`, "", "", []string{}},
		{"alternatives", `(ID:"workspace://SpacesStore/ru" OR idocs:inn:"1")`, "", "", []string{"ru", "en"}},
		{"a number is no text", `idocs:contractorID:"7"`, "", "de", []string{"ru", "en"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := twoLanguages(t)
			body := fmt.Sprintf(`{"query":{"query":%q}%s%s}`, narrowed+tt.query, byDbid, tt.body)
			r := sendIn(t, s, tt.header, basic(alfrescotest.DefaultUser, alfrescotest.DefaultPassword), http.MethodPost, searchPath, body)
			require.Equal(t, tt.want, idsOf(r), r.text)
		})
	}
	s := twoLanguages(t, alfrescotest.WithCrossLocale())
	require.Equal(t, []string{"ru", "en"}, idsOf(search(t, s, narrowed+`idocs:inn:"1"`, byDbid)))
	s = alfrescotest.NewServer(t, alfrescotest.WithLanguage("ru"))
	s.Add(alfrescotest.Node{ID: "a", Properties: map[string]any{"idocs:inn": "1"}})
	require.Empty(t, idsOf(search(t, s, narrowed+`idocs:inn:"1"`, "")))
}

// An exact term of a text that is indexed as words is an exception, unless the field is searched across languages.
func TestExactTermsOfATextNeedCrossLocaleSearch(t *testing.T) {
	t.Parallel()
	exact := `{"version":1,"attributes":{},"query":{"sourceId":"alfresco/","language":"predicate","query":{"t":"and","val":[
		{"t":"gt","att":"sys:node-dbid","val":0},{"t":"or","val":[{"t":"eq","att":"idocs:inn","val":"1"}]}]},"page":{"maxItems":10,"skipCount":0}}}`
	s := twoLanguages(t)
	r := search(t, s, narrowed+`=idocs:inn:"1"`, "")
	require.Equal(t, http.StatusInternalServerError, r.status)
	require.Contains(t, r.text, "Exact Term search is not supported")
	r = records(t, s, "query", exact)
	require.Equal(t, "UnsupportedOperationException", r.at("messages", 0, "msg", "type"))
	require.Contains(t, r.at("messages", 0, "msg", "msg"), "Exact Term search is not supported")
	require.Equal(t, http.StatusOK, search(t, s, narrowed+`=idocs:contractorID:"7"`, "").status)

	s = twoLanguages(t, alfrescotest.WithCrossLocale())
	require.Len(t, idsOf(search(t, s, narrowed+`=idocs:inn:"1"`, "")), 2)
	require.Len(t, records(t, s, "query", exact).at("records"), 2)
}

func TestRecordsTakeAFullTextQuery(t *testing.T) {
	t.Parallel()
	s := twoLanguages(t)
	query := func(text, language string) response {
		body := `{"version":1,"attributes":{},"query":{"sourceId":"alfresco/","language":"fts-alfresco","query":` + text +
			`,"sortBy":[{"attribute":"sys:node-dbid","ascending":true}],"page":{"maxItems":10,"skipCount":0},"consistency":"EVENTUAL"}}`
		return sendIn(t, s, language, basic(alfrescotest.DefaultUser, alfrescotest.DefaultPassword), http.MethodPost, recordsPath+"query", body)
	}
	quoted := func(text string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"` }
	require.Equal(t, ref+"ru", query(quoted(narrowed+`idocs:inn:"1"`), "ru").at("records", 0, "id"))
	require.Equal(t, ref+"en", query(quoted(narrowed+`idocs:inn:"1"`), "").at("records", 0, "id"))
	require.Len(t, query(quoted(narrowed+`(ID:"workspace://SpacesStore/ru" OR ID:"workspace://SpacesStore/en")`), "").at("records"), 2)
	require.Equal(t, "FTSQueryException", query(quoted(`TYPE:`), "").at("messages", 0, "msg", "type"))
	require.Equal(t, "ERROR", query(`{"t":"eq"}`, "").at("messages", 0, "level"), "no text")
	require.Equal(t, "ERROR", query(quoted(`TYPE:"idocs:contractor"`), "").at("messages", 0, "level"), "no range")
}

func TestReplicaNamesNoTransaction(t *testing.T) {
	t.Parallel()
	s := twoLanguages(t, alfrescotest.WithReplica())
	r := search(t, s, all, byDbid)
	require.Equal(t, []string{"ru", "en"}, idsOf(r))
	require.Nil(t, r.at("list", "context", "consistency"))
}

func TestMetadataOfANodeWithAnAspectOfNoModel(t *testing.T) {
	t.Parallel()
	s := twoLanguages(t)
	s.BreakAspects("ru")
	r := do(t, s, http.MethodGet, "/service/api/metadata?shortQNames=true&nodeRef=workspace://SpacesStore/ru", "")
	require.Equal(t, http.StatusInternalServerError, r.status)
	require.Contains(t, r.text, "Web Script Status 500")
	require.Nil(t, r.at("error"))
	require.Equal(t, http.StatusOK, do(t, s, http.MethodGet, "/service/api/metadata?nodeRef=workspace://SpacesStore/en", "").status)
	require.Equal(t, []string{"ru", "en"}, idsOf(search(t, s, all, byDbid)), "searches show it all the same")
	require.Equal(t, http.StatusOK, do(t, s, http.MethodGet, "/api/-default-/public/alfresco/versions/1/nodes/ru", "").status)
}
