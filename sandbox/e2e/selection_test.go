package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
)

// writtenNodes are the nodes that were written since the last call.
func (s *stack) writtenNodes() []string {
	nodes := []string{}
	for _, w := range s.alfresco.Writes() {
		nodes = append(nodes, w.NodeID)
	}
	s.alfresco.Forget()
	return nodes
}

func TestNarrowedPassTouchesTheChosenNodesOnly(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"rest", "records"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			ids := s.fill(45)
			// The search looks for words and finds these, too; they are not what was asked for.
			s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(7) + " (old)"}})
			twin := s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(7)}})
			s.startWorker(map[string]string{"ALFRESCO_API": api})
			s.apply("batchSize: 2")
			before := s.status()

			require.Len(t, s.plan("--inn", konturtest.INN(7)), 2)
			require.Empty(t, s.writtenNodes())
			status := s.trigger("--inn", konturtest.INN(7)+","+konturtest.INN(9))
			require.Equal(t, string(pass.Completed), status.Pass.Ended)
			require.Equal(t, pass.Narrowed, pass.KindOf(status.Pass.WorkflowID))
			require.ElementsMatch(t, append([]string{ids[6], ids[8]}, twin...), s.writtenNodes())

			status = s.trigger("--only", ids[0]+",workspace://SpacesStore/"+ids[44]+","+ids[20])
			require.Equal(t, 3, status.Pass.Counts.Updated)
			require.ElementsMatch(t, []string{ids[0], ids[20], ids[44]}, s.writtenNodes())
			require.Len(t, s.journalOf(), 3, "the latest pass is the narrowed one")

			after := s.status()
			require.Equal(t, before.State, after.State, "the sync's state is none of its business")
			require.Nil(t, after.Pass)
			exit, out, _ := s.starter("", "trigger", s.id, "--only", "00000000-0000-0000-0000-000000000000", "--wait")
			require.Equal(t, cli.Failed, exit)
			require.Contains(t, out, "no such node")
		})
	}
}

func TestRejectedNodesAreTriedAgainAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(25)
	late := konturtest.Invented(30)
	unknown := s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": late.INN}})[0]
	heal := s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[7], Status: 422, Summary: "Integrity failure"})
	s.startWorker()
	s.apply("")
	first := s.trigger()
	require.Equal(t, counterparty.Counts{Updated: 24, NotFound: 1, Rejected: 1}, first.Pass.Counts)
	s.alfresco.Forget()

	heal()
	s.kontur.AddCompany(late)
	require.Len(t, s.plan("--rejected"), 2)
	status := s.trigger("--rejected")
	require.Equal(t, counterparty.Counts{Updated: 2}, status.Pass.Counts)
	require.ElementsMatch(t, []string{ids[7], unknown}, s.writtenNodes())
	require.Equal(t, first.Pass.RunID, s.status().Pass.RunID)

	s.nextSecond(first)
	s.trigger()
	require.Contains(t, s.must("", "trigger", s.id, "--rejected"), "nothing to do")
}

// A sync that walks new nodes only comes back to those that earlier passes could not bring up to date, until it could.
func TestStartAtTheCheckpointTriesRejectedNodesAgain(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := newStack(t, server)
		add := func(from, to int) (ids []string) {
			for n := from; n <= to; n++ {
				s.kontur.AddCompany(konturtest.Invented(n))
				ids = append(ids, s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.Invented(n).INN}, CreatedAt: time.Now().Add(-time.Hour)})...)
			}
			return ids
		}
		old := add(1, 12)
		heal := s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: old[4], Status: 422, Summary: "Integrity failure"})
		s.startWorker()
		s.apply("start: checkpoint\nretryDelays: []")
		first := s.trigger()
		require.Equal(t, counterparty.Counts{Updated: 11, Rejected: 1}, first.Pass.Counts)

		s.nextSecond(first)
		young := add(13, 15)
		second := s.trigger()
		require.Equal(t, counterparty.Counts{Updated: 3, Rejected: 1}, second.Pass.Counts)
		require.NotEqual(t, *first.State.LastModifiedNodeDbid, *second.State.LastModifiedNodeDbid)
		require.ElementsMatch(t, young, nodesOf(s.journalOf(), counterparty.Updated))

		s.nextSecond(second)
		heal()
		third := s.trigger()
		require.Equal(t, counterparty.Counts{Updated: 1}, third.Pass.Counts)
		require.Equal(t, *second.State.LastModifiedNodeDbid, *third.State.LastModifiedNodeDbid)
		s.nextSecond(third)
		require.Equal(t, counterparty.Counts{}, s.trigger().Pass.Counts, "nothing is left of them")
	})
}
