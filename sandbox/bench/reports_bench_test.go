package bench

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/sandbox/temporalserver"
)

// The setting of BenchmarkReports: the full type has seven sources.
const (
	reportCount       = 500
	reportSources     = 7
	reportsRate       = 50 // requests a second, ten times the default
	reportConcurrency = 8
)

// BenchmarkReports starts many reports at once and measures until all are complete, against the time that the rate
// limit of Kontur.Focus alone would take.
func BenchmarkReports(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		server, err := temporalserver.Start(b.Context(), temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName())})
		require.NoError(b, err)
		kontur := konturtest.NewServer(b, konturtest.WithMaxInFlight(reportConcurrency))
		for n := range reportCount {
			kontur.AddCompany(konturtest.Company{
				INN: konturtest.INN(n + 1), OGRN: konturtest.OGRN(n + 1), FullName: name(n, 0), ShortName: name(n, 0), RegistrationDate: "2010-01-01",
			})
		}
		c := dial(b, server)
		stop := startWorker(b, c, alfrescotest.NewServer(b), kontur, map[string]string{
			"KONTUR_RPS": fmt.Sprint(reportsRate), "KONTUR_CONCURRENCY": fmt.Sprint(reportConcurrency),
		})
		made := &desk.Client{Temporal: c, TaskQueue: taskQueue, Now: time.Now}
		b.StartTimer()
		began := time.Now()
		var wg sync.WaitGroup
		for n := range reportCount {
			wg.Go(func() { makeReport(b, made, konturtest.INN(n+1)) })
		}
		wg.Wait()
		took := time.Since(began)
		b.StopTimer()
		stop()
		require.NoError(b, server.Stop())

		refused := slices.IndexFunc(kontur.Requests(), func(r konturtest.Request) bool { return r.Status != http.StatusOK })
		require.Negative(b, refused, "Kontur.Focus's limits are held")
		require.LessOrEqual(b, kontur.MaxConcurrent(), reportConcurrency)
		require.Equal(b, reportCount*reportSources, kontur.Count())
		floor := time.Duration(reportCount*reportSources) * time.Second / reportsRate
		b.ReportMetric(took.Seconds()/floor.Seconds(), "floors")
		b.ReportMetric(took.Seconds(), "all-s")
		b.ReportMetric(0, "ns/op")
		b.StartTimer()
	}
}

func makeReport(b *testing.B, made *desk.Client, inn string) {
	request, err := desk.Identify("full", inn)
	require.NoError(b, err)
	m, err := made.Make(context.Background(), request)
	require.NoError(b, err)
	require.NoError(b, made.Temporal.GetWorkflow(context.Background(), "counterparty-report-"+m.UID, m.RunID).Get(context.Background(), nil))
}
