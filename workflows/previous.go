package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// begin decides where the walk starts, given the pass before this one.
func (p *passRun) begin(previous *pass.Result) {
	p.result.FoundBefore = foundBefore(previous)
	if previous == nil || previous.ResetAt != p.sync.ResetAt || previous.Kind != p.result.Kind {
		return
	}
	p.result.Known = previous.Known
	completed := previous.Ended == pass.Completed
	if completed && p.sync.Start == pass.Beginning {
		return
	}
	p.result.LastModifiedNodeDbid = previous.LastModifiedNodeDbid
	p.result.ResumedFrom = previous.LastModifiedNodeDbid
	if !completed {
		// The same walk goes on, so the numbers do.
		p.result.CountProcessedNodes = previous.CountProcessedNodes
		p.result.Counts = previous.Counts
		p.result.Batches = previous.Batches
		p.inherited = previous.CountProcessedNodes
	}
}

// previous finds the pass before this one: what the Schedule hands over, or, if that pass was terminated or timed out
// and left no word, its memo.
func (p *passRun) previous(ctx workflow.Context) *pass.Result {
	handed := handedOver(ctx)
	schedule := scheduleOf(ctx)
	if schedule == "" {
		return handed
	}
	found, err := flow.Execute(lookupPolicy(ctx), pass.FindPreviousPass, pass.FindPreviousPassRequest{ScheduleID: schedule, RunID: p.result.RunID})
	if err != nil {
		workflow.GetLogger(ctx).Warn("the pass before this one not looked up", "sync", p.sync.ID, "error", err)
		return handed
	}
	if found.Result == nil || handed != nil && handed.RunID == found.RunID {
		return handed
	}
	return found.Result
}

// handedOver is what the Schedule hands over: the last failure if there is one, else the last result.
func handedOver(ctx workflow.Context) *pass.Result {
	var result pass.Result
	var failure *temporal.ApplicationError
	if errors.As(workflow.GetLastError(ctx), &failure) && failure.HasDetails() && failure.Details(&result) == nil && result.Status != "" {
		return &result
	}
	// Not HasLastCompletionResult: it is true for an empty result too under one of Temporal's schedulers.
	if workflow.GetLastCompletionResult(ctx, &result) == nil && result.Status != "" {
		return &result
	}
	return nil
}

// syncIDOf names a sync whose input has no id, such as a schedule made by hand.
func syncIDOf(ctx workflow.Context) string {
	schedule := scheduleOf(ctx)
	if schedule == "" {
		schedule = workflow.GetInfo(ctx).WorkflowExecution.ID
	}
	if id, ok := pass.SyncID(schedule); ok {
		return id
	}
	return schedule
}

// scheduleOf is the id of the Schedule that started the pass; empty if none did.
func scheduleOf(ctx workflow.Context) string {
	schedule, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById"))
	return schedule
}
