package bench

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// Many counterparties, of which few change from one pass to the next.
const (
	counterparties = 100_000
	oneIn          = 200
)

// BenchmarkMoney counts what a pass costs with and without monitoring: figures that no machine changes, but for the time.
func BenchmarkMoney(b *testing.B) {
	w := newMoney(b)
	w.apply(b, pass.Sync{ID: "bench", ChangedOnly: true})
	w.until(b) // fills the nodes, and is what the next one goes by
	w.kontur.WatchAll()
	for _, kind := range []struct {
		name string
		sync pass.Sync
	}{
		{"about what changed only", pass.Sync{ID: "bench", ChangedOnly: true}},
		{"about everybody", pass.Sync{ID: "bench"}},
	} {
		w.apply(b, kind.sync)
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				w.measureMoney(b)
			}
		})
	}
}

// newMoney is a world without latencies: requests are counted. What a pass writes is two days old for the next one.
func newMoney(b *testing.B) *world {
	server, err := temporalserver.Start(b.Context(), temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName())})
	require.NoError(b, err)
	b.Cleanup(func() { _ = server.Stop() })
	w := &world{
		alfresco: alfrescotest.NewServer(b, alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) })),
		kontur:   konturtest.NewServer(b),
	}
	list := make([]alfrescotest.Node, counterparties)
	for i := range list {
		w.kontur.AddCompany(konturtest.Company{
			INN: konturtest.INN(i + 1), OGRN: konturtest.OGRN(i + 1), KPP: "001201001", ShortName: name(i, 0), RegistrationDate: "2010-01-01",
		})
		list[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(i + 1)}}
	}
	w.alfresco.Add(list...)
	c := dial(b, server)
	b.Cleanup(startWorker(b, c, w.alfresco, w.kontur, map[string]string{"KONTUR_RPS": "1000", "KONTUR_CONCURRENCY": "4"}))
	w.manager = &syncs.Manager{Temporal: c, TaskQueue: taskQueue, Now: time.Now}
	return w
}

// measureMoney changes one company in two hundred and runs a pass, in a new period of the contract.
func (w *world) measureMoney(b *testing.B) {
	w.round++
	for i := 0; i < counterparties; i += oneIn {
		w.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = name(i, w.round) })
	}
	w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10 * counterparties})
	w.kontur.Forget()
	w.alfresco.Forget()
	status := w.until(b)
	require.Equal(b, counterparties/oneIn, status.Pass.Counts.Updated, "whatever is asked, the same is written")
	require.Equal(b, counterparties, status.Pass.Counts.Total())
	b.ReportMetric(float64(w.kontur.Count("req")), "req")
	b.ReportMetric(float64(w.kontur.Count()-w.kontur.Count("req")), "free-calls")
	b.ReportMetric(float64(w.kontur.Spent("req")), "billed")
	total := 0
	for _, n := range w.alfresco.Counts() {
		total += n
	}
	b.ReportMetric(float64(total), "alfresco")
	b.ReportMetric(status.Pass.FinishedAt.Sub(status.Pass.StartedAt).Seconds(), "seconds")
	b.ReportMetric(0, "ns/op")
}

// until runs a pass to its end.
func (w *world) until(b *testing.B) syncs.Status {
	_, _, err := w.manager.Trigger(b.Context(), "bench", false)
	require.NoError(b, err)
	for {
		status, err := w.manager.Status(b.Context(), "bench")
		require.NoError(b, err)
		if status.Pass.FinishedAt != nil {
			require.Equal(b, "COMPLETED", status.Pass.Ended, fmt.Sprint(status.State.Error))
			return status
		}
		time.Sleep(200 * time.Millisecond)
	}
}
