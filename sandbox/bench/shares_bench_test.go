package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// The setting of BenchmarkShares: a pass asks about 2,000 nodes in 20 batches, which takes 4 s at 5 requests a second.
const (
	sharedNodes   = 2000
	fewReports    = 60
	sharedReports = 500

	// fullSources is how many sources a report of type full has; hanging is the one that answers nobody, and hangWindow how
	// long the others are looked at then.
	fullSources = 7
	hanging     = "sites"
	hangWindow  = 5 * time.Minute
)

// BenchmarkShares measures a pass and reports that wait for the same turns at Kontur.Focus, alone and together. Seconds are
// those of the rate: 420 requests for 60 reports, 3,500 for 500. In the last setting a source hangs, and what counts is when
// the other sources of all reports have been asked.
func BenchmarkShares(b *testing.B) {
	for _, set := range []struct {
		name    string
		rate    float64
		pass    bool
		reports int
		hangs   bool
	}{
		{"a pass alone", 5, true, 0, false},
		{"60 reports alone", 5, false, fewReports, false},
		{"a pass and 60 reports", 5, true, fewReports, false},
		{"a pass and 500 reports, at 50 a second", 50, true, sharedReports, false},
		{"a pass and 500 reports, at 50 a second, a source hangs", 50, true, sharedReports, true},
	} {
		b.Run(set.name, func(b *testing.B) {
			w := newWorld(b, setting{nodes: sharedNodes})
			w.startWorker(b, map[string]string{"KONTUR_RPS": fmt.Sprint(set.rate)})
			w.apply(b, pass.Sync{ID: "bench", Sources: []string{"req"}})
			w.pass(b) // fills the nodes
			for b.Loop() {
				w.kontur.Forget()
				if set.hangs {
					w.measureHang(b, set.reports)
				} else {
					w.measureShares(b, set.pass, set.reports)
				}
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// measureShares starts the reports, then the pass, and waits for all of them.
func (w *world) measureShares(b *testing.B, pass bool, n int) {
	client := &desk.Client{Temporal: w.manager.Temporal, TaskQueue: taskQueue, Now: time.Now}
	began := time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	var whole []time.Duration // how long each took
	for i := range n {
		request, err := desk.Identify("full", konturtest.INN(i+1))
		require.NoError(b, err)
		made, err := client.Make(b.Context(), request)
		require.NoError(b, err)
		all.Go(func() {
			var document report.Document
			require.NoError(b, client.Temporal.GetWorkflow(context.Background(), report.WorkflowID(made.UID), made.RunID).Get(context.Background(), &document))
			require.Empty(b, document.Missing)
			mu.Lock()
			defer mu.Unlock()
			whole = append(whole, time.Since(began))
		})
	}
	if pass {
		status := w.pass(b)
		require.Equal(b, sharedNodes, status.Pass.Counts.Unchanged)
		b.ReportMetric(status.Pass.FinishedAt.Sub(status.Pass.StartedAt).Seconds(), "pass-s")
	}
	all.Wait()
	if n > 0 {
		slices.Sort(whole)
		b.ReportMetric(float64(len(whole)), "reports")
		b.ReportMetric(whole[0].Seconds(), "first-report-s")
		b.ReportMetric(whole[n-1].Seconds(), "last-report-s")
	}
	b.ReportMetric(float64(w.kontur.Count()), "requests")
	require.Zero(b, w.refused())
}

// measureHang starts the reports, then the pass, while one source of the reports answers nobody.
func (w *world) measureHang(b *testing.B, n int) {
	defer w.kontur.Inject(konturtest.Fault{Method: hanging, Delay: time.Hour})()
	client := &desk.Client{Temporal: w.manager.Temporal, TaskQueue: taskQueue, Now: time.Now}
	began := time.Now()
	for i := range n {
		request, err := desk.Identify("full", konturtest.INN(i+1))
		require.NoError(b, err)
		made, err := client.Make(b.Context(), request)
		require.NoError(b, err)
		b.Cleanup(func() {
			_ = client.Temporal.TerminateWorkflow(context.Background(), report.WorkflowID(made.UID), made.RunID, "the benchmark is over")
		})
	}
	var all sync.WaitGroup
	var others time.Duration
	asked := 0
	all.Go(func() {
		for others = time.Since(began); others < hangWindow && asked < n*(fullSources-1); others = time.Since(began) {
			time.Sleep(100 * time.Millisecond)
			asked = 0
			for _, r := range w.kontur.Requests() {
				if len(r.IDs) == 1 && r.Method != hanging && r.Status == http.StatusOK {
					asked++
				}
			}
		}
	})
	status := w.pass(b)
	require.Equal(b, sharedNodes, status.Pass.Counts.Unchanged)
	b.ReportMetric(status.Pass.FinishedAt.Sub(status.Pass.StartedAt).Seconds(), "pass-s")
	all.Wait()
	b.ReportMetric(float64(asked), "others-answered")
	b.ReportMetric(others.Seconds(), "others-s")
	b.ReportMetric(float64(w.kontur.Count(hanging)), "hanging-requests")
}
