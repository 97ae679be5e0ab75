package host

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
)

// Metrics are the process's Prometheus metrics: the SDK's own and those of the calls to Alfresco and Kontur.Focus.
type Metrics struct {
	registry *prometheus.Registry
	provider *metric.MeterProvider
	calls    *prometheus.HistogramVec
	ids      prometheus.Counter
	odd      *prometheus.CounterVec
}

// NewMetrics makes a registry of its own, so that several workers may live in one process.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("make the metrics exporter: %w", err)
	}
	m := &Metrics{
		registry: registry,
		provider: metric.NewMeterProvider(metric.WithReader(exporter)),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "counterparty_sync_calls_seconds",
			Help: "Calls of outside systems by operation and HTTP status; status 0 means that there was no answer.",
			// From a search on the local network to the time-out of a large answer.
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"system", "operation", "status"}),
		ids: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "counterparty_sync_kontur_ids_total",
			Help: "Identifiers that Kontur.Focus was asked about, which is what it may bill.",
		}),
	}
	m.odd = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "counterparty_sync_kontur_anomalies_total",
		Help: "Answers of Kontur.Focus that break its contract: dropped counts items that nobody asked for, none_usable batches of well-formed identifiers that it calls unusable.",
	}, []string{"kind"})
	registry.MustRegister(m.calls, m.ids, m.odd, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m, nil
}

// handler serves /metrics.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
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
	m.calls.WithLabelValues("alfresco", call.Operation, strconv.Itoa(call.Status)).Observe(call.Duration.Seconds())
}

// ObserveKontur counts a call of Kontur.Focus.
func (m *Metrics) ObserveKontur(call kontur.Call) {
	m.calls.WithLabelValues("kontur", call.Method, strconv.Itoa(call.Status)).Observe(call.Duration.Seconds())
	m.ids.Add(float64(call.IDs))
	if call.Dropped > 0 {
		m.odd.WithLabelValues("dropped").Add(float64(call.Dropped))
	}
	if call.NoneUsable {
		m.odd.WithLabelValues("none_usable").Inc()
	}
}
