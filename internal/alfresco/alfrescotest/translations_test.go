package alfrescotest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// As MLPropertyInterceptor does, a request reads and writes the text of its own language.
func TestTextsForManyLanguagesFollowTheRequest(t *testing.T) {
	t.Parallel()
	const name = "idocs:organizationName"
	s := alfrescotest.NewServer(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
	s.Add(alfrescotest.Node{ID: "n", Language: "ru", Properties: map[string]any{name: "Ромашка"}})
	in := func(language, method, path, body string) response {
		return sendIn(t, s, language, basic(alfrescotest.DefaultUser, alfrescotest.DefaultPassword), method, path, body)
	}
	const node = "/api/-default-/public/alfresco/versions/1/nodes/n"
	shown := func(language string) []any {
		record := in(language, http.MethodPost, recordsPath+"query", `{"version":1,"records":["`+ref+`n"],"attributes":{"x":"`+name+`?str"}}`)
		found := in(language, http.MethodPost, searchPath, `{"query":{"query":"`+`TYPE:\"idocs:contractor\" AND cm:created:[MIN TO MAX]`+`"},"include":["properties"]}`)
		metadata := in(language, http.MethodGet, "/service/api/metadata?shortQNames=true&nodeRef=workspace://SpacesStore/n", "")
		return []any{
			in(language, http.MethodGet, node, "").at("entry", "properties", name), record.at("records", 0, "attributes", "x"),
			found.at("list", "entries", 0, "entry", "properties", name), metadata.at("properties", name),
		}
	}
	all := func(text string) []any { return []any{text, text, text, text} }
	require.Equal(t, all("Ромашка"), shown("en"), "there is no other text")
	require.Equal(t, "Daisy", in("", http.MethodPut, node, `{"properties":{"`+name+`":"Daisy"}}`).at("entry", "properties", name))
	require.Equal(t, all("Daisy"), shown(""), "the server's own language")
	require.Equal(t, all("Daisy"), shown("de"), "for want of a text")
	require.Equal(t, all("Ромашка"), shown("ru-RU,en;q=0.5"))
	in("ru", http.MethodPost, recordsPath+"mutate", `{"version":1,"records":[{"id":"`+ref+`n","attributes":{"`+name+`":"Василёк"}}]}`)
	require.Equal(t, all("Василёк"), shown("ru"))
	require.Equal(t, []any{"Василёк", "Daisy", nil}, []any{s.Translation("n", name, "ru"), s.Translation("n", name, "en"), s.Translation("n", name, "de")})
	in("ru", http.MethodPut, node, `{"properties":{"`+name+`":null}}`)
	require.Equal(t, []any{nil, nil, nil, nil}, shown("ru"), "null unsets that of its language")
	require.Equal(t, all("Daisy"), shown("en"))
}
