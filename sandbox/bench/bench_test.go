// Package bench measures a whole pass against the floor that Kontur.Focus's latency sets: the time that its calls alone
// would take; and it counts what a pass asks of Alfresco with either API. Run it with `make bench`; it prints ratios,
// because seconds depend on the machine only a little and the ratio hardly at all.
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
	"counterparty-sync/internal/schedule"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
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
	w := newWorld(b)
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
				w.round++
				for i := range nodes {
					w.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = name(i, w.round) })
				}
				w.measure(b, nodes)
			}
		})
	}
}

type world struct {
	nodes    int
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	manager  *syncs.Manager
	round    int
}

func newWorld(b *testing.B) *world { return newWorldOf(b, nodes) }

func newWorldOf(b *testing.B, nodes int) *world {
	server, err := temporalserver.Start(b.Context(), temporalserver.Options{File: filepath.Join(b.TempDir(), temporalserver.FileName())})
	require.NoError(b, err)
	b.Cleanup(func() { _ = server.Stop() })
	w := &world{nodes: nodes, alfresco: alfrescotest.NewServer(b), kontur: konturtest.NewServer(b)}
	w.fill()
	c := dial(b, server)
	b.Cleanup(startWorker(b, c, w.alfresco, w.kontur, nil))
	w.manager = &syncs.Manager{Temporal: c, TaskQueue: taskQueue, Now: time.Now}
	w.apply(b, pass.Sync{ID: "bench"})
	return w
}

func (w *world) apply(b *testing.B, sync pass.Sync) {
	spec, err := schedule.Parse("", "")
	require.NoError(b, err)
	_, err = w.manager.Apply(b.Context(), sync, spec, false)
	require.NoError(b, err)
}

func (w *world) fill() {
	list := make([]alfrescotest.Node, w.nodes)
	for i := range w.nodes {
		w.kontur.AddCompany(konturtest.Company{
			INN: konturtest.INN(i + 1), OGRN: konturtest.OGRN(i + 1), KPP: fmt.Sprintf("0012%05d", i%100_000),
			FullName: "Общество с ограниченной ответственностью " + name(i, 0), ShortName: name(i, 0),
			OKPO: fmt.Sprintf("%08d", i), OKATO: "00401000000", RegistrationDate: "2010-01-01",
			Address: &konturtest.Address{OneLine: fmt.Sprintf("000144, Примерная обл, г Примерск, ул Тестовая, дом %d", i)},
			Heads:   []konturtest.Head{{FIO: "Тестов Тест Тестович", Position: "Генеральный директор"}},
		})
		list[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(i + 1)}}
	}
	w.alfresco.Add(list...)
}

func name(i, round int) string { return fmt.Sprintf("ООО \"Пример %d-%d\"", i, round) }

// pass runs a pass to its end.
func (w *world) pass(b *testing.B) syncs.Status {
	_, _, err := w.manager.Trigger(b.Context(), "bench", false)
	require.NoError(b, err)
	for {
		status, err := w.manager.Status(b.Context(), "bench")
		require.NoError(b, err)
		if status.Pass.FinishedAt != nil {
			require.Equal(b, "COMPLETED", status.Pass.Ended)
			require.EqualValues(b, w.nodes, status.State.CountProcessedNodes)
			return status
		}
		time.Sleep(200 * time.Millisecond)
	}
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
