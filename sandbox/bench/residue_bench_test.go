package bench

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// residueNodes is how many nodes a pass of BenchmarkResidue writes, at residueLatency for each request of a node.
const (
	residueNodes   = 1_600
	residueLatency = 200 * time.Millisecond
)

// BenchmarkResidue measures what is left of the race with people: REST v1 has no condition, so what a person saves between
// the answer to the last read of a node and the arrival of its write is overwritten and not seen.
func BenchmarkResidue(b *testing.B) {
	for _, lookahead := range []int{4, 16} {
		b.Run(fmt.Sprintf("lookahead %d", lookahead), func(b *testing.B) {
			w := newFullWorld(b, residueNodes)
			w.apply(b, pass.Sync{ID: "bench", Lookahead: &lookahead})
			var mu sync.Mutex
			read, residues := map[string]time.Time{}, []time.Duration{}
			w.alfresco.OnAnswer(func(op alfrescotest.Operation, r *http.Request) {
				if op == alfrescotest.Get {
					mu.Lock()
					defer mu.Unlock()
					read[path.Base(r.URL.Path)] = time.Now()
				}
			})
			w.alfresco.OnRequest(func(op alfrescotest.Operation, r *http.Request) {
				if op == alfrescotest.Put {
					mu.Lock()
					defer mu.Unlock()
					residues = append(residues, time.Since(read[path.Base(r.URL.Path)]))
				}
			})
			w.alfresco.SetLatency(alfrescotest.Latency{Get: residueLatency, Put: residueLatency})
			for b.Loop() {
				residues = nil
				w.pass(b)
			}
			require.Len(b, residues, residueNodes)
			slices.Sort(residues)
			milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(milliseconds(residues[len(residues)/2]), "median-ms")
			b.ReportMetric(milliseconds(residues[len(residues)-1]), "max-ms")
			b.ReportMetric(0, "ns/op")
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
