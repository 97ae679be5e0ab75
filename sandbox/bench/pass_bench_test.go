package bench

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
)

// The setting in which nothing waits: how fast a pass is shows against loops that are not durable.
const (
	fastNodes  = 20_000
	fastRounds = 3
)

var fastWorker = map[string]string{"KONTUR_RPS": "1000", "KONTUR_CONCURRENCY": "8", "ALFRESCO_CONCURRENCY": "16"}

// BenchmarkFast compares a pass over nodes that don't differ with the same work written as a plain loop, in turns.
func BenchmarkFast(b *testing.B) {
	rawloop, err := rig.Tool("rawloop", "./rawloop")
	require.NoError(b, err)
	s := newSite(b, fastNodes, fastWorker)
	for b.Loop() {
		s.measure(b, 0) // opens connections
		stop := profile("server")
		shares, speeds := map[string][]float64{}, map[string][]float64{}
		var m measured
		for range fastRounds {
			m = s.measure(b, 0)
			speeds["pass"] = append(speeds["pass"], m.speed())
			for _, reread := range []string{"get", "search"} {
				speed := s.raw(b, rawloop, reread)
				speeds[reread] = append(speeds[reread], speed)
				shares[reread] = append(shares[reread], m.speed()/speed)
			}
		}
		stop()
		results.note("A: %d nodes that don't differ, no latency; worker with %s; the median of %d in turns; load %s",
			fastNodes, strings.Join(slices.Sorted(slices.Values(rig.Environment(fastWorker).Environ())), " "), fastRounds, load())
		results.add("A: speed ÷ raw loop with a GET for each node", "%.3f", median(shares["get"]), bound{least: 0.5})
		results.add("A: speed ÷ raw loop with a search for each batch", "%.3f", median(shares["search"]), bound{least: 0.3})
		results.add("A: nodes/s, pass", "%.0f", median(speeds["pass"]), bound{})
		results.add("A: nodes/s, raw loop with GETs", "%.0f", median(speeds["get"]), bound{})
		results.add("A: nodes/s, raw loop with searches", "%.0f", median(speeds["search"]), bound{})
		results.add("A: events of history a node", "%.4f", m.perNode(m.events), bound{most: 0.12})
		results.add("A: bytes of history a node", "%.0f", m.perNode(m.bytes), bound{most: 300})
		b.ReportMetric(0, "ns/op")
	}
}

// raw runs the loop over all nodes and returns its speed.
func (s *site) raw(b *testing.B, rawloop, reread string) (speed float64) {
	said, err := exec.Command(rawloop, "--alfresco", s.outside.Alfresco, "--user", alfrescotest.DefaultUser, "--password", alfrescotest.DefaultPassword,
		"--kontur", s.outside.Kontur, "--key", konturtest.DefaultKey, "--reread", reread,
		"--alfresco-concurrency", fastWorker["ALFRESCO_CONCURRENCY"], "--kontur-concurrency", fastWorker["KONTUR_CONCURRENCY"]).CombinedOutput()
	require.NoError(b, err, string(said))
	var nodes, differ int
	var seconds float64
	_, err = fmt.Sscanf(string(said), "nodes %d, differ %d, seconds %f, nodes/s %f", &nodes, &differ, &seconds, &speed)
	require.NoError(b, err, string(said))
	require.Equal(b, []int{s.nodes, 0}, []int{nodes, differ})
	return speed
}

func median(figures []float64) float64 { return slices.Sorted(slices.Values(figures))[len(figures)/2] }

// The setting of a usual contract and a usual Alfresco: one call of Kontur.Focus in flight, eight of Alfresco, as is the
// worker's default.
const (
	nodes         = 10_000
	konturLatency = 400 * time.Millisecond
	getLatency    = 10 * time.Millisecond
	putLatency    = 25 * time.Millisecond
	atAlfresco    = 8
)

// The floors of a pass: what the calls of Kontur.Focus take alone, and what the requests take alone with which each node
// that differs is read and written.
const (
	askingFloor  = nodes / pass.MaxBatchSize * konturLatency
	writingFloor = nodes * (getLatency + putLatency) / atAlfresco
)

var slowLatencies = Latencies{
	Alfresco: alfrescotest.Latency{Search: 40 * time.Millisecond, Metadata: 10 * time.Millisecond, Get: getLatency, Put: putLatency},
	Kontur:   konturLatency,
}

// BenchmarkSlow compares passes over nodes of which none differs, and of which all do, with the floors that the latencies of
// Kontur.Focus and of Alfresco set. With a brake one batch is written at a time.
func BenchmarkSlow(b *testing.B) {
	s := newSite(b, nodes, nil)
	for b.Loop() {
		s.measure(b, 0) // opens connections
		s.outside.call(b, "SetLatencies", slowLatencies, nil)

		same := s.measureSlow(b, 0)
		results.note("B: %d nodes that don't differ; %v; worker with its defaults; load %s", nodes, slowLatencies, load())
		results.add("B: requests to Alfresco", "%.0f", float64(same.asked.requests()), bound{most: 350})
		results.add("B: time ÷ that of the calls of Kontur.Focus", "%.3f", same.took.Seconds()/askingFloor.Seconds(), bound{most: 1.05})
		results.add("B: events of history a node", "%.4f", same.perNode(same.events), bound{most: 0.16})

		differ := s.measureSlow(b, nodes)
		results.note("C: the same where all differ, by their names; load %s", load())
		results.add("C: time ÷ that of GET and PUT of each node", "%.3f", differ.took.Seconds()/writingFloor.Seconds(), bound{most: 1.1})
		results.add("C: events of history a node", "%.4f", differ.perNode(differ.events), bound{most: 0.16})
		results.add("C: bytes of history a node", "%.0f", differ.perNode(differ.bytes), bound{most: 500})

		s.apply(b, pass.Sync{ID: "bench", MaxChanged: new(nodes)})
		results.add("B with a brake: time ÷ that without", "%.3f", s.measureSlow(b, 0).took.Seconds()/same.took.Seconds(), bound{})
		results.add("C with a brake: time ÷ that without", "%.3f", s.measureSlow(b, nodes).took.Seconds()/differ.took.Seconds(), bound{})
		results.add("B and C: peak memory of the worker, MiB", "%.1f", s.peak(), bound{most: maxMemory})
		b.ReportMetric(0, "ns/op")
	}
}

// measureSlow is measure for nodes that are renamed before, if they are to be written, within the limits of the setting.
func (s *site) measureSlow(b *testing.B, writes int) measured {
	if writes > 0 {
		s.outside.call(b, "Rename", false, nil)
	}
	m := s.measure(b, writes)
	require.Equal(b, nodes/pass.MaxBatchSize, m.asked.Kontur["req"])
	require.Equal(b, 1, m.asked.KonturAtOnce)
	require.LessOrEqual(b, m.asked.AlfrescoAtOnce, atAlfresco)
	return m
}

const (
	manyNodes = 100_000
	// maxMemory is what a worker needs at most, in MiB, however many nodes there are.
	maxMemory = 80
)

// BenchmarkMany tells whether a worker needs more memory where there are more nodes.
func BenchmarkMany(b *testing.B) {
	s := newSite(b, manyNodes, fastWorker)
	for b.Loop() {
		m := s.measure(b, 0)
		results.note("%d nodes: as A, once; load %s", manyNodes, load())
		results.add(fmt.Sprintf("%d nodes: nodes/s", manyNodes), "%.0f", m.speed(), bound{})
		results.add(fmt.Sprintf("%d nodes: peak memory of the worker, MiB", manyNodes), "%.1f", s.peak(), bound{most: maxMemory})
		b.ReportMetric(0, "ns/op")
	}
}
