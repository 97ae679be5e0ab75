package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report/desk"
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
		w := newWorld(b, setting{
			nodes: reportCount, kontur: []konturtest.Option{konturtest.WithMaxInFlight(reportConcurrency)},
			company: func(c *konturtest.Company, i int) { c.FullName = name(i, 0) },
		})
		stop := w.startWorker(b, map[string]string{"KONTUR_RPS": fmt.Sprint(reportsRate), "KONTUR_CONCURRENCY": fmt.Sprint(reportConcurrency)})
		made := &desk.Client{Temporal: w.manager.Temporal, TaskQueue: taskQueue, Now: time.Now}
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
		require.NoError(b, w.server.Stop())

		require.Zero(b, w.refused(), "Kontur.Focus's limits are held")
		require.LessOrEqual(b, w.kontur.MaxConcurrent(), reportConcurrency)
		require.Equal(b, reportCount*reportSources, w.kontur.Count())
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
