package host

import (
	"fmt"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
)

// FromConfig makes what a worker needs from its settings. It talks to nobody.
func FromConfig(c config.Worker, temporal client.Client, metrics *Metrics, log *zap.Logger) (Options, error) {
	o := Options{
		TaskQueue:         c.TaskQueue,
		Temporal:          temporal,
		Metrics:           metrics,
		KonturRPS:         c.KonturRequestsPerSecond,
		KonturConcurrency: c.KonturConcurrency,
		HTTPAddr:          c.HTTPAddr,
		StopTimeout:       c.StopTimeout,
		Log:               log,
	}
	var err error
	if o.Mapping, err = mappingOf(c.MappingFile); err != nil {
		return Options{}, err
	}
	o.Alfresco, err = alfresco.New(alfresco.Options{
		BaseURL:     c.AlfrescoURL,
		User:        c.AlfrescoUser,
		Password:    c.AlfrescoPassword,
		Auth:        alfresco.Auth(c.AlfrescoAuth),
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
		Observe:           metrics.ObserveKontur,
	})
	return o, err
}

func mappingOf(file string) (*mapping.Mapping, error) {
	if file == "" {
		return mapping.Default()
	}
	m, err := mapping.Load(file)
	if err != nil {
		return nil, fmt.Errorf("MAPPING_FILE: %w", err)
	}
	return m, nil
}
