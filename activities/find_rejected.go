package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// findRejected reads in the journals of passes which nodes could not be brought up to date. A pass that completed has
// tried the earlier ones again, so that none before it counts.
type findRejected struct{ temporal client.Client }

func (f *findRejected) execute(ctx context.Context, request pass.FindRejectedRequest) (pass.FindRejectedResult, error) {
	var result pass.FindRejectedResult
	started, err := runs.Started(ctx, f.temporal, request.ScheduleID)
	if err != nil {
		return result, err
	}
	seen := map[string]bool{}
	reader := &journal.Reader{Temporal: f.temporal}
	for _, x := range started {
		if x.RunID == request.RunID {
			continue
		}
		_, latest, err := runs.Latest(ctx, f.temporal, x, request.RunID)
		if runs.IsNotFound(err) {
			result.Gaps = append(result.Gaps, x.WorkflowID)
			return result, nil // its retention is over, and so is that of all before it
		}
		if err != nil {
			return result, fmt.Errorf("describe workflow %s: %w", x.WorkflowID, err)
		}
		coverage, err := reader.Read(ctx, x.WorkflowID, x.RunID, func(e journal.Entry) error {
			switch {
			case !journal.Rejected(e.Outcome) || seen[e.NodeID]:
			case len(result.Nodes) == pass.MaxTriedAgain:
				result.Left++
			default:
				seen[e.NodeID] = true
				result.Nodes = append(result.Nodes, e.NodeID)
			}
			return nil
		})
		if err != nil {
			return result, fmt.Errorf("read what %s rejected: %w", x.WorkflowID, err)
		}
		result.Gaps = append(result.Gaps, coverage.Gaps...)
		left, err := pass.ResultFromMemo(latest.GetMemo())
		if err != nil {
			return result, fmt.Errorf("memo of workflow %s: %w", x.WorkflowID, err)
		}
		if left != nil && left.Ended == pass.Completed {
			return result, nil
		}
	}
	return result, nil
}
