package bench

import (
	"fmt"
	"testing"
	"time"
)

// scale is the number of nodes of BenchmarkScale.
const scale = 1_000_000

// BenchmarkScale is one pass over a million nodes, and looks whether anything grows, and whether a node is missed. It takes
// minutes and gigabytes, most of them the simulators'.
func BenchmarkScale(b *testing.B) {
	s := newSite(b, scale, fastWorker)
	for b.Loop() {
		tenth := make(chan float64, 1)
		go func() {
			var c Counts
			for s.outside.client.Call("Outside.Counted", false, &c) == nil && c.Companies < scale/10 {
				time.Sleep(time.Second)
			}
			tenth <- s.peak()
		}()
		m := s.measure(b, 0) // which requires that each node was processed, and each company asked about
		results.note("%d nodes: as A, once; load %s", scale, load())
		add := func(name, format string, figure float64, must bound) {
			results.add(fmt.Sprintf("%d nodes: %s", scale, name), format, figure, must)
		}
		add("seconds", "%.0f", m.took.Seconds(), bound{})
		add("nodes/s", "%.0f", m.speed(), bound{})
		add("peak memory of the worker at a tenth, MiB", "%.1f", <-tenth, bound{most: maxMemory})
		add("peak memory of the worker, MiB", "%.1f", s.peak(), bound{most: maxMemory})
		add("requests to Alfresco", "%.0f", float64(m.asked.requests()), bound{})
		add("requests to Kontur.Focus", "%.0f", float64(m.asked.Kontur["req"]), bound{})
		add("histories", "%.0f", float64(m.histories), bound{})
		add("events of history a node", "%.4f", m.perNode(m.events), bound{most: 0.12})
		add("events of the longest history", "%.0f", float64(m.longest), bound{})
		add("size of the largest history, MiB", "%.2f", float64(m.largest)/(1<<20), bound{})
		add("size of all histories, MiB", "%.0f", float64(m.bytes)/(1<<20), bound{})
		b.ReportMetric(0, "ns/op")
	}
}
