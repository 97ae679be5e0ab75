package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/secret"
)

// settings are those of a worker, as internal/config gives them.
func settings() config.Worker {
	return config.Worker{
		TaskQueue: "queue", AlfrescoURL: "http://127.0.0.1:1/alfresco", AlfrescoUser: "sync", AlfrescoPassword: secret.New("p"), AlfrescoAuth: "ticket",
		AlfrescoAPI: "rest", AlfrescoConcurrency: 8, KonturURL: "http://127.0.0.1:1", KonturKey: secret.New("k"), KonturRequestsPerSecond: 2.5,
		KonturConcurrency: 3, HTTPAddr: "127.0.0.1:0", StopTimeout: time.Minute,
		MetricsSyncsInterval: time.Second, AuditValues: true, MetricsQuotaInterval: time.Hour,
		ReportsPercent: 25, ReportsMaxRunning: 7, ReportsQuotaReserve: "5%",
	}
}

func TestFromConfig(t *testing.T) {
	t.Parallel()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	temporal, log := mocks.NewClient(t), zap.NewNop()
	o, err := FromConfig(settings(), temporal, metrics, log)
	require.NoError(t, err)
	require.NotNil(t, o.Alfresco)
	require.NotNil(t, o.Kontur)
	require.Contains(t, o.Mapping.Attributes(), "idocs:kpp")
	require.Equal(t, []string{"requisites", "full"}, o.ReportTypes.IDs())
	require.NotNil(t, o.Webhooks)
	o.Alfresco, o.Kontur, o.Mapping, o.ReportTypes, o.Webhooks = nil, nil, nil, nil, nil
	require.Equal(t, Options{
		TaskQueue: "queue", Temporal: temporal, Metrics: metrics, KonturRPS: 2.5, KonturConcurrency: 3,
		HTTPAddr: "127.0.0.1:0", StopTimeout: time.Minute, SyncsInterval: time.Second, QuotaInterval: time.Hour, AuditValues: true, Log: log,
		ReportsMaxRunning: 7, ReportsQuotaReserve: "5%",
	}, o)
}

func TestFromConfigSpeaksTheAPIOfTheSettings(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]alfrescotest.Operation{"rest": alfrescotest.Search, "records": alfrescotest.Query} {
		server := alfrescotest.NewServer(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
		c := settings()
		c.AlfrescoURL, c.AlfrescoAuth, c.AlfrescoPassword, c.AlfrescoAPI = server.URL(), "basic", secret.New(alfrescotest.DefaultPassword), api
		metrics, err := NewMetrics()
		require.NoError(t, err)
		o, err := FromConfig(c, mocks.NewClient(t), metrics, zap.NewNop())
		require.NoError(t, err)
		_, err = o.Alfresco.NextPage(t.Context(), alfresco.PageRequest{NodeType: "idocs:contractor", Max: 1})
		require.NoError(t, err)
		require.Positive(t, server.Count(want), api)
	}
}

func TestFromConfigVersioning(t *testing.T) {
	t.Parallel()
	version := worker.WorkerDeploymentVersion{DeploymentName: "sync", BuildID: "7"}
	tests := []struct {
		name           string
		deployment, is string
		want           worker.DeploymentOptions
	}{
		{name: "off", is: config.Pinned},
		{"auto-upgrade", "sync", config.AutoUpgrade, worker.DeploymentOptions{UseVersioning: true, Version: version, DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade}},
		{"pinned", "sync", config.Pinned, worker.DeploymentOptions{UseVersioning: true, Version: version, DefaultVersioningBehavior: workflow.VersioningBehaviorPinned}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := settings()
			c.DeploymentName, c.BuildID, c.VersioningBehavior = tt.deployment, "7", tt.is
			metrics, err := NewMetrics()
			require.NoError(t, err)
			o, err := FromConfig(c, mocks.NewClient(t), metrics, zap.NewNop())
			require.NoError(t, err)
			require.Equal(t, tt.want, o.Deployment)
		})
	}
}

func TestFromConfigTakesAnotherMapping(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mapping.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"identity":{"inn":["my:inn"],"ogrn":["my:ogrn"],"kpp":["my:kpp"]},
		"attributes":[{"attribute":"my:kpp","source":"req","value":".UL.kpp","write":"always"}]}`), 0o600))
	c := settings()
	c.MappingFile = file
	metrics, err := NewMetrics()
	require.NoError(t, err)
	o, err := FromConfig(c, mocks.NewClient(t), metrics, zap.NewNop())
	require.NoError(t, err)
	require.Equal(t, []string{"my:kpp", "my:inn", "my:ogrn"}, o.Mapping.Attributes())
}

func TestFromConfigRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "mapping.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"identity":{"inn":["inn"],"ogrn":["my:ogrn"],"kpp":["my:kpp"]},"attributes":[
		{"attribute":"my:kpp","source":"req","value":".UL.","write":"always"}]}`), 0o600))
	types := filepath.Join(dir, "types.yaml")
	require.NoError(t, os.WriteFile(types, []byte("types: [{id: a, sources: [{id: kontur.req, method: req, needs: inn}]}]"), 0o600))
	none := filepath.Join(dir, "none.json")
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
REPORT_TYPES_FILE ` + types + `: type 1 (a) source 1 (kontur.req) needs: "inn" is not allowed; allowed: nothing with the method req: it is what tells the others INN and OGRN`},
		{"an address of Alfresco", func(c *config.Worker) { c.AlfrescoURL = "http://h/share" },
			`ALFRESCO_URL: "http://h/share" is not allowed; allowed: an http or https address up to and with /alfresco, without user and password`},
		{"options of Kontur.Focus, by the names of their settings", func(c *config.Worker) {
			c.KonturURL, c.KonturKey, c.KonturRequestsPerSecond, c.KonturConcurrency = "h", secret.New("a b"), -1, -1
		}, `KONTUR_URL: "h" is not allowed; allowed: http:// or https:// with a host, without user, query and fragment
KONTUR_KEY: "***" is not allowed; allowed: a key without spaces and line breaks
KONTUR_RPS: "-1" is not allowed; allowed: a number above 0
KONTUR_CONCURRENCY: "-1" is not allowed; allowed: a whole number of at least 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := settings()
			tt.give(&c)
			metrics, err := NewMetrics()
			require.NoError(t, err)
			_, err = FromConfig(c, mocks.NewClient(t), metrics, zap.NewNop())
			require.True(t, invalid.Is(err))
			require.EqualError(t, err, tt.want)
		})
	}
}
