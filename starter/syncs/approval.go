package syncs

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// Answered is what came of an answer to a pass that waited for approval.
type Answered struct {
	WorkflowID string `json:"workflowId"`
	Hold       int    `json:"hold"`
	// Taken is false if no worker has taken the answer yet: the pass gets it when one does.
	Taken bool `json:"taken"`
}

// Answer approves or refuses what a pass in APPROVAL_WAITING would change. It names the hold that it answers, so that it
// never counts for another one, and waits until the pass has taken it or ctx ends. ErrNotHeld if none waits.
func (m *Manager) Answer(ctx context.Context, id string, verdict pass.Decision, reason string) (Answered, error) {
	status, err := m.Status(ctx, id)
	if err != nil {
		return Answered{}, err
	}
	if status.State.Status != pass.ApprovalWaiting || status.Pass == nil || status.Pass.Hold == nil {
		return Answered{}, fmt.Errorf("%w: the status is %s", ErrNotHeld, status.State.Status)
	}
	x, hold := runs.Execution{WorkflowID: status.Pass.WorkflowID, RunID: status.Pass.RunID}, status.Pass.Hold.Number
	answer := pass.Approval{Hold: hold, Answer: verdict, RunID: x.RunID, Reason: reason}
	if err := pass.ApprovalSignal.Send(ctx, m.Temporal, x.WorkflowID, x.RunID, answer); err != nil {
		return Answered{}, fmt.Errorf("signal pass %s: %w", x.WorkflowID, err)
	}
	return m.waitForAnswer(ctx, x, hold, verdict)
}

// waitForAnswer waits until the memo of a pass has what came of a hold: that needs a worker.
func (m *Manager) waitForAnswer(ctx context.Context, x runs.Execution, hold int, want pass.Decision) (Answered, error) {
	answered := Answered{WorkflowID: x.WorkflowID, Hold: hold}
	for {
		_, info, err := runs.Latest(ctx, m.Temporal, x, "")
		switch {
		case ctx.Err() != nil:
			return answered, nil
		case err != nil:
			return answered, fmt.Errorf("describe pass %s: %w", x.WorkflowID, err)
		}
		result, err := pass.ResultFromMemo(info.GetMemo())
		if err != nil {
			return answered, err
		}
		if result != nil && result.Brake != nil && result.Brake.Hold != nil && result.Brake.Hold.Answer != "" {
			if got := result.Brake.Hold.Answer; got != want {
				return answered, fmt.Errorf("the answer came too late for pass %s: hold %d already has another one: %s", x.WorkflowID, hold, got)
			}
			answered.Taken = true
			return answered, nil
		}
		if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return answered, fmt.Errorf("pass %s ended before the answer came", x.WorkflowID)
		}
		if sleep(ctx) != nil {
			return answered, nil
		}
	}
}
