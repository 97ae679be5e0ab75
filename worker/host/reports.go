package host

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/inbound"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

// reportsLimits keep one caller from holding the listener up. Write outlasts the time that an answer may take to be found.
var reportsLimits = inbound.Limits{
	Connections: 128, Read: 15 * time.Second, Write: 45 * time.Second, Idle: 2 * time.Minute, HeaderBytes: 16 << 10,
}

// reportsStopTimeout bounds what answers under way may take when the worker stops.
const reportsStopTimeout = 5 * time.Second

// serveReports answers for reports until ctx ends; then answers under way are finished, and wait returns. Without an
// address it does nothing.
func serveReports(ctx context.Context, o Options) (wait func(), err error) {
	if o.ReportsAddr == "" {
		return func() {}, nil
	}
	handler := promhttp.InstrumentHandlerDuration(o.Metrics.requests, api.New(api.Options{
		Reports: api.Bound(
			&desk.Client{Temporal: o.Temporal, TaskQueue: o.TaskQueue, Now: time.Now, Types: o.ReportTypes}, o.ReportsMaxRunning, time.Now),
		Syncs:        composition.Reader{Temporal: o.Temporal},
		Types:        o.ReportTypes.List,
		Token:        o.ReportsToken,
		Callers:      func() *callers.Callers { return o.Callers.Current(o.Log) },
		Rates:        api.Rates{All: o.ReportsRate, Each: o.ReportsCallerRate},
		Quotas:       balancesOf(o).quotas,
		Dialect:      sourcestate.Dialect(o.ReportsDialect),
		CheckWebhook: o.Webhooks.Check,
		Refused:      func(reason string) { o.Metrics.refusals.WithLabelValues(reason).Inc() },
		Now:          time.Now,
		Log:          o.Log,
	}))
	if o.Certificate != nil {
		o.Certificate.Current(o.Log) // so that its end is said before somebody connects
	}
	server, err := serve(o, "REPORTS_ADDR", o.ReportsAddr, handler, reportsLimits, o.Certificate.Getter(o.Log), func(err error) {
		o.Log.Error("reports are no longer served", zap.Error(err))
	})
	if err != nil {
		return nil, err
	}
	o.Log.Info("reports are served", zap.String("address", server.Addr().String()), zap.Bool("tls", o.Certificate != nil))
	stopped := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(stopped)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportsStopTimeout)
		defer cancel()
		server.Shutdown(ctx)
	})
	return func() { <-stopped }, nil
}
