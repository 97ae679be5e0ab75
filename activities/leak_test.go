package activities_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/encoding/protojson"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/secret"
)

// secrets are the key and the password in every form in which they go over the wire.
var secrets = []string{
	konturtest.DefaultKey, url.QueryEscape(konturtest.DefaultKey),
	alfrescotest.DefaultPassword, base64.StdEncoding.EncodeToString([]byte(alfrescotest.DefaultUser + ":" + alfrescotest.DefaultPassword)),
}

// history collects all that activities leave in a history: results, failures as Temporal marshals them, and heartbeats.
type history struct {
	mu   sync.Mutex
	text strings.Builder
}

// listen hears the heartbeats of a world's activities: those that go through the SDK tell nothing.
func (h *history) listen(w *world) {
	w.temporal = &heartbeats{take: func(told written) error { h.add(told); return nil }}
}

func (h *history) add(v any) {
	payload, err := converter.GetDefaultDataConverter().ToPayload(v)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.text.Write(payload.GetData())
	}
}

func (h *history) addError(t *testing.T, err error) {
	t.Helper()
	failure, marshalErr := protojson.Marshal(temporal.GetDefaultFailureConverter().ErrorToFailure(err))
	require.NoError(t, marshalErr)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(failure)
	h.text.WriteString(err.Error())
}

func TestNoSecretReachesAHistory(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]alfrescotest.Fault{
		"cut":                 {Cut: true},
		"unauthorized":        {Status: 401},
		"unauthorized page":   {Status: 401, HTML: true},
		"denied":              {Status: 403},
		"missing":             {Status: 404, HTML: true},
		"conflict":            {Status: 409},
		"paced":               {Status: 429, Header: map[string]string{"Retry-After": "1"}},
		"server error":        {Status: 500},
		"page":                {HTML: true},
		"no JSON":             {Body: "{"},
		"redirect":            {Status: 302, Header: map[string]string{"Location": "/elsewhere"}},
		"echo of the request": {Status: 500, Summary: "Authorization: Basic " + secrets[3]},
		"echo to a node":      {Status: 409, Summary: "user sync, password " + alfrescotest.DefaultPassword},
		"echo in a page":      {Status: 502, Body: "<html>Authorization: Basic " + secrets[3] + "</html>"},
	} {
		t.Run("Alfresco/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1), company(2))
			w.alfresco.Add(node(1, nil), node(2, nil))
			request := w.batch(t)
			var h history
			for _, op := range []alfrescotest.Operation{alfrescotest.Search, alfrescotest.Metadata, alfrescotest.Get, alfrescotest.Put} {
				f := fault
				f.Operation = op
				remove := w.alfresco.Inject(f)
				fetchAndUpdate(t, w, request, &h)
				remove()
			}
			h.requireClean(t, true)
		})
	}
	for name, fault := range map[string]konturtest.Fault{
		"cut":            {Trouble: konturtest.CutConnection},
		"cut body":       {Trouble: konturtest.CutBody},
		"garbage":        {Trouble: konturtest.Garbage},
		"page":           {Trouble: konturtest.HTMLPage},
		"half":           {Trouble: konturtest.TruncatedJSON},
		"no array":       {Trouble: konturtest.NotArray},
		"redirect":       {Trouble: konturtest.Redirect},
		"echo":           {Trouble: konturtest.EchoKey},
		"echo, denied":   {Trouble: konturtest.EchoKey, Status: 403},
		"echo, wrong":    {Trouble: konturtest.EchoKey, Status: 400},
		"paced":          {Status: 429, RetryAfter: "1"},
		"denied":         {Status: 403, Text: "No valid key specified"},
		"server error":   {Status: 500, Text: "key=" + konturtest.DefaultKey},
		"key in a word":  {Status: 404, Text: "<a href='/api3/req?inn=1&key=" + konturtest.DefaultKey + "'>"},
		"key in a quota": {Status: 402, Text: "quota of " + konturtest.DefaultKey + " is spent"},
	} {
		t.Run("Kontur/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1))
			w.kontur.Inject(fault)
			var h history
			query(t, w, &h)
			h.requireClean(t, true)
		})
	}
}

func TestNoSecretReachesAHistory_whenNobodyListens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.alfresco.Add(node(1, nil))
	request := w.batch(t)
	w.alfresco.Close()
	w.kontur.Close()
	var h history
	fetchAndUpdate(t, w, request, &h)
	query(t, w, &h)
	register, err := kontur.New(kontur.Options{BaseURL: "http://127.0.0.1:1", Key: secret.New(konturtest.DefaultKey), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	w.register = register
	query(t, w, &h)
	h.requireClean(t, true)
}

// What goes well leaves no secret either, and neither do heartbeats.
func TestNoSecretReachesAHistory_whenAllIsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1))
	w.alfresco.Add(node(1, nil))
	var h history
	query(t, w, &h)
	request := w.batch(t)
	first := w.update(t, request).Nodes
	h.listen(w)
	env := w.environment()
	env.SetHeartbeatDetails(announced(first))
	result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
	require.NoError(t, err)
	h.add(result)
	fetchAndUpdate(t, w, request, &h)
	require.Contains(t, h.text.String(), `{"changed":[`, "heartbeats are among it")
	h.requireClean(t, false)
}

func fetchAndUpdate(t *testing.T, w *world, request pass.DiffAndUpdateRequest, h *history) {
	t.Helper()
	record[pass.FetchBatchResult](t, w, h, string(pass.FetchBatch), w.fetchRequest())
	record[pass.DiffAndUpdateResult](t, w, h, string(pass.DiffAndUpdate), request)
}

func query(t *testing.T, w *world, h *history) {
	t.Helper()
	record[pass.QuerySourceResult](t, w, h, string(pass.QuerySource),
		pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: []string{konturtest.INN(1)}})
	record[report.AskResult](t, w, h, string(report.AskSource), report.AskRequest{
		Source: report.TypeSource{ID: "kontur.req", Method: "req"}, By: counterparty.INN, ID: konturtest.INN(1), MaxBytes: report.MaxContentBytes,
	})
}

func record[Result any](t *testing.T, w *world, h *history, name string, request any) {
	t.Helper()
	h.listen(w)
	env := w.environment()
	result, err := execute[Result](env, name, request)
	if err != nil {
		h.addError(t, err)
		return
	}
	h.add(result)
}

func (h *history) requireClean(t *testing.T, failed bool) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	text := h.text.String()
	if failed {
		require.Contains(t, text, "applicationFailureInfo", "something failed")
	}
	for _, s := range secrets {
		require.NotContains(t, text, s)
	}
}
