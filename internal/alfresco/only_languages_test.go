package alfresco_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// inLanguages adds nodes with one value, whose languages come in turn, and returns their ids.
func inLanguages(s *alfrescotest.Server, n int, languages ...string) []string {
	var ids []string
	for i := range n {
		ids = append(ids, s.Add(alfrescotest.Node{Language: languages[i%len(languages)], Properties: map[string]any{"idocs:inn": "0000000001"}})...)
	}
	return ids
}

// walkOnly walks what it is narrowed to, with one page of a search and with several, and returns the nodes in the order of the pages.
func walkOnly(t *testing.T, c *alfresco.Client, most int, only *alfresco.Only) []string {
	t.Helper()
	of := func(pages int) []string {
		found := []string{}
		request := alfresco.PageRequest{NodeType: contractor, Max: most, Properties: wanted, Only: only}
		for {
			pages, err := c.NextPages(t.Context(), request, pages)
			require.NoError(t, err)
			if len(pages) == 0 {
				return found
			}
			for _, page := range pages {
				require.Greater(t, page.LastDbid, request.After)
				require.GreaterOrEqual(t, page.Total, int64(len(page.Nodes)))
				for _, n := range page.Nodes {
					found = append(found, n.ID)
				}
				request.After = page.LastDbid
			}
		}
	}
	one := of(1)
	require.Equal(t, one, of(3), "however many pages a search brings")
	return one
}

var byINN = &alfresco.Only{Attributes: []string{"idocs:inn"}, Values: []string{"0000000001"}}

func TestNarrowedWalkFindsNodesInEachLanguageAskedFor(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := inLanguages(s, 30, "ru", "ru", "en", "de")
		var want []string
		for i, id := range ids {
			if i%4 != 3 {
				want = append(want, id)
			}
		}
		for _, most := range []int{1, 2, 7, 100} {
			require.Equal(t, want, walkOnly(t, v.client(t, s, nil), most, byINN), "%d at a time", most)
		}
		german := v.client(t, s, func(o *alfresco.Options) { o.Languages = []string{"de-AT", "fr"} })
		require.Equal(t, []string{ids[3], ids[7]}, walkOnly(t, german, 2, byINN)[:2])
		require.Equal(t, ids, walkOnly(t, v.client(t, s, nil), 100, &alfresco.Only{Nodes: ids}), "ids have no language")

		crossed := v.server(t, alfrescotest.WithCrossLocale())
		ids = inLanguages(crossed, 9, "ru", "en", "de")
		for _, most := range []int{1, 4, 100} {
			require.Equal(t, ids, walkOnly(t, v.client(t, crossed, nil), most, byINN), "each once")
		}
	})
}

// Of an answer that was cut off nothing is known behind its last node: nodes of another language beyond it have to wait.
func TestNarrowedWalkSkipsNothingWhereOneLanguageHasMore(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := slices.Concat(inLanguages(s, 10, "ru"), inLanguages(s, 3, "en"), inLanguages(s, 5, "ru"), inLanguages(s, 1, "en"))
		for most := 1; most <= 20; most++ {
			require.Equal(t, ids, walkOnly(t, v.client(t, s, nil), most, byINN))
		}
		// A page of ghosts alone in one language does not end the walk, nor hide the other one's nodes.
		s.DeleteLeavingGhosts(ids[:8]...)
		for _, most := range []int{1, 3, 20} {
			require.ElementsMatch(t, ids[8:], walkOnly(t, v.client(t, s, nil), most, byINN))
		}
	})
}

func TestOnlySearchesByTextNameFurtherLanguages(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := inLanguages(s, 1, "ru")
		c := v.client(t, s, nil)
		walkOnly(t, c, 5, &alfresco.Only{Nodes: ids})
		_, err := c.NextPage(t.Context(), page(0, 5))
		require.NoError(t, err)
		for _, r := range s.Requests() {
			require.Equal(t, "ru", r.Header.Get("Accept-Language"))
			require.NotContains(t, string(r.Body), "localization")
		}
		s.Forget()
		walkOnly(t, c, 5, byINN)
		var said []string
		for _, r := range s.Requests() {
			said = append(said, r.Header.Get("Accept-Language"))
		}
		if v.api == alfresco.Records {
			require.Equal(t, []string{"ru", "en"}, said[:2])
		} else {
			require.Contains(t, string(s.Requests()[0].Body), `"localization":{"locales":["ru","en"]}`)
		}
	})
}

// What the account may not read counts and is not shown, as ghosts do: that is no answer that was cut off, nor does it hide
// the nodes of another language.
func TestNarrowedWalkOverWhatIsNotShown(t *testing.T) {
	t.Parallel()
	for _, unsure := range []alfrescotest.Unsure{{}, {NoTotals: true}} {
		s := newRecords(t, unsure)
		add := func(dbid int64, language string, forbidden bool) string {
			return s.Add(alfrescotest.Node{Dbid: dbid, Language: language, Forbidden: forbidden, Properties: map[string]any{"idocs:inn": "0000000001"}})[0]
		}
		want := []string{add(1000, "ru", false)}
		add(1010, "ru", true)
		want = append(want, add(1020, "en", false))
		add(1030, "ru", true)
		add(50_000, "en", true)
		want = append(want, add(90_000, "ru", false), add(90_001, "en", false))
		add(900_000, "ru", true)
		want = append(want, add(900_001, "en", false))
		for _, most := range []int{1, 2, 3, 100} {
			require.Equal(t, want, walkOnly(t, newClient(t, s, withRecords), most, byINN), "%d at a time, %+v", most, unsure)
		}
	}
}
