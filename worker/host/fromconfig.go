package host

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
)

// FromConfig makes what a worker needs from its settings. It talks to nobody. Wrong settings, the content of the
// files of mapping and report types among them, come back as invalid.Errors.
func FromConfig(c config.Worker, temporal client.Client, metrics *Metrics, log *zap.Logger) (Options, error) {
	o := Options{
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
	}
	var err error
	var problems invalid.List
	o.Mapping, err = fileOf("MAPPING_FILE", c.MappingFile, mapping.Default, mapping.Load)
	problems.Join(err)
	o.ReportTypes, err = fileOf("REPORT_TYPES_FILE", c.ReportTypesFile, report.DefaultTypes, report.LoadTypes)
	problems.Join(err)
	if err := problems.Err(); err != nil {
		return Options{}, err
	}
	o.Webhooks = webhook.New(webhook.Options{Hosts: c.ReportsWebhookHosts, PlainHTTP: c.ReportsWebhookHTTP, Secret: c.ReportsWebhookSecret})
	o.Alfresco, err = alfresco.New(alfresco.Options{
		BaseURL:     c.AlfrescoURL,
		User:        c.AlfrescoUser,
		Password:    c.AlfrescoPassword,
		Auth:        alfresco.Auth(c.AlfrescoAuth),
		API:         alfresco.API(c.AlfrescoAPI),
		Concurrency: c.AlfrescoConcurrency,
		Observe:     metrics.ObserveAlfresco,
	})
	if err != nil {
		return Options{}, err
	}
	o.Kontur, err = kontur.New(kontur.Options{
		BaseURL:           c.KonturURL,
		Key:               c.KonturKey,
		RequestsPerSecond: c.KonturRequestsPerSecond,
		Concurrency:       c.KonturConcurrency,
		ReportPercent:     c.ReportsPercent,
		MonitoringDate:    kontur.MonitoringDate(c.KonturMonitoringDate),
		Observe:           metrics.ObserveKontur,
	})
	return o, asSettings(err)
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

// fileOf reads the file that a setting names, or takes what is built in. What is wrong with the file comes as
// invalid.Errors, each line with its name.
func fileOf[T any](setting, file string, builtIn func() (T, error), load func(string) (T, error)) (T, error) {
	if file == "" {
		return builtIn()
	}
	loaded, err := load(file)
	var l invalid.List
	var path *fs.PathError
	var problems invalid.Errors
	switch {
	case err == nil:
		return loaded, nil
	case errors.As(err, &problems):
		for _, problem := range problems {
			l.Join(fmt.Errorf("%s %s: %w", setting, file, problem))
		}
	case errors.As(err, &path):
		l.Add(setting, file, "a file that can be read; "+path.Err.Error())
	default:
		l.Add(setting, file, "a file that can be read; "+err.Error())
	}
	return loaded, l.Err()
}

// settingNames are the settings behind the options of kontur.New.
var settingNames = map[string]string{
	"BaseURL": "KONTUR_URL", "Key": "KONTUR_KEY", "RequestsPerSecond": "KONTUR_RPS", "Concurrency": "KONTUR_CONCURRENCY",
	"ReportPercent": "REPORTS_SHARE",
}

// asSettings gives the fields of invalid options the names that the user knows.
func asSettings(err error) error {
	var problems invalid.Errors
	if !errors.As(err, &problems) {
		return err
	}
	var l invalid.List
	for _, problem := range problems {
		var field *invalid.Field
		if errors.As(problem, &field) {
			problem = &invalid.Field{Name: cmp.Or(settingNames[field.Name], field.Name), Value: field.Value, Allowed: field.Allowed}
		}
		l.Join(problem)
	}
	return l.Err()
}
