package host

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/report/api"
)

// Metrics are the process's Prometheus metrics: the SDK's own, those of the calls to Alfresco and Kontur.Focus, those of
// what the activities did, and views on state that all workers share. docs/monitoring.md lists them.
type Metrics struct {
	registry   *prometheus.Registry
	provider   *sdkmetric.MeterProvider
	build      *prometheus.GaugeVec
	calls      *prometheus.HistogramVec
	waits      *prometheus.HistogramVec
	ids        *prometheus.CounterVec
	odd        *prometheus.CounterVec
	requests   *prometheus.HistogramVec
	refusals   *prometheus.CounterVec
	viewErrors *prometheus.CounterVec

	activities *activityMetrics
	syncs      *syncMetrics
	backlog    *backlogMetrics
	quota      *quotaMetrics
}

// NewMetrics makes a registry of its own, so that several workers may live in one process.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	// Scope and target would only lengthen each series.
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("make the metrics exporter: %w", err)
	}
	m := &Metrics{
		registry: registry,
		provider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithView(inSeconds())),
		build: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "counterparty_sync_build_info",
			Help: "Always 1; the labels say which build runs.",
		}, []string{"version", "go_version"}),
		// From a search on the local network to the time-out of a large answer.
		calls: histogram("calls_seconds", "Calls to outside systems by operation and HTTP status; status 0 means that there was no answer. key names the key of Kontur.Focus; it is empty for that of KONTUR_KEY, and for Alfresco.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "system", "key", "operation", "status"),
		// From no wait at all to what some hundred others before it take at five a second.
		waits: histogram("kontur_wait_seconds", "How long calls to Kontur.Focus waited in line in the worker, those of passes and those of reports.",
			[]float64{.05, .25, 1, 2.5, 5, 10, 30, 60, 300}, "key", "class"),
		ids: counter("kontur_ids_total", "Identifiers that Kontur.Focus was asked about, which is what it may bill.", "key"),
		odd: counter("kontur_anomalies_total",
			"Answers of Kontur.Focus that break its contract: dropped counts items that were not asked for, none_usable counts batches of well-formed identifiers that it calls unusable.", "key", "kind"),
		// A report is read in milliseconds; some answers wait for Temporal, 30 s at most.
		requests: histogram("report_requests_seconds", "Requests for reports that REPORTS_ADDR answered, by method and HTTP status.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "method", "code"),
		refusals:   counter("report_refusals_total", "Requests for reports without the right token, by what they showed: none, malformed, wrong or untimely.", "reason"),
		viewErrors: counter("view_errors_total", "Reads that failed: syncs and backlog from Temporal, quota from Kontur.Focus.", "of"),

		activities: newActivityMetrics(registry), syncs: newSyncMetrics(time.Now), backlog: newBacklogMetrics(), quota: newQuotaMetrics(),
	}
	m.ids.WithLabelValues("")
	for _, reason := range api.Reasons() {
		m.refusals.WithLabelValues(reason)
	}
	for _, of := range []string{ofSyncs, ofBacklog, ofQuota} {
		m.viewErrors.WithLabelValues(of)
	}
	registry.MustRegister(m.build, m.calls, m.waits, m.ids, m.odd, m.requests, m.refusals, m.viewErrors, m.syncs, m.backlog, m.quota)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m, nil
}

// counter declares a counter of this program.
func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "counterparty_sync_" + name, Help: help}, labels)
}

// histogram declares a histogram of this program, with these buckets.
func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "counterparty_sync_" + name, Help: help, Buckets: buckets}, labels)
}

// inSeconds gives the SDK's latencies buckets for seconds, from an answer of Temporal to a pass of a day. OpenTelemetry's
// own begin at 5, for milliseconds: nearly all would fall into the first.
func inSeconds() sdkmetric.View {
	return sdkmetric.NewView(sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram}, sdkmetric.Stream{
		Aggregation: sdkmetric.AggregationExplicitBucketHistogram{
			Boundaries: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 4 * 3600, 24 * 3600},
		},
	})
}

// maxScrapes is how many may read the metrics at once; others get 503. Slow readers don't crowd probes out this way.
const maxScrapes = 4

// handler serves /metrics.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: maxScrapes})
}

// Temporal is the handler for the SDK's metrics.
func (m *Metrics) Temporal() client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: m.provider.Meter("temporal-sdk-go"),
		// A metric that can't be made must not take the worker down.
		OnError:              func(error) {},
		UseMonotonicCounters: true,
	})
}

// ObserveAlfresco counts a call of Alfresco.
func (m *Metrics) ObserveAlfresco(call alfresco.Call) {
	m.calls.WithLabelValues("alfresco", "", call.Operation, strconv.Itoa(call.Status)).Observe(call.Duration.Seconds())
}

// ObserveKontur counts a call of Kontur.Focus.
func (m *Metrics) ObserveKontur(call kontur.Call) {
	m.calls.WithLabelValues("kontur", call.Key, call.Method, strconv.Itoa(call.Status)).Observe(call.Duration.Seconds())
	m.waits.WithLabelValues(call.Key, call.Class.String()).Observe(call.Waited.Seconds())
	m.ids.WithLabelValues(call.Key).Add(float64(call.IDs))
	if call.Dropped > 0 {
		m.odd.WithLabelValues(call.Key, "dropped").Add(float64(call.Dropped))
	}
	if call.NoneUsable {
		m.odd.WithLabelValues(call.Key, "none_usable").Inc()
	}
}

// built shows which build runs.
func (m *Metrics) built(version string) {
	m.build.WithLabelValues(cmp.Or(version, "unknown"), runtime.Version()).Set(1)
}
