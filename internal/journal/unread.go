package journal

import (
	"fmt"

	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// unreadBy are the nodes that a FetchBatch could not read, by the event of its end.
func unreadBy(event *history.HistoryEvent) ([]pass.FailedNode, error) {
	var fetched struct {
		Batches []struct {
			Failed []pass.FailedNode `json:"failed"`
		} `json:"batches"`
	}
	if err := decode(event.GetActivityTaskCompletedEventAttributes().GetResult(), &fetched); err != nil {
		return nil, fmt.Errorf("event %d: %w", event.GetEventId(), err)
	}
	var failed []pass.FailedNode
	for _, batch := range fetched.Batches {
		failed = append(failed, batch.Failed...)
	}
	return failed, nil
}

// unread emits the nodes that a fetch could not read. A batch that is fetched again has them again.
func (d *deduplicator) unread(event *history.HistoryEvent, run runs.Execution) error {
	failed, err := unreadBy(event)
	if err != nil {
		return err
	}
	var told []Entry
	for _, node := range failed {
		b := batch{Plan: pass.KindOf(run.WorkflowID) == pass.Planned}
		entry := entriesOf(event, run, b, []counterparty.NodeOutcome{node.Outcome()})[0]
		entry.Dbid = node.Dbid
		same := entry
		same.Reason = "" // which may be another each time
		if !d.repeated(same) {
			told = append(told, entry)
		}
	}
	return d.emitAll(told)
}
