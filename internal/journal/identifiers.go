package journal

import (
	"context"
	"fmt"

	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// Identifiers calls see with the identifiers of each batch of a pass that Kontur.Focus is asked about, or would be. It
// returns the sync as the pass ran it, and how many nodes have no such identifier. A batch that was fetched twice is seen
// twice.
func (r *Reader) Identifiers(ctx context.Context, workflowID, runID string, see func(ids []string)) (sync pass.Sync, without int, err error) {
	run := runs.Execution{WorkflowID: workflowID, RunID: runID}
	if sync, err = runs.Input[pass.Sync](ctx, r.Temporal, run); err != nil {
		return sync, 0, fmt.Errorf("input of %s: %w", workflowID, err)
	}
	sync = sync.WithDefaults()
	err = r.segments(ctx, run, func(segment runs.Execution) error {
		fetches := map[int64]bool{}
		return r.events(ctx, segment, func(event *history.HistoryEvent) error {
			if event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == string(pass.FetchBatch) {
				fetches[event.GetEventId()] = true
			}
			completed := event.GetActivityTaskCompletedEventAttributes()
			if !fetches[completed.GetScheduledEventId()] {
				return nil
			}
			var fetched pass.FetchBatchResult
			if err := decode(completed.GetResult(), &fetched); err != nil {
				return fmt.Errorf("event %d: %w", event.GetEventId(), err)
			}
			for _, batch := range fetched.Batches {
				keys := make([]string, len(batch.Nodes))
				for i, node := range batch.Nodes {
					keys[i] = node.Key
					if len(counterparty.Askable(sync.SearchParam, []string{node.Key})) == 0 {
						without++
					}
				}
				see(counterparty.Texts(counterparty.Askable(sync.SearchParam, keys)))
			}
			return nil
		})
	})
	return sync, without, err
}
