package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// Many counterparties, of which few change from one pass to the next.
const (
	counterparties = 100_000
	oneIn          = 200
)

// BenchmarkMoney counts what a pass costs with and without monitoring: figures that no machine changes, but for the time.
func BenchmarkMoney(b *testing.B) {
	// Requests are counted. What a pass writes is two days old for the next one.
	w := newWorld(b, setting{nodes: counterparties, alfresco: []alfrescotest.Option{
		alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) }),
	}})
	w.startWorker(b, map[string]string{"KONTUR_RPS": "1000", "KONTUR_CONCURRENCY": "4"})
	w.apply(b, pass.Sync{ID: "bench", ChangedOnly: true})
	w.pass(b) // fills the nodes, and is what the next one goes by
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

// measureMoney changes one company in two hundred and runs a pass, in a new period of the contract.
func (w *world) measureMoney(b *testing.B) {
	w.rename(oneIn)
	w.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10 * counterparties})
	w.kontur.Forget()
	w.alfresco.Forget()
	status := w.pass(b)
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
