package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// newResult is the result of a pass that has just been started and knows of no other.
func newResult(ctx workflow.Context, sync pass.Sync) pass.Result {
	execution := workflow.GetInfo(ctx).WorkflowExecution
	return pass.Result{
		WorkflowID: execution.ID,
		RunID:      execution.RunID,
		StartedAt:  workflow.Now(ctx).UTC(),
		ResetAt:    sync.ResetAt,
		RewindAt:   sync.RewindMark(),
		Kind:       sync.Kind(),
	}
}

// startAfter is the result of a pass that has committed nothing yet, given the pass before it: where it begins, and what it
// goes on counting.
func startAfter(ctx workflow.Context, previous *pass.Result, r pass.Result, sync pass.Sync) pass.Result {
	r = goOn(previous, r, sync)
	if rewinds(previous, sync) {
		r = rewind(r, sync.Rewind.To)
		workflow.GetLogger(ctx).Info("pass begins where the checkpoint was set by hand", "sync", sync.ID, "dbid", r.Checkpoint())
	}
	if sync.AdHoc != nil && sync.AdHoc.After > 0 {
		after := sync.AdHoc.After
		r.LastModifiedNodeDbid, r.ResumedFrom = &after, &after
	}
	r.Brake = spentBefore(r, sync, previous)
	r.Scope = scopeAfter(previous, sync)
	return r
}

// rewinds reports whether the pass after previous is the one that the sync's rewind was meant for.
func rewinds(previous *pass.Result, sync pass.Sync) bool {
	return sync.Rewind != nil && (previous == nil || previous.RewindAt != sync.Rewind.At)
}

// rewind makes r a new walk that begins after a dbid, 0 being the beginning.
func rewind(r pass.Result, after int64) pass.Result {
	r.Rewound, r.LastModifiedNodeDbid, r.ResumedFrom = true, nil, nil
	if after > 0 {
		r.LastModifiedNodeDbid, r.ResumedFrom = &after, &after
	}
	r.CountProcessedNodes, r.Counts, r.Batches = 0, counterparty.Counts{}, 0
	return r
}

func goOn(previous *pass.Result, r pass.Result, sync pass.Sync) pass.Result {
	if previous == nil {
		return r
	}
	// How many nodes the last walk found that found any.
	r.FoundBefore = previous.CountProcessedNodes
	if r.FoundBefore == 0 || previous.Rewound && previous.ResumedFrom != nil { // that one did not come to all of them
		r.FoundBefore = max(r.FoundBefore, previous.FoundBefore)
	}
	if !usable(previous, sync) || previous.Kind != r.Kind {
		return r
	}
	r.Known, r.Unwritable = previous.Known, previous.Unwritable
	completed := previous.Over()
	if completed && sync.Start == pass.Beginning {
		return r
	}
	r.LastModifiedNodeDbid = previous.LastModifiedNodeDbid
	r.ResumedFrom = previous.LastModifiedNodeDbid
	if !completed {
		// The same walk goes on, so the numbers do.
		r.CountProcessedNodes = previous.CountProcessedNodes
		r.Counts = previous.Counts
		r.Batches = previous.Batches
	}
	return r
}

// usable reports whether a pass goes on from the state of another one: not after a Reset State, nor after a change of the
// configuration that ended that one. starter apply makes a mark for both, other tools make none.
func usable(previous *pass.Result, sync pass.Sync) bool {
	return previous.ResetAt == sync.ResetAt && previous.Replaced == ""
}

// previousPass finds the pass before this one: what the Schedule hands over, or, if that pass was terminated or timed out
// and left no word, its memo. unread is why nobody can know how far that one got, though there is one; empty if that is not so.
func previousPass(ctx workflow.Context, syncID string) (previous *pass.Result, unread string) {
	handed, unread := handedOver(ctx)
	schedule := scheduleOf(ctx)
	if schedule == "" {
		return handed, unread
	}
	request := pass.FindPreviousPassRequest{ScheduleID: schedule, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID}
	found, err := flow.Execute(lookupPolicy.on(ctx, "where did the pass before this one get to?"), pass.FindPreviousPass, request)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the pass before this one not looked up", "sync", syncID, "error", err)
		return handed, unread
	}
	if found.Result == nil || handed != nil && handed.RunID == found.RunID {
		if unread == "" {
			unread = found.Unread
		}
		return handed, unread
	}
	return found.Result, ""
}

// handedOver is what the Schedule hands over: the last failure if there is one, else the last result.
func handedOver(ctx workflow.Context) (handed *pass.Result, unread string) {
	var result pass.Result
	if failure, ok := errors.AsType[*temporal.ApplicationError](workflow.GetLastError(ctx)); ok && failure.HasDetails() {
		err := failure.Details(&result)
		if codec.IsUndecoded(err) {
			panic(err) // as the SDK's converter does in a workflow, which this one is not asked of
		}
		if _, lost := errors.AsType[*codec.LostKeyError](err); lost {
			return nil, err.Error()
		}
		if err == nil && result.Status != "" {
			return &result, ""
		}
	}
	// Not HasLastCompletionResult: it is true for an empty result too under one of Temporal's schedulers.
	err := workflow.GetLastCompletionResult(ctx, &result)
	if _, lost := errors.AsType[*codec.LostKeyError](err); lost {
		return nil, err.Error()
	}
	if err == nil && result.Status != "" {
		return &result, ""
	}
	return nil, ""
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
