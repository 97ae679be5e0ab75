package deepcheck_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/deepcheck"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

// moods are what the simulators may be like, and which facts differ then.
var moods = map[string]struct {
	options []alfrescotest.Option
	change  func(s *systems)
	want    []string
}{
	"as they are":      {},
	"logins by ticket": {change: func(s *systems) { s.auth = alfresco.Ticket }},
	"nodes that are read-only, forbidden, gone": {change: func(s *systems) {
		nodes := s.alfresco.Nodes("idocs:contractor")
		s.alfresco.SetFlags(nodes[2].ID, true, false, false)
		s.alfresco.SetFlags(nodes[3].ID, false, false, true)
		s.alfresco.DeleteLeavingGhosts(nodes[4].ID)
	}},
	"an index that lags": {options: []alfrescotest.Option{alfrescotest.WithIndexLag()}, change: func(s *systems) {
		s.alfresco.Sync()
		_ = s.alfresco.Edit(s.alfresco.Nodes("idocs:contractor")[1].ID, map[string]any{"idocs:okpo": "00000001"})
	}},
	"a replica of Solr's":                        {options: []alfrescotest.Option{alfrescotest.WithReplica()}},
	"an index across languages":                  {options: []alfrescotest.Option{alfrescotest.WithCrossLocale(), alfrescotest.WithLanguage("de")}},
	"texts in a language that is not looked for": {options: []alfrescotest.Option{alfrescotest.WithLanguage("de")}, want: []string{"alfresco.find-value"}},
	"Elasticsearch":                              {options: []alfrescotest.Option{alfrescotest.WithEngine(alfrescotest.Elasticsearch)}, want: []string{"alfresco.search-dbid"}},
	"an Alfresco before 7":                       {options: []alfrescotest.Option{alfrescotest.WithoutModel()}},
	"a repository without nodes": {change: func(s *systems) {
		for _, n := range s.alfresco.Nodes("idocs:contractor") {
			s.alfresco.Delete(n.ID)
		}
	}},
	"a contract without egrDetails": {want: []string{"kontur.stat"}, change: func(s *systems) {
		s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100})
	}},
	"a Kontur.Focus that is down": {want: []string{"kontur.stat"}, change: func(s *systems) {
		s.kontur.Inject(konturtest.Fault{Status: 503, Text: "Service unavailable"})
	}},
	"a key that is wrong, in Russian": {want: []string{"kontur.stat"}, change: func(s *systems) {
		s.kontur.Inject(konturtest.Fault{Status: 403, Text: "Неверный ключ"})
	}},
	"a method that is refused, as JSON": {want: []string{"kontur.batch req"}, change: func(s *systems) {
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: 403, Text: `{"message":"No valid key specified"}`})
	}},
	"identifiers that nobody has": {change: func(s *systems) {
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: 400, Text: "inn/ogrn param is not specified"})
	}},
	"a content model that breaks off": {change: func(s *systems) {
		s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Model, Body: `{"entry":{"properties":[{"id":"idocs:`})
	}},
	"an Alfresco that is down": {want: []string{"alfresco.repository"}, change: func(s *systems) { s.alfresco.Inject(alfrescotest.Fault{Cut: true}) }},
}

// The metadata web script, which fails for a node with an aspect of a removed model, is asked with REST alone; a walk steps over it.
func TestANodeWithABrokenAspectBreaksNoPass(t *testing.T) {
	t.Parallel()
	s := start(t, alfresco.REST)
	s.alfresco.BreakAspects(s.alfresco.Nodes("idocs:contractor")[2].ID)
	facts := s.check(t, nil)
	require.Equal(t, []string{"alfresco.metadata-dbid"}, otherwise(facts))
	require.False(t, fact.Broken(facts))
}

// A deep check finds in each mood what differs, and a simulator that is fed with its recording gives the same table.
func TestMoods(t *testing.T) {
	eachAPI(t, func(t *testing.T, api alfresco.API) {
		for _, mood := range slices.Sorted(maps.Keys(moods)) {
			t.Run(mood, func(t *testing.T) {
				t.Parallel()
				s := start(t, api, moods[mood].options...)
				if change := moods[mood].change; change != nil {
					change(s)
				}
				recorded, _, facts := s.record(t)
				require.Equal(t, moods[mood].want, otherwise(facts))
				fed := &systems{
					alfresco: alfrescotest.NewServer(t, alfrescotest.WithRecorded(recorded.Exchanges)),
					kontur:   konturtest.NewServer(t, konturtest.WithRecorded(recorded.Exchanges)), api: api, auth: s.auth,
				}
				fed.alfrescoURL, fed.konturURL = fed.alfresco.URL(), fed.kontur.URL()
				require.Equal(t, lines(facts), lines(fed.check(t, nil)))
			})
		}
	})
}

// record is the file of a deep check, read back, its text, and what was found.
func (s *systems) record(t *testing.T) (exchange.Recording, string, []fact.Fact) {
	t.Helper()
	recorder := deepcheck.Recorder(clock, secret.New(alfrescotest.DefaultPassword), secret.New(s.kontur.Key()))
	facts := s.check(t, recorder)
	var file bytes.Buffer
	require.NoError(t, exchange.Recording{About: exchange.About{At: now}, Exchanges: recorder.Exchanges()}.Write(&file))
	text := file.String()
	recording, err := exchange.Read(&file)
	require.NoError(t, err)
	return recording, text, facts
}

// lines are facts without what their requests took.
func lines(facts []fact.Fact) string {
	var b strings.Builder
	for _, f := range facts {
		_, _ = fmt.Fprintln(&b, name(f), "|", f.Verdict, "|", f.Seen, "|", f.Follows, "|", f.Breaks)
	}
	return b.String()
}

func TestARecordingHoldsNoValue(t *testing.T) {
	eachAPI(t, func(t *testing.T, api alfresco.API) {
		s := start(t, api)
		s.auth = alfresco.Ticket
		_, text, _ := s.record(t)
		text = strings.ToLower(text)
		require.Contains(t, text, `"idocs:inn"`)
		require.Contains(t, text, `"ticket_masked"`)
		require.Contains(t, text, "/api3/egrdetails")
		secrets := []string{alfrescotest.DefaultUser + ":", alfrescotest.DefaultPassword, s.kontur.Key(), s.kontur.Key()[:20], "authorization", "basic ", "127.0.0.1", `"password"`}
		for n, node := range s.alfresco.Nodes("idocs:contractor") {
			company := konturtest.Invented(n + 1)
			secrets = append(secrets, node.ID, node.Name, fmt.Sprint(node.Dbid), company.INN, company.OGRN, company.FullName, company.ShortName, company.KPP)
			for _, value := range node.Properties {
				secrets = append(secrets, fmt.Sprint(value))
			}
		}
		for _, hidden := range secrets {
			require.NotContains(t, text, strings.ToLower(strings.ReplaceAll(hidden, `"`, `\"`)))
		}
		for _, word := range []string{"ромашка", "daisy", "пример", "общество"} {
			require.NotContains(t, text, word)
		}
	})
}

func TestADeepCheckOnlyReads(t *testing.T) {
	eachAPI(t, func(t *testing.T, api alfresco.API) {
		s := start(t, api)
		s.check(t, nil)
		require.Empty(t, s.alfresco.Writes())
		for _, r := range s.alfresco.Requests() {
			require.Contains(t, []alfrescotest.Operation{alfrescotest.Discovery, alfrescotest.Search, alfrescotest.Metadata, alfrescotest.Get,
				alfrescotest.Query, alfrescotest.Model}, r.Operation)
		}
		asked := map[string]int{}
		for _, r := range s.kontur.Requests() {
			require.Equal(t, "GET", r.Verb)
			asked[r.Method]++
			require.LessOrEqual(t, len(r.IDs), 5)
		}
		require.Equal(t, map[string]int{"stat": 1, "req": 1, "egrDetails": 1}, asked)
		require.Equal(t, 5, s.kontur.Spent("req"))
	})
}

func TestEveryClaimIsTriedOrSaidNotToBe(t *testing.T) {
	eachAPI(t, func(t *testing.T, api alfresco.API) {
		tried := map[string]bool{}
		for _, f := range start(t, api).check(t, nil) {
			tried[f.ID] = true
			require.NotEmpty(t, f.Expected)
			require.NotEmpty(t, f.Seen, f.ID)
		}
		var claimed []string
		for _, c := range deepcheck.Claims() {
			require.NotEmpty(t, c.Follows, c.ID)
			claimed = append(claimed, c.ID)
		}
		for id := range tried {
			require.Contains(t, claimed, id)
		}
		if api == alfresco.REST {
			require.Len(t, tried, len(claimed))
		}
	})
}
