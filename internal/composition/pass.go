package composition

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

// Pass is a pass as it can be seen from outside.
type Pass struct {
	// Execution is the run that counts.
	runs.Execution
	Result     pass.Result
	StartedAt  time.Time
	FinishedAt *time.Time // nil while it runs
	// Ended is COMPLETED, STOPPED, FAILED, or how Temporal ended it (TERMINATED, TIMED_OUT, CANCELED); empty while it runs.
	Ended string
	// Info is all that Temporal says of it.
	Info *workflow.WorkflowExecutionInfo
}

// Look reads a pass: by query while it runs and a worker answers, which gives the whole result, else from its memo. It is
// nil if Temporal no longer keeps it.
func Look(ctx context.Context, c client.Client, x runs.Execution) (*Pass, error) {
	x, info, err := runs.Latest(ctx, c, x, "")
	if runs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe pass %s: %w", x.WorkflowID, err)
	}
	running := info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	result := pass.Result{State: pass.State{Status: pass.InProgress}}
	kept, unread := pass.ResultFromMemo(info.GetMemo())
	if unread == nil && kept != nil {
		result = *kept
	}
	if running {
		if live, err := runs.Ask(ctx, c, x, pass.ProgressQuery, runs.QueryTimeout); err == nil {
			result, unread = live, nil // else the memo answers
		}
	}
	p := &Pass{
		Execution: runs.Execution{WorkflowID: x.WorkflowID, RunID: info.GetExecution().GetRunId()},
		Result:    result, StartedAt: info.GetStartTime().AsTime(), Ended: string(result.Ended), Info: info,
	}
	if unread != nil {
		text := "how the last pass stands can't be read: " + unread.Error()
		p.Result.Error = &text
	}
	if running {
		return p, nil
	}
	if info.GetCloseTime() != nil {
		p.FinishedAt = new(info.GetCloseTime().AsTime())
	}
	if unread != nil {
		p.Ended, p.Result.Status = pass.EndedByTemporal(info.GetStatus()), pass.TriggerWaiting
		return p, nil
	}
	if result.Ended == pass.Running {
		p.cutOff(pass.EndedByTemporal(info.GetStatus()))
	}
	return p, nil
}

// cutOff turns the memo of a pass that ended without a word into the state of its sync.
func (p *Pass) cutOff(how string) {
	text := fmt.Sprintf("the last pass was cut off (%s); the next one goes on from the checkpoint", strings.ToLower(how))
	p.Ended, p.Result.Status, p.Result.NextTry, p.Result.Error = how, pass.TriggerWaiting, nil, &text
	endAll(&p.Result.Sources)
}

// endAll ends what waits in the sources of a pass that was cut off.
func endAll(sources *sourcestate.Sources) {
	const why = "the pass was cut off"
	_ = sources.Finish(sourcestate.Ending{Interrupted: sourcestate.Cancelled, InterruptedReason: why, CancelledReason: why})
}
