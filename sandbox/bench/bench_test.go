// Package bench measures a whole pass against the floor that Kontur.Focus's latency sets: the time that its calls alone
// would take; and it counts what a pass asks of Alfresco with either API. Run it with `make bench`; it prints ratios,
// because seconds depend on the machine only a little and the ratio hardly at all.
package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// The setting: one call of Kontur.Focus in flight, eight of Alfresco.
const (
	nodes         = 10_000
	konturLatency = 400 * time.Millisecond
	searchLatency = 40 * time.Millisecond
	putLatency    = 25 * time.Millisecond
	// The reads of single nodes and of a dbid: primary-key look-ups, far cheaper than a search or a write.
	readLatency = 5 * time.Millisecond
	floor       = nodes / pass.MaxBatchSize * konturLatency
)

func BenchmarkPass(b *testing.B) {
	w := newFullWorld(b, nodes)
	w.pass(b) // fills the nodes
	// A brake writes one batch at a time.
	for _, kind := range []struct {
		name string
		sync pass.Sync
	}{{"", pass.Sync{ID: "bench"}}, {", with a brake", pass.Sync{ID: "bench", MaxChanged: new(nodes)}}} {
		w.apply(b, kind.sync)
		b.Run("nothing changes"+kind.name, func(b *testing.B) {
			for b.Loop() {
				w.measure(b, 0)
			}
		})
		b.Run("every node changes"+kind.name, func(b *testing.B) {
			for b.Loop() {
				w.rename(1)
				w.measure(b, nodes)
			}
		})
	}
}

// newFullWorld is a world of companies with much to write, a worker and a sync.
func newFullWorld(b *testing.B, nodes int) *world {
	w := newWorld(b, setting{nodes: nodes, company: func(c *konturtest.Company, i int) {
		c.KPP, c.FullName = fmt.Sprintf("0012%05d", i%100_000), "Общество с ограниченной ответственностью "+name(i, 0)
		c.OKPO, c.OKATO = fmt.Sprintf("%08d", i), "00401000000"
		c.Address = &konturtest.Address{OneLine: fmt.Sprintf("000144, Примерная обл, г Примерск, ул Тестовая, дом %d", i)}
		c.Heads = []konturtest.Head{{FIO: "Тестов Тест Тестович", Position: "Генеральный директор"}}
	}})
	w.startWorker(b, nil)
	w.apply(b, pass.Sync{ID: "bench"})
	return w
}

// measure runs a pass with the latencies of the setting and reports its time as a multiple of the floor.
func (w *world) measure(b *testing.B, writes int) {
	w.alfresco.Forget()
	w.kontur.Forget()
	w.alfresco.SetLatency(alfrescotest.Latency{Search: searchLatency, Get: readLatency, Metadata: readLatency, Put: putLatency})
	w.kontur.SetLatency(konturLatency)
	defer func() { w.alfresco.SetLatency(alfrescotest.Latency{}); w.kontur.SetLatency(0) }()
	status := w.pass(b)
	took := status.Pass.FinishedAt.Sub(status.Pass.StartedAt)

	require.Equal(b, writes, w.alfresco.Count(alfrescotest.Put))
	require.Equal(b, nodes/pass.MaxBatchSize, w.kontur.Count("req"))
	require.Equal(b, 1, w.kontur.MaxConcurrent())
	require.LessOrEqual(b, w.alfresco.MaxConcurrent(), 8)
	b.ReportMetric(took.Seconds()/floor.Seconds(), "floors")
	b.ReportMetric(took.Seconds(), "pass-s")
	b.ReportMetric(0, "ns/op")
}
