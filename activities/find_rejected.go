package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// findRejected reads in the journals of passes which nodes could not be brought up to date. A pass that completed has
// tried the earlier ones again, so that none before it counts.
type findRejected struct{ temporal client.Client }

func (f *findRejected) execute(ctx context.Context, request pass.FindRejectedRequest) (pass.FindRejectedResult, error) {
	var result pass.FindRejectedResult
	var notFound *serviceerror.NotFound
	schedule, err := f.temporal.ScheduleClient().GetHandle(ctx, request.ScheduleID).Describe(ctx)
	if errors.As(err, &notFound) {
		return result, nil // deleted while its pass runs
	}
	if err != nil {
		return result, fmt.Errorf("describe schedule %s: %w", request.ScheduleID, err)
	}
	seen := map[string]bool{}
	reader := &journal.Reader{Temporal: f.temporal}
	for _, action := range slices.Backward(schedule.Info.RecentActions) {
		started := action.StartWorkflowResult
		if started == nil || started.FirstExecutionRunID == request.RunID {
			continue
		}
		_, memo, err := (&findPreviousPass{temporal: f.temporal}).lastRun(ctx, started.WorkflowID, started.FirstExecutionRunID, request.RunID)
		if errors.As(err, &notFound) {
			result.Gaps = append(result.Gaps, started.WorkflowID)
			return result, nil // its retention is over, and so is that of all before it
		}
		if err != nil {
			return result, fmt.Errorf("describe workflow %s: %w", started.WorkflowID, err)
		}
		coverage, err := reader.Read(ctx, started.WorkflowID, started.FirstExecutionRunID, func(e journal.Entry) error {
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
			return result, fmt.Errorf("read what %s rejected: %w", started.WorkflowID, err)
		}
		result.Gaps = append(result.Gaps, coverage.Gaps...)
		left, err := pass.ResultFromMemo(memo)
		if err != nil {
			return result, fmt.Errorf("memo of workflow %s: %w", started.WorkflowID, err)
		}
		if left != nil && left.Ended == pass.Completed {
			return result, nil
		}
	}
	return result, nil
}
