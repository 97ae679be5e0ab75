package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// However many batches a fetch brings, each is asked about by itself.
func TestIdentifiersAreThoseOfEachBatch(t *testing.T) {
	t.Parallel()
	const inn, other = "0012345673", "0001100015"
	var segment script
	segment.completed(t, segment.scheduled(t, string(pass.FetchBatch), pass.FetchBatchRequest{}), pass.FetchBatchResult{Batches: []pass.FetchedBatch{
		{Nodes: []pass.NodeRef{{ID: "a", Key: inn}, {ID: "b"}, {ID: "c", Key: inn}}},
		{Failed: []pass.FailedNode{{Dbid: 7}}},
		{Nodes: []pass.NodeRef{{ID: "d", Key: other}, {ID: "e", Key: "no number"}}},
	}})
	segment.completed(t, segment.scheduled(t, string(pass.FetchBatch), pass.FetchBatchRequest{}), pass.FetchBatchResult{})
	var parent script
	parent.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &history.WorkflowExecutionStartedEventAttributes{Input: payloads(t, pass.Sync{ID: "main", SearchParam: counterparty.INN})}}})
	parent.child("pass/segment-1", "segment-run")
	server := &temporal{histories: map[string][]*history.HistoryEvent{"run": parent.events, "segment-run": segment.events}, latest: "run"}
	var asked [][]string
	sync, without, err := (&journal.Reader{Temporal: server}).Identifiers(t.Context(), "pass", "run", func(ids []string) { asked = append(asked, ids) })
	require.NoError(t, err)
	require.Equal(t, "main", sync.ID)
	require.Equal(t, 2, without)
	require.Equal(t, [][]string{{inn}, {}, {other}}, asked)
}
