package host

import (
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/outside"
)

// FromConfig makes what a worker needs from its settings, see outside.Open. It sends nothing.
func FromConfig(c config.Worker, temporal client.Client, metrics *Metrics, log *zap.Logger) (Options, error) {
	world, err := outside.Open(c, outside.Observers{Alfresco: metrics.ObserveAlfresco, Kontur: metrics.ObserveKontur})
	if err != nil {
		return Options{}, err
	}
	return Options{
		World:               world,
		TaskQueue:           c.TaskQueue,
		Temporal:            temporal,
		Metrics:             metrics,
		KonturRPS:           c.KonturRequestsPerSecond,
		KonturConcurrency:   c.KonturConcurrency,
		HTTPAddr:            c.HTTPAddr,
		ReportsAddr:         c.ReportsAddr,
		ReportsToken:        c.ReportsToken,
		ReportsMaxRunning:   c.ReportsMaxRunning,
		ReportsQuotaReserve: c.ReportsQuotaReserve,
		StopTimeout:         c.StopTimeout,
		Deployment:          deploymentOf(c),
		SyncsInterval:       c.MetricsSyncsInterval,
		QuotaInterval:       c.MetricsQuotaInterval,
		AuditValues:         c.AuditValues,
		Log:                 log,
	}, nil
}

// deploymentOf turns worker versioning on if the settings name a deployment.
func deploymentOf(c config.Worker) worker.DeploymentOptions {
	if c.DeploymentName == "" {
		return worker.DeploymentOptions{}
	}
	behavior := workflow.VersioningBehaviorAutoUpgrade
	if c.VersioningBehavior == config.Pinned {
		behavior = workflow.VersioningBehaviorPinned
	}
	return worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: c.DeploymentName, BuildID: c.BuildID},
		DefaultVersioningBehavior: behavior,
	}
}
