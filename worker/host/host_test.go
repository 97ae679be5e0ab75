package host

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/outside"
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
	o.World = outside.World{}
	o.AlfrescoPassword, o.KonturKey = secret.Value{}, secret.Value{} // which nothing can compare
	want := settings()
	want.AlfrescoPassword, want.KonturKey = secret.Value{}, secret.Value{}
	require.Equal(t, Options{Worker: want, Temporal: temporal, Metrics: metrics, Log: log}, o)
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
			require.Equal(t, tt.want, deploymentOf(o.Worker))
		})
	}
}
