package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// findPreviousPass reads what the pass before this one left in its memo. A pass that was terminated or timed out hands
// nothing to the next one, but its memo stays.
type findPreviousPass struct{ temporal client.Client }

func (f *findPreviousPass) execute(ctx context.Context, request pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
	var none pass.FindPreviousPassResult
	started, err := runs.Started(ctx, f.temporal, request.ScheduleID)
	if err != nil {
		return none, err
	}
	for _, x := range started {
		if x.RunID == request.RunID {
			continue
		}
		// If this pass is the run that a reset made, it goes on from the run that was reset.
		x, latest, err := runs.Latest(ctx, f.temporal, x, request.RunID)
		if runs.IsNotFound(err) {
			return none, nil // its retention is over
		}
		if err != nil {
			return none, fmt.Errorf("describe workflow %s: %w", x.WorkflowID, err)
		}
		result, err := pass.ResultFromMemo(latest.GetMemo())
		if err != nil {
			return none, fmt.Errorf("memo of workflow %s: %w", x.WorkflowID, err)
		}
		if result == nil || result.Ended != pass.Running {
			return pass.FindPreviousPassResult{RunID: x.RunID, Result: result}, nil
		}
		// It was cut off, and its memo has what signals said, which anyone may have sent.
		really, err := (&journal.Reader{Temporal: f.temporal}).Standing(ctx, x.WorkflowID, x.RunID, *result)
		if errors.Is(err, journal.ErrGone) {
			return none, nil
		}
		if err != nil {
			return none, fmt.Errorf("how far did it get: %w", err)
		}
		return pass.FindPreviousPassResult{RunID: x.RunID, Result: &really}, nil
	}
	return none, nil
}
