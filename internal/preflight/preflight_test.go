package preflight_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/secret"
)

const (
	wrongPassword = "wr0ng-passw0rd"
	wrongKey      = "wr0ng-key-wr0ng-key-wr0ng-key"
)

func TestRunFindsAllWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	findings := preflight.Run(t.Context(), w.subject)
	require.True(t, preflight.OK(findings))
	require.Equal(t, []preflight.Finding{
		{Name: "temporal", OK: true, Text: "127.0.0.1:7233, namespace default"},
		{Name: "search-attributes", OK: true, Text: "CounterpartySyncId, CounterpartySyncStatus"},
		{Name: "alfresco", OK: true, Text: "Alfresco Community 26.1.0.0 (simulator) schema 22000; its REST API answers: 3 nodes of idocs:contractor searchable by sys:node-dbid"},
		{Name: "kontur", OK: true, Text: strings.Join(slices.Sorted(slices.Values(methods.All())), ", ") + ": 0 of 1000000 LegalEntities spent until 2026-12-31"},
		{Name: "payloads", OK: true, Text: "compressed, not encrypted"},
		{Name: "mapping", OK: true, Text: "13 attributes"},
		{Name: "reports", OK: true, Text: "2 types: requisites, full"},
	}, findings)
	require.Empty(t, w.alfresco.Writes())
	for _, request := range w.kontur.Requests() {
		require.Equal(t, "stat", request.Method, "it must cost nothing")
	}
}

func TestRunSaysWhereTheMemoryIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	w.subject.Mapping, err = mapping.Parse([]byte(`{"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]}, "memory": "cm:dcsource",
		"attributes": [{"attribute": "idocs:okpo", "source": "req", "write": "ifOurs", "value": ".UL.okpo"}]}`))
	require.NoError(t, err)
	require.Contains(t, preflight.Run(t.Context(), w.subject), preflight.Finding{Name: "mapping", OK: true, Text: "4 attributes, memory in cm:dcsource"})
}

func TestRunSaysWhichAPIAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
	w.speak(t, alfrescotest.DefaultPassword, alfresco.Records)
	findings := preflight.Run(t.Context(), w.subject)
	require.True(t, preflight.OK(findings))
	require.Contains(t, findings[2].Text, "; Citeck's Records API answers: 3 nodes of idocs:contractor")
	require.Empty(t, w.alfresco.Writes())
}

// A replica is as good as its master, but shows less.
func TestRunRemarksOnAReplica(t *testing.T) {
	t.Parallel()
	findings := preflight.Run(t.Context(), newWorld(t, alfrescotest.WithReplica()).subject)
	require.True(t, preflight.OK(findings))
	require.Contains(t, findings[2].Text, "3 nodes of idocs:contractor searchable")
	require.Contains(t, findings[2].Hint, "a Solr replica, or a fresh one")
}

func TestRunFindsTrouble(t *testing.T) {
	t.Parallel()
	const engine = "Alfresco has to search with Solr (index.subsystem.name=solr6): other engines don't know sys:node-dbid"
	const konturURL = "check that KONTUR_URL leads to Kontur.Focus and not to a proxy or a login page"
	count := func(total string) alfrescotest.Fault {
		return alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1, Body: `{"list":{"pagination":{"count":0,"hasMoreItems":false,"totalItems":` + total +
			`},"context":{"consistency":{"lastTxId":5}},"entries":[]}}`}
	}
	stat := func(f konturtest.Fault) konturtest.Fault { f.Method = "stat"; return f }
	tests := []struct {
		name    string
		options []alfrescotest.Option
		give    func(t *testing.T, w *world)
		want    preflight.Finding
	}{
		{"Temporal without the namespace", nil, func(t *testing.T, w *world) { w.temporal(t, serviceerror.NewNamespaceNotFound("default")) },
			preflight.Finding{Name: "temporal", Text: "Temporal at 127.0.0.1:7233 has no namespace default",
				Hint: "set TEMPORAL_NAMESPACE, or create it: temporal operator namespace create -n default"}},
		{"Temporal refuses access", nil, func(t *testing.T, w *world) { w.temporal(t, serviceerror.NewPermissionDenied("no", "")) },
			preflight.Finding{Name: "temporal", Text: "Temporal at 127.0.0.1:7233 refuses access to namespace default",
				Hint: "check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH)"}},
		{"Temporal down", nil, temporalDown,
			preflight.Finding{Name: "temporal", Text: "does not answer", Hint: "check that the server runs, and TEMPORAL_ADDRESS"}},
		{"a search attribute of another type", nil, func(_ *testing.T, w *world) {
			w.operator.has["CounterpartySyncStatus"] = enums.INDEXED_VALUE_TYPE_TEXT
		}, preflight.Finding{Name: "search-attributes", Text: "CounterpartySyncStatus is registered as Text and must be Keyword",
			Hint: "if nothing else uses CounterpartySyncStatus, remove it (temporal operator search-attribute remove --name CounterpartySyncStatus), then starter setup; until then passes run without search attributes"}},
		{"another search engine", []alfrescotest.Option{alfrescotest.WithEngine(alfrescotest.Elasticsearch)}, nil,
			preflight.Finding{Name: "alfresco", Text: "none of them has a sys:node-dbid", Hint: engine}},
		{"no node with a dbid", nil, func(_ *testing.T, w *world) { w.alfresco.Inject(count("3")); w.alfresco.Inject(count("0")) },
			preflight.Finding{Name: "alfresco", Text: "dbid", Hint: engine}},
		{"wrong password", nil, func(t *testing.T, w *world) { w.login(t, wrongPassword) },
			preflight.Finding{Name: "alfresco", Text: "status 401", Hint: "check ALFRESCO_USER and ALFRESCO_PASSWORD"}},
		{"read-only repository", nil, func(_ *testing.T, w *world) { w.alfresco.SetReadOnly(true) },
			preflight.Finding{Name: "alfresco", Text: "the repository is read-only",
				Hint: "the repository takes no writes: an administrator has to end the read-only mode or renew the licence"}},
		{"a proxy's page for Alfresco", nil, func(_ *testing.T, w *world) { w.alfresco.Inject(alfrescotest.Fault{HTML: true}) },
			preflight.Finding{Name: "alfresco", Text: "status 200", Hint: "check that ALFRESCO_URL ends in /alfresco and reaches Alfresco itself, and not a proxy or a login page"}},
		{"a stock Alfresco for Citeck's", nil, func(t *testing.T, w *world) { w.speak(t, alfrescotest.DefaultPassword, alfresco.Records) },
			preflight.Finding{Name: "alfresco", Text: "alfresco query: status 404", Hint: "this Alfresco may have no Records API of Citeck's: set ALFRESCO_API to rest, or check that ALFRESCO_URL ends in /alfresco and reaches Alfresco itself"}},
		{"Alfresco down", nil, func(_ *testing.T, w *world) { w.alfresco.Close() },
			preflight.Finding{Name: "alfresco", Text: "alfresco discovery: ", Hint: "check that Alfresco runs and that ALFRESCO_URL is right"}},
		{"wrong key", nil, func(t *testing.T, w *world) { w.key(t, wrongKey) },
			preflight.Finding{Name: "kontur", Text: "status 400: Param 'key' not specified or invalid", Hint: "check KONTUR_KEY or KONTUR_KEY_FILE; the key may have expired"}},
		{"methods that the contract lacks", nil, func(_ *testing.T, w *world) {
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100})
			w.subject.Sources = []string{"req", "contacts", "sites"}
		}, preflight.Finding{Name: "kontur", Text: "the key's contract does not list contacts, sites",
			Hint: "remove the missing ones from the sync's sources, or have them added to the contract"}},
		{"a portal's page for Kontur.Focus", nil, func(_ *testing.T, w *world) {
			w.kontur.Inject(stat(konturtest.Fault{Trouble: konturtest.HTMLPage}))
		}, preflight.Finding{Name: "kontur", Text: "ask Kontur.Focus stat", Hint: konturURL}},
		{"Kontur.Focus broken", nil, func(_ *testing.T, w *world) {
			w.kontur.Inject(stat(konturtest.Fault{Status: 503, Text: "maintenance"}))
		},
			preflight.Finding{Name: "kontur", Text: "status 503: maintenance", Hint: "if it lasts, check the network, the proxy and KONTUR_URL"}},
		{"Kontur.Focus down", nil, func(_ *testing.T, w *world) { w.kontur.Close() },
			preflight.Finding{Name: "kontur", Text: "ask Kontur.Focus stat", Hint: "if it lasts, check the network, the proxy and KONTUR_URL"}},
		{"Kontur.Focus repeats the key", nil, func(_ *testing.T, w *world) {
			w.kontur.Inject(stat(konturtest.Fault{Trouble: konturtest.EchoKey}))
		}, preflight.Finding{Name: "kontur", Text: "status 500", Hint: "if it lasts, check the network, the proxy and KONTUR_URL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.options...)
			if tt.give != nil {
				tt.give(t, w)
			}
			findings := preflight.Run(t.Context(), w.subject)
			require.False(t, preflight.OK(findings))
			rest := 7
			if tt.want.Name == "temporal" {
				rest = 5 // nobody to ask about search attributes and schedules
			}
			require.Len(t, findings, rest, "the rest is looked at all the same")
			for _, f := range findings {
				for _, private := range []string{wrongPassword, wrongKey, alfrescotest.DefaultPassword, w.kontur.Key()} {
					require.NotContains(t, f.Text+f.Hint, private)
				}
				require.NotContains(t, f.Text+f.Hint, "\n")
				if f.Name != tt.want.Name {
					require.True(t, f.OK, f)
					continue
				}
				require.False(t, f.OK)
				require.Contains(t, f.Text, tt.want.Text)
				require.Equal(t, tt.want.Hint, f.Hint)
			}
		})
	}
}

// Passes run without search attributes, so that nothing is wrong where they are missing.
func TestRunOnlyRemarksOnSearchAttributesThatAreMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		give       operator
		text, hint string
	}{
		{"not registered", operator{}, "not registered: CounterpartySyncId, CounterpartySyncStatus",
			"passes run without them, but can't be listed by sync and status; starter setup registers them"},
		{"not to be listed", operator{err: serviceerror.NewPermissionDenied("not\nallowed", "")},
			"not known: list the search attributes of namespace default: not allowed", "passes run without them, but can't be listed by sync and status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			*w.operator = tt.give
			findings := preflight.Run(t.Context(), w.subject)
			require.True(t, preflight.OK(findings))
			require.Equal(t, preflight.Finding{Name: "search-attributes", OK: true, Text: tt.text, Hint: tt.hint}, findings[1])
		})
	}
}

// temporalDown leads to a port at which nobody listens.
func temporalDown(t *testing.T, w *world) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	w.subject.TemporalOptions.HostPort = listener.Addr().String()
	c, err := client.NewLazyClient(w.subject.TemporalOptions)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w.subject.Temporal = c
}

func TestRunRemarksOnWhatIsWellForNow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		give       func(w *world)
		text, hint string
	}{
		{"some nodes without a dbid", func(w *world) {
			w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Times: 1,
				Body: `{"list":{"pagination":{"count":0,"hasMoreItems":true,"totalItems":5},"context":{"consistency":{"lastTxId":5}},"entries":[]}}`})
		}, "3 nodes of idocs:contractor searchable", "2 more nodes have no sys:node-dbid in the index and would be missed; reindex them"},
		{"a quota that is low", func(w *world) {
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req", "contacts"}, Limit: 1000, Spent: 901})
		}, "req, contacts: 901 of 1000 LegalEntities spent until 2026-12-31", "less than a tenth of the quota of req, contacts is left"},
		{"a quota that is just not low", func(w *world) {
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1000, Spent: 900})
		}, "req: 900 of 1000 LegalEntities spent until 2026-12-31", ""},
		{"a quota that is used up", func(w *world) {
			w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1000, Spent: 1000})
		}, "req: 1000 of 1000 LegalEntities spent until 2026-12-31", "the quota of req is used up"},
		{"a contract that tells no numbers", func(w *world) {
			w.kontur.Inject(konturtest.Fault{Method: "stat", Status: 200, Text: `[{"methodName":"api3/req"}]`})
		}, "req: no limit reported", ""},
		{"a contract that tells nothing", func(w *world) {
			w.kontur.Inject(konturtest.Fault{Method: "stat", Status: 200, Text: `[]`})
		}, "the key is valid; no methods or quotas reported", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.subject.ReportTypes = nil // these contracts lack much of what the built-in ones ask
			tt.give(w)
			findings := preflight.Run(t.Context(), w.subject)
			require.True(t, preflight.OK(findings), findings)
			var texts, hints []string
			for _, f := range findings {
				texts = append(texts, f.Text)
				hints = append(hints, f.Hint)
			}
			require.Contains(t, strings.Join(texts, "\n"), tt.text)
			require.Equal(t, tt.hint, strings.Join(hints, ""))
		})
	}
}

// Each key is looked at by itself; the sources of a sync must be in the contract of its own.
func TestRunLooksAtEachKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"contacts"}, Limit: 10})
	second := w.kontur.AddKey("second-key-0123456789-abcdefghijklmnop", konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 20, Spent: 3}))
	acme, err := kontur.New(kontur.Options{BaseURL: w.kontur.URL(), Key: secret.New(second.Key()), Name: "ACME"})
	require.NoError(t, err)
	w.subject.ByKey, w.subject.KonturKey = map[pass.KeyName]*kontur.Client{"ACME": acme}, "ACME"
	findings := preflight.Run(t.Context(), w.subject)
	require.Contains(t, findings, preflight.Finding{Name: "kontur", OK: true, Text: "contacts: 0 of 10 LegalEntities spent until 2026-12-31"})
	require.Contains(t, findings, preflight.Finding{Name: "kontur ACME", OK: true, Text: "req: 3 of 20 LegalEntities spent until 2026-12-31"})

	w.subject.Sources = []string{"req", "contacts"}
	require.Contains(t, preflight.Run(t.Context(), w.subject), preflight.Finding{Name: "kontur ACME", Text: "the key's contract does not list contacts",
		Hint: "remove the missing ones from the sync's sources, or have them added to the contract"})

	const hint = "set KONTUR_KEY_OTHER or KONTUR_KEY_OTHER_FILE in the environment of the workers, and start them again; or correct konturKey"
	w.subject.KonturKey = "OTHER"
	w.subject.ReportTypes, err = report.ParseTypes([]byte("types: [{id: due, konturKey: OTHER, sources: [{id: kontur.req, method: req}]}]"))
	require.NoError(t, err)
	findings = preflight.Run(t.Context(), w.subject)
	require.Contains(t, findings, preflight.Finding{Name: "kontur OTHER", Text: "there is no key OTHER of Kontur.Focus here", Hint: hint})
	require.Contains(t, findings, preflight.Finding{Name: "reports", Text: "type due: there is no key OTHER of Kontur.Focus here", Hint: hint})
}
