package bench

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/connect"
)

// BenchmarkEncoded compares passes whose histories are as they are, compressed, and encrypted besides, in turns.
func BenchmarkEncoded(b *testing.B) {
	item, err := codec.NewKey("2026-11")
	require.NoError(b, err)
	keys := filepath.Join(b.TempDir(), "keys.yaml")
	require.NoError(b, os.WriteFile(keys, []byte("keys:\n"+item+"\n"), 0o600))
	modes := []struct {
		name string
		env  map[string]string
	}{
		{"as it is", map[string]string{connect.EnvPayloadCompression: "off"}},
		{"compressed", nil},
		{"encrypted", map[string]string{connect.EnvPayloadKeys: keys}},
	}
	sites := make([]*site, len(modes))
	for i, mode := range modes {
		env := maps.Clone(fastWorker)
		maps.Copy(env, mode.env)
		sites[i] = newSite(b, fastNodes, env)
	}
	for b.Loop() {
		speeds, bytes, differing := make([][]float64, len(modes)), make([]float64, len(modes)), make([]float64, len(modes))
		for round := range fastRounds + 1 {
			for i, s := range sites {
				m := s.measure(b, 0)
				if round > 0 { // the first one opens connections
					speeds[i], bytes[i] = append(speeds[i], m.speed()), m.perNode(m.bytes)
				}
			}
		}
		for i, s := range sites {
			s.outside.call(b, "Rename", false, nil)
			m := s.measure(b, fastNodes)
			differing[i] = m.perNode(m.bytes)
		}
		results.note("Encoded: A with and without codec, in turns; load %s", load())
		for i, mode := range modes {
			results.add("A, "+mode.name+": bytes of history a node", "%.0f", bytes[i], bound{})
			results.add("A, "+mode.name+", all differ: bytes of history a node", "%.0f", differing[i], bound{})
			results.add("A, "+mode.name+": speed ÷ that as it is", "%.3f", median(speeds[i])/median(speeds[0]), bound{least: 0.95})
			results.add("A, "+mode.name+": peak memory of the worker, MiB", "%.1f", sites[i].peak(), bound{most: maxMemory})
		}
		results.add("A: bytes encrypted ÷ bytes compressed", "%.3f", bytes[2]/bytes[1], bound{most: 1.1})
		results.add("A, all differ: bytes encrypted ÷ bytes compressed", "%.3f", differing[2]/differing[1], bound{most: 1.1})
		b.ReportMetric(0, "ns/op")
	}
}
