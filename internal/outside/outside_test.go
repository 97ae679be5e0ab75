package outside_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/secret"
)

// settings are those of a worker, as internal/config gives them.
func settings() config.Worker {
	return config.Worker{
		AlfrescoURL: "http://127.0.0.1:1/alfresco", AlfrescoUser: "sync", AlfrescoPassword: secret.New("p"), AlfrescoAuth: "ticket",
		AlfrescoAPI: "rest", AlfrescoConcurrency: 8, KonturURL: "http://127.0.0.1:1", KonturKey: secret.New("k"), KonturRequestsPerSecond: 2.5,
		KonturConcurrency: 3, ReportsPercent: 25,
	}
}

func TestOpenSpeaksTheAPIOfTheSettings(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]alfrescotest.Operation{"rest": alfrescotest.Search, "records": alfrescotest.Query} {
		server := alfrescotest.NewServer(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
		c := settings()
		c.AlfrescoURL, c.AlfrescoAuth, c.AlfrescoPassword, c.AlfrescoAPI = server.URL(), "basic", secret.New(alfrescotest.DefaultPassword), api
		w, err := outside.Open(c, outside.Observers{})
		require.NoError(t, err)
		_, err = w.Alfresco.NextPage(t.Context(), alfresco.PageRequest{NodeType: "idocs:contractor", Max: 1})
		require.NoError(t, err)
		require.Positive(t, server.Count(want), api)
	}
}

// Each key asks by itself, with its own rate: requests with one do not wait for those with another.
func TestOpenMakesAClientForEachKey(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	second := server.AddKey("second-key-0123456789-abcdefghijklmnop")
	c := settings()
	c.KonturURL, c.KonturKey, c.KonturRequestsPerSecond = server.URL(), secret.New(server.Key()), 0.001
	c.KonturKeys = []config.KonturKey{{Name: "ACME", Key: secret.New(second.Key()), RequestsPerSecond: 1000, Concurrency: 1}}
	w, err := outside.Open(c, outside.Observers{})
	require.NoError(t, err)
	own, err := w.KonturOf("")
	require.NoError(t, err)
	acme, err := w.KonturOf("ACME")
	require.NoError(t, err)
	for range 3 {
		_, err = acme.Quotas(t.Context())
		require.NoError(t, err)
	}
	_, err = own.Quotas(t.Context())
	require.NoError(t, err)
	require.Len(t, server.Requests(), 1)
	require.Len(t, second.Requests(), 3)
	_, err = w.KonturOf("OTHER")
	require.EqualError(t, err, "there is no key OTHER of Kontur.Focus here")

	c.KonturKeys[0].Key = secret.New("a b")
	_, err = outside.Open(c, outside.Observers{})
	require.EqualError(t, err, `KONTUR_KEY_ACME: "***" is not allowed; allowed: a key without spaces and line breaks`)
}

func TestOpenTakesAnotherMapping(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mapping.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"identity":{"inn":["my:inn"],"ogrn":["my:ogrn"],"kpp":["my:kpp"]},
		"attributes":[{"attribute":"my:kpp","source":"req","value":".UL.kpp","write":"always"}]}`), 0o600))
	c := settings()
	c.MappingFile = file
	w, err := outside.Open(c, outside.Observers{})
	require.NoError(t, err)
	require.Equal(t, []string{"my:kpp", "my:inn", "my:ogrn"}, w.Mapping.Attributes())
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "mapping.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"identity":{"inn":["inn"],"ogrn":["my:ogrn"],"kpp":["my:kpp"]},"attributes":[
		{"attribute":"my:kpp","source":"req","value":".UL.","write":"always"}]}`), 0o600))
	types := filepath.Join(dir, "types.yaml")
	require.NoError(t, os.WriteFile(types, []byte("types: [{id: a, sources: [{id: kontur.req, method: req, needs: inn}]}]"), 0o600))
	none := filepath.Join(dir, "none.json")
	callers := filepath.Join(dir, "callers.yaml")
	require.NoError(t, os.WriteFile(callers, []byte("callers: [{name: crm, passwordHash: pa55}]"), 0o600))
	tests := []struct {
		name string
		give func(c *config.Worker)
		want string
	}{
		{"no mapping file", func(c *config.Worker) { c.MappingFile = none },
			`MAPPING_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory`},
		{"a wrong mapping, all of it", func(c *config.Worker) { c.MappingFile = file },
			`MAPPING_FILE ` + file + `: identity inn: "inn" is not allowed; allowed: names such as idocs:inn
MAPPING_FILE ` + file + `: entry 1 (my:kpp) value: unexpected EOF at the end`},
		{"both files, all of it", func(c *config.Worker) { c.MappingFile, c.ReportTypesFile = none, types },
			`MAPPING_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory
REPORT_TYPES_FILE ` + types + `: type 1 (a) source 1 (kontur.req) needs: "inn" is not allowed; allowed: nothing with the method req: it gives the others INN and OGRN`},
		{"callers without a hash", func(c *config.Worker) { c.ReportsCallersFile = callers },
			`REPORTS_CALLERS_FILE ` + callers + `: caller 1 passwordHash: "***" is not allowed; allowed: the base64 of the MD5 of the password, 24 characters: printf %s "$password" | openssl dgst -md5 -binary | base64`},
		{"no certificate", func(c *config.Worker) { c.ReportsTLSCertFile, c.ReportsTLSKeyFile = none, types },
			`REPORTS_TLS_CERT_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory`},
		{"no key of it", func(c *config.Worker) { c.ReportsTLSCertFile, c.ReportsTLSKeyFile = types, none },
			`REPORTS_TLS_KEY_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory`},
		{"a certificate that is none", func(c *config.Worker) { c.ReportsTLSCertFile, c.ReportsTLSKeyFile = types, types },
			`REPORTS_TLS_CERT_FILE: "` + types + `" is not allowed; allowed: a certificate in PEM, and its key in REPORTS_TLS_KEY_FILE; tls: failed to find any PEM data in certificate input`},
		{"no callers", func(c *config.Worker) { c.ReportsCallersFile = none },
			`REPORTS_CALLERS_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory`},
		{"a key that is none", func(c *config.Worker) { c.KonturKey = secret.New("a b") },
			`KONTUR_KEY: "***" is not allowed; allowed: a key without spaces and line breaks`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := settings()
			tt.give(&c)
			_, err := outside.Open(c, outside.Observers{})
			require.True(t, invalid.Is(err))
			require.EqualError(t, err, tt.want)
		})
	}
}
