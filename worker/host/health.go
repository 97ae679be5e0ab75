package host

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/inbound"
)

// healthLimits are for probes and a Prometheus or two, on a port without a login.
var healthLimits = inbound.Limits{
	Connections: 64, Read: 5 * time.Second, Write: 10 * time.Second, Idle: time.Minute, HeaderBytes: 16 << 10,
}

// health answers probes and serves metrics.
type health struct {
	server   *inbound.Server
	temporal *liveness
	started  atomic.Bool
}

func listen(o Options) (*health, error) {
	h := &health{temporal: newLiveness(o.Temporal)}
	if o.HTTPAddr == "" {
		return h, nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.live)
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", o.Metrics.handler())
	var err error
	h.server, err = serve(o, "HTTP_ADDR", o.HTTPAddr, mux, healthLimits, nil, func(err error) {
		o.Log.Error("health and metrics are no longer served", zap.Error(err))
	})
	return h, err
}

// serve listens on the address of a setting and serves what comes, over TLS with a certificate, until the server is closed; lost is called if it can't go on.
func serve(o Options, setting, address string, handler http.Handler, limits inbound.Limits, certificate inbound.Certificate, lost func(error)) (*inbound.Server, error) {
	// What goes wrong with connections is the callers' and their networks' business.
	errorLog, err := zap.NewStdLogAt(o.Log, zap.DebugLevel)
	if err != nil {
		return nil, fmt.Errorf("make the log of %s: %w", setting, err)
	}
	server, err := inbound.Listen(address, handler, limits, certificate, errorLog)
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", setting, address, err)
	}
	go func() {
		if err := server.Serve(); err != nil {
			lost(err)
		}
	}()
	return server, nil
}

func (h *health) close() {
	if h.server != nil {
		_ = h.server.Close()
	}
}

// live answers while the process can answer at all.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintln(w, "ok")
}

// ready answers 200 while the worker polls and Temporal answers. Trouble at Alfresco or Kontur.Focus does not count: the
// passes wait it out, and a restart would not mend it.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if !h.started.Load() {
		http.Error(w, "the worker is not started", http.StatusServiceUnavailable)
		return
	}
	if !h.temporal.answers(r.Context()) {
		http.Error(w, "Temporal does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}
