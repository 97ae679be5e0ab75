package host

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"

	"counterparty-sync/internal/config"
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
			h := &health{temporal: newLiveness(c)}
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
	taken := listenFails(t, Options{Worker: config.Worker{HTTPAddr: address}, Metrics: metrics, Log: zap.NewNop()})
	require.ErrorContains(t, taken, "listen on HTTP_ADDR "+address)
	require.NoError(t, free.Close())

	h, err := listen(Options{Worker: config.Worker{HTTPAddr: address}, Metrics: metrics, Log: zap.NewNop(), Temporal: mocks.NewClient(t)})
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

// Idle connections, however many, take no more descriptors than the cap allows, and never a probe's place.
func TestIdleConnectionsDontCrowdProbesOut(t *testing.T) {
	t.Parallel()
	const idle = 420
	metrics, err := NewMetrics()
	require.NoError(t, err)
	address := freeAddress(t)
	h, err := listen(Options{Worker: config.Worker{HTTPAddr: address}, Metrics: metrics, Log: zap.NewNop(), Temporal: mocks.NewClient(t)})
	require.NoError(t, err)
	defer h.close()
	var answers []*bufio.Reader
	for range idle {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer c.Close()
		_, err = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: worker\r\n\r\n")
		require.NoError(t, err)
		reader := bufio.NewReader(c)
		answer, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		answers = append(answers, reader)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/healthz", nil)
	require.NoError(t, err)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	// There is nothing more to read but the end, when the worker has closed the connection.
	closed := make(chan struct{}, idle)
	for _, answer := range answers {
		go func() {
			if _, err := answer.ReadByte(); errors.Is(err, io.EOF) {
				closed <- struct{}{}
			}
		}()
	}
	for n := range idle - healthLimits.Connections {
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			require.FailNow(t, "too many connections are open", "%d of %d were closed", n, idle)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	return free.Addr().String()
}

func listenFails(t *testing.T, o Options) error {
	t.Helper()
	_, err := listen(o)
	return err
}
