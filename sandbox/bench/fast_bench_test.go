package bench

import (
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
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
		results.note("A: %d nodes that don't differ, no latency; worker %v; the median of %d in turns; load %s", fastNodes, fastWorker, fastRounds, load())
		results.add("A: speed ÷ raw loop with a GET for each node", "%.3f", median(shares["get"]), bound{least: 0.5})
		results.add("A: speed ÷ raw loop with a search for each batch", "%.3f", median(shares["search"]), bound{least: 0.3})
		results.add("A: nodes/s, pass", "%.0f", median(speeds["pass"]), bound{})
		results.add("A: nodes/s, raw loop with GETs", "%.0f", median(speeds["get"]), bound{})
		results.add("A: nodes/s, raw loop with searches", "%.0f", median(speeds["search"]), bound{})
		results.add("A: events of history a node", "%.4f", m.perNode(m.events), bound{most: 0.12})
		results.add("A: bytes of history a node", "%.0f", m.perNode(m.bytes), bound{})
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
