package alfresco_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// What Alfresco says is in the language of the request, which is no word to decide by.
func TestReadOnlyRepositoryIsKnownInEachLanguage(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		const said = "Доступ запрещен. Система находится в режиме только для чтения."
		for _, fault := range map[alfresco.API][]alfrescotest.Fault{
			alfresco.REST:    {{Operation: v.write, Status: 403, Summary: said}, {Operation: v.write, Status: 500, Summary: said}},
			alfresco.Records: {{Operation: v.write, Body: message("ReadOnlyServerException", said)}, {Operation: v.write, Body: message("AccessDeniedException", said)}},
		}[v.api] {
			s := v.server(t)
			ids := addNodes(s, 3)
			s.SetReadOnly(true)
			s.Inject(fault)
			_, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, setKPP("002202002"))
			requireKind(t, alfresco.ReadOnly, err)
		}
	})
}

const mltext = "idocs:organizationName"

// A d:mltext property has a text for each language. That of the first language is read and written, and no other.
func TestTextsAreReadAndWrittenInTheFirstLanguage(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		id := s.Add(alfrescotest.Node{Language: "ru", Properties: map[string]any{mltext: "Ромашка"}},
			alfrescotest.Node{Language: "en", Properties: map[string]any{mltext: "Daisy"}})[0]
		ids := []string{id, s.Nodes(contractor)[1].ID}
		c := v.client(t, s, func(o *alfresco.Options) { o.Languages = []string{"ru-RU", "en"} })
		write := func(text string) (read []any) {
			updates, err := c.Update(t.Context(), ids, []string{mltext}, alfresco.Decide(func(n alfresco.Node) map[string]any {
				read = append(read, n.Properties[mltext])
				if n.Properties[mltext] == text {
					return nil
				}
				return map[string]any{mltext: text}
			}))
			require.NoError(t, err)
			for _, update := range updates {
				require.Nil(t, update.Refusal)
			}
			return read
		}
		require.ElementsMatch(t, []any{"Ромашка", "Daisy"}, write("Василёк"))
		for _, id := range ids {
			require.Equal(t, "Василёк", s.Translation(id, mltext, "ru"), "what people see")
		}
		require.Equal(t, "Daisy", s.Translation(ids[1], mltext, "en"), "another language's text is not ours")
		require.Nil(t, s.Translation(ids[0], mltext, "en"))

		s.Forget()
		require.Equal(t, []any{"Василёк", "Василёк"}, write("Василёк"))
		require.Empty(t, s.Writes(), "it stands")
		for _, r := range s.Requests() {
			require.Equal(t, "ru-RU", r.Header.Get("Accept-Language"))
		}
	})
}
