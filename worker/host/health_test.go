package host

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
)

func TestReady(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		started bool
		err     error
		status  int
		body    string
	}{
		{"not started", false, nil, http.StatusServiceUnavailable, "the worker is not started\n"},
		{"Temporal down", true, errors.New("connection refused"), http.StatusServiceUnavailable, "Temporal does not answer\n"},
		{"ready", true, nil, http.StatusOK, "ok\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mocks.NewClient(t)
			if tt.started {
				c.On("CheckHealth", mock.Anything, mock.Anything).Once().Return(&client.CheckHealthResponse{}, tt.err)
			}
			h := &health{temporal: c}
			h.started.Store(tt.started)
			recorder := httptest.NewRecorder()
			h.ready(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
			require.Equal(t, tt.status, recorder.Code)
			require.Equal(t, tt.body, recorder.Body.String())

			recorder = httptest.NewRecorder()
			h.live(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
			require.Equal(t, http.StatusOK, recorder.Code, "it is alive whatever others do")
		})
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	taken := listenFails(t, Options{HTTPAddr: address, Metrics: metrics, Log: zap.NewNop()})
	require.ErrorContains(t, taken, "listen on HTTP_ADDR "+address)
	require.NoError(t, free.Close())

	h, err := listen(Options{HTTPAddr: address, Metrics: metrics, Log: zap.NewNop(), Temporal: mocks.NewClient(t)})
	require.NoError(t, err)
	defer h.close()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/metrics": 200, "/": 404, "/debug/pprof/": 404} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode, path)
	}

	off, err := listen(Options{Metrics: metrics, Log: zap.NewNop()})
	require.NoError(t, err)
	off.close()
}

func listenFails(t *testing.T, o Options) error {
	t.Helper()
	_, err := listen(o)
	return err
}
