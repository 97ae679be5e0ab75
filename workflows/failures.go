package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// writtenBefore is what an attempt of DiffAndUpdate had written, or was about to write, before it failed or was lost for good.
func writtenBefore(err error) []counterparty.NodeOutcome {
	var details pass.FailureDetails
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok && application.HasDetails() && application.Details(&details) == nil {
		return details.Written
	}
	var told pass.WriteHeartbeat
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok && timeout.HasLastHeartbeatDetails() && timeout.LastHeartbeatDetails(&told) == nil {
		return told.Changed
	}
	return nil
}

// mayBeOne reports whether a call may have failed because of some of those that it was about.
func mayBeOne(err error) bool {
	var details pass.FailureDetails
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && application.HasDetails() && application.Details(&details) == nil && details.MayBeOne
}

// noneThrough is the failure of one batch too many in a row about which a source can't be asked.
func noneThrough(source string) *pass.Failure {
	return &pass.Failure{
		Type: pass.FailureUnavailable, Source: methods.SourceID(source), Retryable: true,
		Message: fmt.Sprintf("kontur.%s: no request goes through about any of more than %d batches in a row, while those about others do", source, pass.MaxNoneThrough),
		Hint:    "starter changes --rejected shows how they fail; if Kontur.Focus says nothing by itself, ask its support about these counterparties",
	}
}

// canceled reports whether err only says that the batch was called off.
func canceled(err error) bool { return temporal.IsCanceledError(err) }

// failureOf is the failure of what a source was asked; nil if err is, or if it was called off.
func failureOf(ctx workflow.Context, what string, err error, source string) *pass.Failure {
	if err == nil || canceled(err) || ctx.Err() != nil {
		return nil
	}
	return flow.FailureOf(what, err).From(source)
}

// halved is the sync with batches half as large, if the failure is one that is more than a payload holds. What was answered
// about it is lost and asked again, which is why the batches do not grow again. It does not count as a try: no system failed.
func halved(sync pass.Sync, failure *pass.Failure) (smaller pass.Sync, ok bool) {
	if failure.Type != pass.FailureTooLarge || *sync.BatchSize == 1 {
		return sync, false
	}
	half := (*sync.BatchSize + 1) / 2
	sync.BatchSize = &half
	return sync, true
}

// tooLarge is the failure of a batch whose answers are more than a payload holds.
func tooLarge(b *batch, answers, bytes int) *pass.Failure {
	return &pass.Failure{
		Type:    pass.FailureTooLarge,
		Source:  pass.WriteSource,
		Message: fmt.Sprintf("the answers of %d sources %s have %d bytes, more than the %d that a payload may have", answers, b.place, bytes, pass.MaxAnswerBytes),
		Hint:    pass.HintTooLarge,
	}
}

// noNodes is the failure of a walk from the beginning that found nothing where the one before found something; nil if
// that is not so. A search that finds nothing looks like a walk without trouble, and is most often one.
func noNodes(r pass.Result, sync pass.Sync) *pass.Failure {
	if r.ResumedFrom != nil || r.CountProcessedNodes > 0 || r.FoundBefore == 0 || sync.AllowEmpty {
		return nil
	}
	return &pass.Failure{
		Type:    pass.FailureNoNodes,
		Source:  pass.ReadSource,
		Message: fmt.Sprintf("there are no nodes of type %s, and the last walk found %s", sync.NodeType, md.Number(r.FoundBefore)),
		Hint:    "check nodeType, whether the worker's account may still read the nodes, and Alfresco's search index; if they are meant to be gone, allowEmpty: true",
	}
}
