package bench

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

// BenchmarkRequests counts what a walk over all nodes costs Alfresco with either API: figures that no machine changes.
func BenchmarkRequests(b *testing.B) {
	changes := []struct {
		name string
		of   func(i int) bool
		// locked nodes refuse to be written.
		locked func(i int) bool
		// named: errors of the Records API tell which node they are about.
		named bool
	}{
		{"nothing changes", none, none, false},
		{"one node in two hundred changes", func(i int) bool { return i%200 == 37 }, none, false},
		{"every node changes", all, none, false},
		{"every node changes, one in a hundred is locked", all, func(i int) bool { return i%100 == 37 }, false},
		{"every node changes, one in a hundred is locked and named", all, func(i int) bool { return i%100 == 37 }, true},
	}
	for _, api := range []alfresco.API{alfresco.REST, alfresco.Records} {
		for _, c := range changes {
			b.Run(fmt.Sprintf("%s/%s", api, c.name), func(b *testing.B) {
				server := alfrescotest.NewServer(b, alfrescotest.WithRecords(alfrescotest.Unsure{AnonymousErrors: !c.named}))
				list := make([]alfrescotest.Node, nodes)
				changed := map[string]bool{}
				for i := range list {
					list[i] = alfrescotest.Node{Properties: map[string]any{"idocs:kpp": "001201001"}, Locked: c.locked(i)}
				}
				for i, id := range server.Add(list...) {
					changed[id] = c.of(i)
				}
				client, err := alfresco.New(alfresco.Options{
					BaseURL: server.URL(), User: alfrescotest.DefaultUser, Password: secret.New(alfrescotest.DefaultPassword), API: api,
				})
				require.NoError(b, err)
				for round := 0; b.Loop(); round++ {
					server.Forget()
					walk(b, client, changed, fmt.Sprintf("0022%05d", round))
				}
				total := 0
				for op, n := range server.Counts() {
					b.ReportMetric(float64(n), string(op))
					total += n
				}
				b.ReportMetric(float64(total), "requests")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func none(int) bool { return false }
func all(int) bool  { return true }

// walk does what a pass asks of Alfresco.
func walk(b *testing.B, client *alfresco.Client, changed map[string]bool, kpp string) {
	properties := []string{"idocs:kpp"}
	for after := int64(0); ; {
		pages, err := client.NextPages(b.Context(), alfresco.PageRequest{
			NodeType: "idocs:contractor", After: after, Max: pass.MaxBatchSize, Properties: properties,
		}, 8) // as many as a fetch brings
		require.NoError(b, err)
		if len(pages) == 0 {
			return
		}
		for _, page := range pages {
			batch := alfresco.Batch{NodeType: "idocs:contractor", After: after, Last: page.LastDbid, Whole: true}
			after = page.LastDbid
			for _, n := range page.Nodes {
				batch.IDs = append(batch.IDs, n.ID)
			}
			update(b, client, batch, properties, changed, kpp)
		}
	}
}

// update brings the nodes of a batch up to date.
func update(b *testing.B, client *alfresco.Client, batch alfresco.Batch, properties []string, changed map[string]bool, kpp string) {
	differing := []string{}
	decide := alfresco.Decide(func(n alfresco.Node) map[string]any {
		if !changed[n.ID] {
			return nil
		}
		return map[string]any{"idocs:kpp": kpp}
	})
	for _, id := range batch.IDs {
		if changed[id] {
			differing = append(differing, id)
		}
	}
	_, err := client.Look(b.Context(), batch, properties, decide)
	require.NoError(b, err)
	_, err = client.Update(b.Context(), differing, properties, decide)
	require.NoError(b, err)
}
