package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthcheckAsksTheWorker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		answer         http.HandlerFunc
		status         int
		stdout, stderr string
	}{
		{"ready", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }, 0, "ready\n", ""},
		{"not ready", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Temporal does not answer", http.StatusServiceUnavailable)
		}, 1, "", "not ready: Temporal does not answer\n"},
		{"someone else's long page", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("x", 10_000), http.StatusNotFound)
		}, 1, "", "not ready: " + strings.Repeat("x", maxAnswer) + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.HandleFunc("GET /readyz", tt.answer)
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			// A proxy that does not exist: it is not asked.
			env := settings(t, variables{"HTTP_ADDR": strings.TrimPrefix(server.URL, "http://"), "HTTP_PROXY": "http://127.0.0.1:1"})
			status, stdout, stderr := start(t.Context(), env, "--healthcheck")
			require.Equal(t, tt.stderr, stderr)
			require.Equal(t, tt.stdout, stdout)
			require.Equal(t, tt.status, status)
		})
	}
}

func TestHealthcheckSaysWhyItCannotAsk(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		give variables
		want string
	}{
		"nobody listens": {variables{"HTTP_ADDR": "127.0.0.1:1"}, "no worker answers: "},
		"off":            {variables{"HTTP_ADDR": "off"}, "HTTP_ADDR is off: this worker's health is not served\nhint: set HTTP_ADDR, or switch the check off\n"},
		"wrong settings": {variables{"KONTUR_RPS": "fast"}, `KONTUR_RPS: "fast" is not allowed; allowed: a number from 0.1 to 1000` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := start(t.Context(), settings(t, tt.give), "--healthcheck")
			require.Contains(t, stderr, tt.want)
			require.Equal(t, 1, status)
		})
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080",
		"127.0.0.1:9000": "127.0.0.1:9000", "worker.example:9000": "worker.example:9000",
	} {
		require.Equal(t, want, reachable(give), give)
	}
}
