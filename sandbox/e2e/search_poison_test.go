package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// Nodes that no search can show stop nobody else: the pass completes without a wait, names their dbids, and the next one tries
// them again, also one that walks new nodes only.
func TestNodesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env  map[string]string
		sync string
		next counterparty.Counts
	}{
		"rest, all nodes":    {nil, "", counterparty.Counts{Updated: 3, Unchanged: 41, Failed: 1}},
		"records, new nodes": {recordsEnv, "\nstart: checkpoint", counterparty.Counts{Updated: 3, Failed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			var ids []string
			for n := 1; n <= 45; n++ {
				s.kontur.AddCompany(konturtest.Invented(n))
				ids = append(ids, s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.Invented(n).INN}, CreatedAt: time.Now().Add(-time.Hour)})...)
			}
			failing := []string{ids[0], ids[21], ids[22], ids[44]}
			s.alfresco.PoisonSearch(alfrescotest.Fault{Status: http.StatusInternalServerError, Summary: "a corrupt node"}, failing...)
			var names []string
			for _, id := range failing {
				node, _ := s.alfresco.Get(id)
				names = append(names, fmt.Sprint("dbid:", node.Dbid))
			}
			s.startWorker(tt.env)
			s.apply("batchSize: 10\nretryDelays: [1h]" + tt.sync)
			first := s.trigger()
			require.Equal(t, "COMPLETED", first.Pass.Ended)
			require.Equal(t, counterparty.Counts{Updated: 41, Failed: 4}, first.Pass.Counts)
			require.EqualValues(t, 45, first.State.CountProcessedNodes)
			require.Len(t, s.alfresco.Writes(), 41)
			rejected := s.journalOf("--rejected")
			require.Equal(t, names, nodesOf(rejected, counterparty.Failed))
			require.Contains(t, rejected[0].Reason, "a corrupt node")
			require.NotEmpty(t, rejected[0].Hint)

			s.nextSecond(first)
			s.alfresco.CureSearch(failing[:3]...)
			second := s.trigger()
			require.Equal(t, tt.next, second.Pass.Counts)
			require.Equal(t, names[3:], nodesOf(s.journalOf("--rejected"), counterparty.Failed))
			require.Len(t, s.alfresco.Writes(), 44)

			s.nextSecond(second)
			s.must("", "trigger", s.id, "--rejected", "--wait")
			require.Equal(t, names[3:], nodesOf(s.journalOf("--node", names[3]), counterparty.Failed), "a pass narrowed to it")
		})
	}
}
