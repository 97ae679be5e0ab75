package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// leaves is a batch that is done but for a node.
func (s *script) leaves(t *testing.T, nodes []string, open string, outcomes ...counterparty.NodeOutcome) {
	s.completed(t, s.scheduled(t, string(pass.DiffAndUpdate), request(nodes...)),
		pass.DiffAndUpdateResult{Nodes: outcomes, Open: []pass.OpenNode{{NodeID: open, Reason: "status 500", Tries: 1}}})
}

func TestReadTellsANodeThatIsNotWrittenYetUntilItIs(t *testing.T) {
	t.Parallel()
	var walk, failed, again, wrote script
	walk.leaves(t, []string{"a", "b"}, "b", updated("a", "new"))
	failed.batch(t, []string{"b"}, outcome("b", counterparty.Failed))
	again.leaves(t, []string{"b"}, "b")
	wrote.batch(t, []string{"b"}, updated("b", "new"))
	for _, tt := range []struct {
		name     string
		segments []*script
		want     []string
	}{
		{"so far", []*script{&walk}, []string{"a UPDATED old→new", "b OPEN"}},
		{"tried again", []*script{&walk, &again}, []string{"a UPDATED old→new", "b OPEN"}},
		{"written", []*script{&walk, &again, &wrote}, []string{"a UPDATED old→new", "b UPDATED old→new"}},
		{"failed for good", []*script{&walk, &failed}, []string{"a UPDATED old→new", "b FAILED"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			entries, _ := read(t, onePass(tt.segments...))
			require.Equal(t, tt.want, brief(entries))
			if last := entries[len(entries)-1]; last.Outcome == journal.Open {
				require.Equal(t, "not written yet: status 500", last.Reason)
				require.Equal(t, "inn-b", last.INN)
				require.NotEmpty(t, last.Hint)
				require.True(t, journal.Rejected(last.Outcome))
			}
		})
	}
}

// What a lost try may have written is no surer because a later one left the node alone.
func TestReadLeavesAWriteUnsureThatALaterTryDidNotSee(t *testing.T) {
	t.Parallel()
	var lost, walk script
	lost.lost(t, []string{"a"}, unsure(updated("a", "new")))
	walk.leaves(t, []string{"a"}, "a")
	entries, _ := read(t, onePass(&lost, &walk))
	require.Equal(t, []string{"a UPDATED old→new unsure", "a OPEN"}, brief(entries))
}

func TestCommittedNamesTheNodesThatWereLeftOpen(t *testing.T) {
	t.Parallel()
	var lost script
	lost.leaves(t, []string{"a", "b"}, "b", updated("a", "new"))
	progress := pass.Progress{Segment: 1, LastDbid: 2, Batches: 1, Open: 1}
	lost.told(t, string(pass.ProgressSignal), progress)
	committed, err := (&journal.Reader{Temporal: onePass(&lost)}).Committed(t.Context(), "pass/segment-1", "segment-run-1")
	require.NoError(t, err)
	require.Equal(t, progress, committed.Progress)
	require.Equal(t, []string{"b"}, committed.Rejected)
	require.Equal(t, "b", committed.Open[0].NodeID)
}
