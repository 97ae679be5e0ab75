package deepcheck_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/deepcheck"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

// now is the clock of all that takes part, in whole seconds as the header Date has them.
var now = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// firstDbid is that of the first node: none that occurs by chance in another number.
const firstDbid = 987_650_001

// systems are both simulators, and how they are reached.
type systems struct {
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	api      alfresco.API
	auth     alfresco.Auth // empty: Basic
	// alfrescoURL and konturURL may lead to proxies.
	alfrescoURL, konturURL string
}

// start starts simulators with 12 nodes, of which all but two have an INN that Kontur.Focus knows.
func start(t *testing.T, api alfresco.API, opts ...alfrescotest.Option) *systems {
	t.Helper()
	opts = append([]alfrescotest.Option{alfrescotest.WithClock(clock)}, opts...)
	if api == alfresco.Records {
		opts = append(opts, alfrescotest.WithRecords(alfrescotest.Unsure{}))
	}
	s := &systems{alfresco: alfrescotest.NewServer(t, opts...), kontur: konturtest.NewServer(t, konturtest.WithClock(clock)), api: api}
	s.alfrescoURL, s.konturURL = s.alfresco.URL(), s.kontur.URL()
	fill(s)
	return s
}

func fill(s *systems) {
	for n := 1; n <= 12; n++ {
		company := konturtest.Invented(n)
		node := alfrescotest.Node{Dbid: firstDbid + int64(n) - 1, CreatedAt: now.Add(-time.Hour), Properties: map[string]any{
			"idocs:inn": company.INN, "idocs:ogrn": company.OGRN, "idocs:kpp": company.KPP,
			"idocs:fullOrganizationName": fmt.Sprintf("Общество «Ромашка-%d» LLC", n), "idocs:juridicalAddress": "644099, г Омск, ул Ленина, д 5",
			"idocs:contractorID": 1_900_000_000 + n, "idocs:email": fmt.Sprintf("office%d@daisy.example", n),
		}}
		if n == 5 {
			delete(node.Properties, "idocs:inn")
		}
		if n != 7 {
			s.kontur.AddCompany(company)
		}
		s.alfresco.Add(node)
	}
}

// settings are those of a worker for these systems.
func (s *systems) settings() config.Worker {
	return config.Worker{
		AlfrescoURL: s.alfrescoURL, AlfrescoUser: alfrescotest.DefaultUser, AlfrescoPassword: secret.New(alfrescotest.DefaultPassword),
		AlfrescoAPI: string(s.api), AlfrescoAuth: string(s.auth), KonturURL: s.konturURL, KonturKey: secret.New(s.kontur.Key()), KonturRequestsPerSecond: 1000,
	}
}

// check runs a deep check; the recorder may be nil.
func (s *systems) check(t *testing.T, r *exchange.Recorder) []fact.Fact {
	t.Helper()
	world, err := outside.Open(s.settings(), deepcheck.Transports(r))
	require.NoError(t, err)
	sync := pass.Sync{ID: "main", Sources: []string{"req", "egrDetails"}}.WithDefaults()
	facts, err := deepcheck.Run(t.Context(), deepcheck.Subject{World: world, Sync: sync, Identifiers: 5, Now: clock})
	require.NoError(t, err)
	return facts
}

// otherwise are the facts that differ, by id and what they are about.
func otherwise(facts []fact.Fact) []string {
	var names []string
	for _, f := range facts {
		if f.Verdict == fact.Differs {
			names = append(names, name(f))
		}
	}
	return names
}

func name(f fact.Fact) string {
	if f.About == "" {
		return f.ID
	}
	return f.ID + " " + f.About
}

// eachAPI runs a test with either API of Alfresco.
func eachAPI(t *testing.T, test func(t *testing.T, api alfresco.API)) {
	t.Helper()
	t.Parallel()
	for _, api := range []alfresco.API{alfresco.REST, alfresco.Records} {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			test(t, api)
		})
	}
}
