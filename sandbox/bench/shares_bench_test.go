package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// The setting of BenchmarkShares: a pass asks about 2,000 nodes in 20 batches, which takes 4 s at 5 requests a second.
const (
	sharedNodes   = 2000
	fewReports    = 60
	sharedReports = 500
)

// BenchmarkShares measures a pass and reports that wait for the same turns at Kontur.Focus, alone and together. Seconds are
// those of the rate: 420 requests for 60 reports, 3,500 for 500.
func BenchmarkShares(b *testing.B) {
	for _, set := range []struct {
		name    string
		rate    float64
		pass    bool
		reports int
	}{
		{"a pass alone", 5, true, 0},
		{"60 reports alone", 5, false, fewReports},
		{"a pass and 60 reports", 5, true, fewReports},
		{"a pass and 500 reports, at 50 a second", 50, true, sharedReports},
	} {
		b.Run(set.name, func(b *testing.B) {
			w := newShares(b, set.rate)
			w.until(b) // fills the nodes
			for b.Loop() {
				w.kontur.Forget()
				w.measureShares(b, set.pass, set.reports)
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// newShares is a world whose simulators take no time of their own.
func newShares(b *testing.B, rate float64) *world {
	server, err := temporalserver.Start(b.Context(), temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName())})
	require.NoError(b, err)
	b.Cleanup(func() { _ = server.Stop() })
	w := &world{alfresco: alfrescotest.NewServer(b), kontur: konturtest.NewServer(b)}
	list := make([]alfrescotest.Node, sharedNodes)
	for i := range list {
		w.kontur.AddCompany(konturtest.Company{
			INN: konturtest.INN(i + 1), OGRN: konturtest.OGRN(i + 1), KPP: "001201001", ShortName: name(i, 0), RegistrationDate: "2010-01-01",
		})
		list[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(i + 1)}}
	}
	w.alfresco.Add(list...)
	c := dial(b, server)
	b.Cleanup(startWorker(b, c, w.alfresco, w.kontur, map[string]string{"KONTUR_RPS": fmt.Sprint(rate)}))
	w.manager = &syncs.Manager{Temporal: c, TaskQueue: taskQueue, Now: time.Now}
	w.apply(b, pass.Sync{ID: "bench", Sources: []string{"req"}})
	return w
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
		status := w.until(b)
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
	refused := slices.IndexFunc(w.kontur.Requests(), func(r konturtest.Request) bool { return r.Status != 200 })
	require.Negative(b, refused)
}
