package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
)

// healthTimeout bounds the question to Temporal that a readiness probe asks.
const healthTimeout = 2 * time.Second

// health answers probes and serves metrics.
type health struct {
	server   *http.Server
	temporal client.Client
	started  atomic.Bool
}

func listen(o Options) (*health, error) {
	h := &health{temporal: o.Temporal}
	if o.HTTPAddr == "" {
		return h, nil
	}
	listener, err := net.Listen("tcp", o.HTTPAddr)
	if err != nil {
		return nil, fmt.Errorf("listen on HTTP_ADDR %s: %w", o.HTTPAddr, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.live)
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", o.Metrics.handler())
	h.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("health and metrics are not served any more", zap.Error(err))
		}
	}()
	return h, nil
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
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	if _, err := h.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		http.Error(w, "Temporal does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}
