package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/secret"
)

func TestReportsAreServedUntilTheWorkerStops(t *testing.T) {
	t.Parallel()
	const token = "t0ken-of-the-test"
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	temporal := mocks.NewClient(t)
	temporal.On("DescribeWorkflow", mock.Anything, "counterparty-report-full_0012345673@counterparty-sync", "").
		Return(nil, serviceerror.NewNotFound("none"))
	metrics, err := NewMetrics()
	require.NoError(t, err)
	core, logs := observer.New(zap.DebugLevel)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wait, err := serveReports(ctx, Options{
		Metrics: metrics,
		Worker:  config.Worker{ReportsAddr: "127.0.0.1:0", ReportsToken: secret.New(token), TaskQueue: "main"}, World: outside.World{ReportTypes: types}, Temporal: temporal, Log: zap.New(core),
	})
	require.NoError(t, err)
	address, ok := logs.FilterMessage("reports are served").All()[0].ContextMap()["address"].(string)
	require.True(t, ok)
	ask := func(path, authorization string) (int, string, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", authorization)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, "", err
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		return response.StatusCode, string(body), err
	}
	status, body, err := ask("/user/report_types", "Bearer "+token)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"uid":"requisites@counterparty-sync"`)
	status, body, err = ask("/b2b/api/v1/user/reports/full_0012345673%40counterparty-sync?_content=false", "AR-REST "+token)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"size":0`)
	status, _, err = ask("/user/report_types", "Bearer another-token")
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, status)
	for code, n := range map[string]int{"200": 2, "401": 1} {
		require.Contains(t, scrape(t, metrics), fmt.Sprintf("\ncounterparty_sync_report_requests_seconds_count{code=%q,method=\"get\"} %d", code, n))
	}
	for reason, n := range map[string]int{"none": 0, "malformed": 0, "wrong": 1, "untimely": 0} {
		require.Contains(t, scrape(t, metrics), fmt.Sprintf("\ncounterparty_sync_report_refusals_total{reason=%q} %d", reason, n))
	}

	cancel()
	wait()
	_, _, err = ask("/user/report_types", "Bearer "+token)
	require.Error(t, err)
	require.Empty(t, logs.FilterMessage("reports are no longer served").All())
}

func TestReportsAreOffWithoutAnAddress(t *testing.T) {
	t.Parallel()
	wait, err := serveReports(t.Context(), Options{})
	require.NoError(t, err)
	wait()
}

func TestReportsNeedAFreeAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	metrics, err := NewMetrics()
	require.NoError(t, err)
	address := taken.Addr().String()
	_, err = serveReports(t.Context(), Options{Metrics: metrics, Worker: config.Worker{ReportsAddr: address}, World: outside.World{ReportTypes: types}, Log: zap.NewNop()})
	require.ErrorContains(t, err, "listen on REPORTS_ADDR "+address)
}
