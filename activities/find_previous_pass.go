package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// findPreviousPass reads what the pass before this one left in its memo. A pass that was terminated or timed out hands
// nothing to the next one, but its memo stays.
type findPreviousPass struct{ temporal client.Client }

func (f *findPreviousPass) execute(ctx context.Context, request pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
	var none pass.FindPreviousPassResult
	var notFound *serviceerror.NotFound
	schedule, err := f.temporal.ScheduleClient().GetHandle(ctx, request.ScheduleID).Describe(ctx)
	if errors.As(err, &notFound) {
		return none, nil // deleted while its pass runs
	}
	if err != nil {
		return none, fmt.Errorf("describe schedule %s: %w", request.ScheduleID, err)
	}
	for _, action := range slices.Backward(schedule.Info.RecentActions) {
		started := action.StartWorkflowResult
		if started == nil || started.FirstExecutionRunID == request.RunID {
			continue
		}
		runID, memo, err := f.lastRun(ctx, started.WorkflowID, started.FirstExecutionRunID, request.RunID)
		if errors.As(err, &notFound) {
			return none, nil // its retention is over
		}
		if err != nil {
			return none, fmt.Errorf("describe workflow %s: %w", started.WorkflowID, err)
		}
		result, err := pass.ResultFromMemo(memo)
		if err != nil {
			return none, fmt.Errorf("memo of workflow %s: %w", started.WorkflowID, err)
		}
		if result == nil || result.Ended != pass.Running {
			return pass.FindPreviousPassResult{RunID: runID, Result: result}, nil
		}
		// It was cut off, and its memo has what signals said, which anybody may have sent.
		really, err := (&journal.Reader{Temporal: f.temporal}).Standing(ctx, started.WorkflowID, runID, *result)
		if errors.Is(err, journal.ErrGone) {
			return none, nil
		}
		if err != nil {
			return none, fmt.Errorf("how far did it get: %w", err)
		}
		return pass.FindPreviousPassResult{RunID: runID, Result: &really}, nil
	}
	return none, nil
}

// lastRun reads the memo of a pass. A workflow reset makes a new run of a pass, of which the schedule knows nothing: it is
// the one that counts, unless it is this pass itself, which then goes on from the run that was reset.
func (f *findPreviousPass) lastRun(ctx context.Context, workflowID, runID, this string) (string, *commonpb.Memo, error) {
	for {
		description, err := f.temporal.DescribeWorkflowExecution(ctx, workflowID, runID)
		if err != nil {
			return "", nil, err
		}
		next := description.GetWorkflowExtendedInfo().GetResetRunId()
		if next == "" || next == this {
			return runID, description.GetWorkflowExecutionInfo().GetMemo(), nil
		}
		runID = next
	}
}
