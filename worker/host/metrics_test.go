package host

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
)

// scrape is what Prometheus would read.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	return recorder.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics()
	require.NoError(t, err)
	m.ObserveAlfresco(alfresco.Call{Operation: "search", Status: 200, Duration: 20 * time.Millisecond})
	m.ObserveAlfresco(alfresco.Call{Operation: "search", Status: 200, Duration: 20 * time.Millisecond})
	m.ObserveAlfresco(alfresco.Call{Operation: "put", Status: 0, Duration: time.Second})
	m.ObserveKontur(kontur.Call{Method: "req", Status: 200, IDs: 100, Items: 99, Dropped: 3, Duration: 300 * time.Millisecond})
	m.ObserveKontur(kontur.Call{Method: "contacts", Status: 429, IDs: 50, NoneUsable: true, Duration: time.Minute + time.Second})
	m.Temporal().WithTags(map[string]string{"task_queue": "q"}).Counter("temporal_test_counter").Inc(2)
	text := scrape(t, m)
	for _, series := range []string{
		`counterparty_sync_calls_seconds_count{key="",operation="search",status="200",system="alfresco"} 2`,
		`counterparty_sync_calls_seconds_bucket{key="",operation="search",status="200",system="alfresco",le="0.01"} 0`,
		`counterparty_sync_calls_seconds_bucket{key="",operation="search",status="200",system="alfresco",le="0.025"} 2`,
		`counterparty_sync_calls_seconds_count{key="",operation="put",status="0",system="alfresco"} 1`,
		`counterparty_sync_calls_seconds_count{key="",operation="req",status="200",system="kontur"} 1`,
		`counterparty_sync_calls_seconds_sum{key="",operation="req",status="200",system="kontur"} 0.3`,
		`counterparty_sync_calls_seconds_bucket{key="",operation="contacts",status="429",system="kontur",le="60"} 0`,
		`counterparty_sync_calls_seconds_bucket{key="",operation="contacts",status="429",system="kontur",le="+Inf"} 1`,
		`counterparty_sync_kontur_ids_total{key=""} 150`,
		`counterparty_sync_kontur_anomalies_total{key="",kind="dropped"} 3`,
		`counterparty_sync_kontur_anomalies_total{key="",kind="none_usable"} 1`,
		"go_goroutines ",
	} {
		require.Contains(t, text, "\n"+series)
	}
	require.Regexp(t, `(?m)^temporal_test_counter(_total)?\{.*task_queue="q".*\} 2$`, text)
}

func TestLatenciesOfTheSDKAreToldInSeconds(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics()
	require.NoError(t, err)
	timer := m.Temporal().WithTags(map[string]string{"operation": "x"}).Timer("temporal_test_latency")
	timer.Record(40 * time.Millisecond)
	timer.Record(2 * time.Hour)
	text := scrape(t, m)
	for _, series := range []string{
		`{operation="x",le="0.025"} 0`, `{operation="x",le="0.1"} 1`, `{operation="x",le="3600"} 1`, `{operation="x",le="14400"} 2`,
	} {
		require.Contains(t, text, "\ntemporal_test_latency_seconds_bucket"+series)
	}
}

func TestTwoMetricsInOneProcessAreApart(t *testing.T) {
	t.Parallel()
	first, err := NewMetrics()
	require.NoError(t, err)
	second, err := NewMetrics()
	require.NoError(t, err)
	first.ObserveKontur(kontur.Call{Method: "req", Status: 200, IDs: 7})
	require.Contains(t, scrape(t, first), "\ncounterparty_sync_kontur_ids_total{key=\"\"} 7")
	require.Contains(t, scrape(t, second), "\ncounterparty_sync_kontur_ids_total{key=\"\"} 0")
}
