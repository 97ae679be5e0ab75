package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/syncs"
)

// documentOf parses a document, and is its dialect and the states of its sources.
func documentOf(t *testing.T, text string) (sourcestate.Dialect, map[string]sourcestate.State) {
	t.Helper()
	parsed, err := sourcestatetest.Parse([]byte(text))
	require.NoError(t, err, text)
	require.Empty(t, parsed.Remarks)
	read, err := parsed.Report()
	require.NoError(t, err)
	all := map[string]sourcestate.State{}
	for _, source := range read.Sources() {
		all[source.ID] = source.State
	}
	return parsed.Dialect, all
}

// Before a pass, while one waits, without a worker and after it; by the starter and over HTTP, in both dialects.
func TestCompositionOfAPassIsAlwaysThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(20)
	address := rig.FreeAddress(t)
	worker := s.startWorker(map[string]string{"REPORTS_ADDR": address, "REPORTS_TOKEN": "token-of-an-e2e-test"})
	s.untilLogged(workerStarted)
	overHTTP := func(path string) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/user/syncs/"+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer token-of-an-e2e-test")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode)
		return bodyOf(t, response)
	}
	require.Contains(t, overHTTP(s.id), `"size":0`, "there is no such sync yet")

	s.apply("retryDelays: [1h]")
	waiting := map[string]sourcestate.State{"alfresco.read": sourcestate.Waiting, "kontur.req": sourcestate.Waiting, "alfresco.write": sourcestate.Waiting}
	never := s.must("", "status", s.id, "--sources", "-o", "json")
	require.Contains(t, never, `"pass":null,"note":"no pass has started yet"`)
	_, states := documentOf(t, never)
	require.Equal(t, waiting, states)
	_, states = documentOf(t, overHTTP(s.id+"@counterparty-sync"))
	require.Equal(t, waiting, states)

	heal := s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: "Service Unavailable"})
	s.must("", "trigger", s.id)
	p := s.until("RETRY_WAITING", func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting }).Pass
	delayed := func(text string, dialect sourcestate.Dialect) {
		got, states := documentOf(t, text)
		require.Equal(t, dialect, got)
		require.Equal(t, sourcestate.Delayed, states["kontur.req"])
		require.Contains(t, text, `"pass":{"uid":"`+p.WorkflowID+`","status":"RETRY_WAITING"`)
	}
	delayed(overHTTP(s.id), sourcestate.EntityDialect)
	delayed(overHTTP(s.id+"?_dialect=vehicle"), sourcestate.VehicleDialect)
	worker.Kill()
	delayed(s.must("", "status", s.id, "--sources", "-o", "json"), sourcestate.EntityDialect)
	delayed(s.must("", "status", s.id, "--sources", "-o", "json", "--dialect", "vehicle"), sourcestate.VehicleDialect)
	require.Regexp(t, `kontur.req +DELAYED +.*503`, s.must("", "status", s.id, "--sources"))

	heal()
	s.startWorker() // which wakes the pass
	s.until("its end", finished)
	_, states = documentOf(t, s.must("", "status", s.id, "--sources", "-o", "json"))
	require.Equal(t, map[string]sourcestate.State{"alfresco.read": sourcestate.Answered, "kontur.req": sourcestate.Answered, "alfresco.write": sourcestate.Answered}, states)
}
