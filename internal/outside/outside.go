// Package outside opens what a worker works with besides Temporal, by its settings: the clients of Alfresco, Kontur.Focus
// and webhooks, the mapping and the report types. Worker and starter both come this way, so that a command sees what a
// worker sees. It sends nothing: whether the other side answers is the business of package preflight.
package outside

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/certificate"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/webhook"
)

// World is what lies outside.
type World struct {
	Alfresco *alfresco.Client
	Kontur   *kontur.Client
	// ByKey are the clients of the further keys of Kontur.Focus, each with its own rate and slots.
	ByKey map[pass.KeyName]*kontur.Client
	// Webhooks calls other systems about reports.
	Webhooks *webhook.Client
	Mapping  *mapping.Mapping
	// ReportTypes are the types of reports that can be made.
	ReportTypes *report.Types
	// Callers are those with tokens of their own; nil: none.
	Callers *callers.File
	// Certificate is the one that reports are served with; nil: over plain HTTP.
	Certificate *certificate.Pair
}

// Observers see requests, from several goroutines at once; nil ones do not.
type Observers struct {
	// Alfresco and Kontur are called after each request.
	Alfresco func(alfresco.Call)
	Kontur   func(kontur.Call)
	// WrapAlfresco and WrapKontur stand between a client and the network: see the clients' options.
	WrapAlfresco, WrapKontur func(http.RoundTripper) http.RoundTripper
}

// Open opens it by valid settings. What is wrong with the files that they name comes back as invalid.Errors.
func Open(c config.Worker, observe Observers) (World, error) {
	w := World{Webhooks: webhook.New(webhook.Options{Hosts: c.ReportsWebhookHosts, PlainHTTP: c.ReportsWebhookHTTP, Secret: c.ReportsWebhookSecret})}
	var err error
	var problems invalid.List
	w.Mapping, err = fileOf("MAPPING_FILE", c.MappingFile, mapping.Default, mapping.Load)
	problems.Join(err)
	w.ReportTypes, err = fileOf("REPORT_TYPES_FILE", c.ReportTypesFile, report.DefaultTypes, report.LoadTypes)
	problems.Join(err)
	w.Callers, err = fileOf("REPORTS_CALLERS_FILE", c.ReportsCallersFile, noCallers, callers.Open)
	problems.Join(err)
	w.Certificate, err = openCertificate(c.ReportsTLSCertFile, c.ReportsTLSKeyFile)
	problems.Join(err)
	if err := problems.Err(); err != nil {
		return World{}, err
	}
	w.Alfresco, err = alfresco.New(alfresco.Options{
		BaseURL:     c.AlfrescoURL,
		User:        c.AlfrescoUser,
		Password:    c.AlfrescoPassword,
		Auth:        alfresco.Auth(c.AlfrescoAuth),
		API:         alfresco.API(c.AlfrescoAPI),
		Languages:   c.AlfrescoLanguages,
		Concurrency: c.AlfrescoConcurrency,
		Wrap:        observe.WrapAlfresco,
		Observe:     observe.Alfresco,
	})
	if err != nil {
		return World{}, err
	}
	w.ByKey = map[pass.KeyName]*kontur.Client{}
	for _, key := range c.AllKonturKeys() {
		client, err := kontur.New(kontur.Options{
			BaseURL:           c.KonturURL,
			Key:               key.Key,
			Name:              string(key.Name),
			RequestsPerSecond: key.RequestsPerSecond,
			Concurrency:       key.Concurrency,
			ReportPercent:     c.ReportsPercent,
			MonitoringDate:    kontur.MonitoringDate(c.KonturMonitoringDate),
			Wrap:              observe.WrapKontur,
			Observe:           observe.Kontur,
		})
		problems.Join(err)
		if key.Name == "" {
			w.Kontur = client
		} else {
			w.ByKey[key.Name] = client
		}
	}
	if err := problems.Err(); err != nil {
		return World{}, err
	}
	return w, nil
}

// KonturOf is the client that asks with a key; without a name it is that of KONTUR_KEY. The error is that there is none:
// key.HintMissing says what to do.
func (w World) KonturOf(key pass.KeyName) (*kontur.Client, error) {
	if key == "" {
		return w.Kontur, nil
	}
	client, ok := w.ByKey[key]
	if !ok {
		return nil, fmt.Errorf("there is no key %s of Kontur.Focus here", key.Shown())
	}
	return client, nil
}

func noCallers() (*callers.File, error) { return nil, nil }

// openCertificate names the setting whose file can't be used.
func openCertificate(certFile, keyFile string) (*certificate.Pair, error) {
	if certFile == "" {
		return nil, nil
	}
	pair, err := certificate.Open(certFile, keyFile)
	path, unreadable := errors.AsType[*fs.PathError](err)
	var l invalid.List
	switch {
	case unreadable && path.Path == keyFile:
		l.Add("REPORTS_TLS_KEY_FILE", keyFile, "a file that can be read; "+path.Err.Error())
	case unreadable:
		l.Add("REPORTS_TLS_CERT_FILE", certFile, "a file that can be read; "+path.Err.Error())
	case err != nil:
		l.Add("REPORTS_TLS_CERT_FILE", certFile, "a certificate in PEM, and its key in REPORTS_TLS_KEY_FILE; "+err.Error())
	}
	return pair, l.Err()
}

// fileOf reads the file that a setting names, or takes what is built in. What is wrong with the file comes as
// invalid.Errors, each line with its name.
func fileOf[T any](setting, file string, builtIn func() (T, error), load func(string) (T, error)) (T, error) {
	if file == "" {
		return builtIn()
	}
	loaded, err := load(file)
	if err == nil {
		return loaded, nil
	}
	var l invalid.List
	problems, readable := errors.AsType[invalid.Errors](err)
	if !readable {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err
		}
		l.Add(setting, file, "a file that can be read; "+err.Error())
	}
	for _, problem := range problems {
		l.Join(fmt.Errorf("%s %s: %w", setting, file, problem))
	}
	return loaded, l.Err()
}
