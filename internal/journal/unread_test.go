package journal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// fetched are batches in each of which a node with one of these dbids could not be read.
func (s *script) fetched(t *testing.T, reason string, dbids ...int64) {
	result := pass.FetchBatchResult{}
	for _, dbid := range dbids {
		result.Batches = append(result.Batches, pass.FetchedBatch{Failed: []pass.FailedNode{{Dbid: dbid, Reason: reason}}})
	}
	s.completed(t, s.scheduled(t, string(pass.FetchBatch), pass.FetchBatchRequest{}), result)
}

func TestReadTellsNodesThatCanNotBeReadOnce(t *testing.T) {
	t.Parallel()
	var first, second script
	first.fetched(t, "status 500", 7, 8)
	first.batch(t, []string{"a"}, updated("a", "new"))
	second.fetched(t, "no answer", 8, 9)
	got, _ := read(t, onePass(&first, &second))
	require.Equal(t, []string{"dbid:7 FAILED", "dbid:8 FAILED", "a UPDATED old→new", "dbid:9 FAILED"}, brief(got))
	require.Equal(t, journal.Entry{Time: noon.Add(2 * time.Second), Pass: "pass", RunID: "run", Dbid: 7, Hint: got[0].Hint, NodeOutcome: counterparty.NodeOutcome{
		NodeID: "dbid:7", Outcome: counterparty.Failed, Reason: "each search that would show it fails: status 500"}}, got[0])
	require.NotEmpty(t, got[0].Hint)
	_, listed := journal.Filter{Rejected: true}.Apply(got[0])
	require.True(t, listed)
	_, listed = journal.Filter{Nodes: []string{"dbid:7"}}.Apply(got[0])
	require.True(t, listed)
}

func TestNodesThatAPlanCanNotReadArePlanned(t *testing.T) {
	t.Parallel()
	var s script
	s.fetched(t, "status 500", 7)
	plan := onePass(&s)
	_, err := (&journal.Reader{Temporal: plan}).Read(t.Context(), pass.AdHocID("counterparty-sync-main", pass.Planned, noon), "run", func(e journal.Entry) error {
		require.True(t, e.Planned)
		return nil
	})
	require.NoError(t, err)
}

// A segment that was lost leaves them in its own history.
func TestStandingKnowsWhichNodesCouldNotBeRead(t *testing.T) {
	t.Parallel()
	var segment script
	segment.fetched(t, "status 500", 7)
	segment.batch(t, []string{"a"}, outcome("a", counterparty.Rejected))
	segment.told(t, string(pass.ProgressSignal), pass.Progress{LastDbid: 30, Batches: 1})
	reader := &journal.Reader{Temporal: &temporal{histories: map[string][]*history.HistoryEvent{"segment-run": segment.events}}}
	got, err := reader.Committed(t.Context(), "segment", "segment-run")
	require.NoError(t, err)
	require.Equal(t, []string{"dbid:7", "a"}, got.Rejected)
}
