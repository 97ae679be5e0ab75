package workflows

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// set moves a source that has not ended. What the table of transitions refuses is a source that was left out.
func (p *passRun) set(id string, state sourcestate.State, reason string) {
	_ = p.result.Sources.Set(id, state, shorten(reason))
}

// each calls do with every source that still waits.
func (p *passRun) each(do func(sourcestate.Source)) {
	for _, source := range p.result.Sources.Sources() {
		if source.State.Waits() {
			do(source)
		}
	}
}

// sourcesWork: a segment runs. Until the first batch is committed the later stages wait for the earlier ones.
func (p *passRun) sourcesWork() {
	p.each(func(source sourcestate.Source) {
		switch {
		case source.ID == pass.ReadSource || p.result.Batches > 0 && (source.ID == pass.WriteSource || p.result.Asked > 0):
			p.set(source.ID, sourcestate.Asking, "")
		default:
			p.set(source.ID, sourcestate.Waiting, "")
		}
	})
}

// sourcesWait: an iteration failed and is put off. Only the source that failed is delayed; the others wait for it.
func (p *passRun) sourcesWait(failure *pass.Failure) {
	p.each(func(source sourcestate.Source) {
		if source.ID == failure.Source {
			p.set(source.ID, sourcestate.Delayed, failure.Message)
		} else {
			p.set(source.ID, sourcestate.Waiting, "")
		}
	})
}

// leaveOut goes on without the source that failed, if the pass can do without it and there is no try left for it.
func (p *passRun) leaveOut(ctx workflow.Context, failure *pass.Failure) bool {
	if failure.Retryable && p.result.TryCount < len(*p.sync.RetryDelays) {
		return false
	}
	i := slices.IndexFunc(p.sync.Sources, func(method string) bool {
		return methods.SourceID(method) == failure.Source && !slices.Contains(p.sync.Required, method)
	})
	if i < 0 {
		return false
	}
	workflow.GetLogger(ctx).Warn("the pass goes on without a source", "sync", p.sync.ID, "source", failure.Source,
		"dbid", p.checkpoint(), "error", sentence(failure))
	p.set(failure.Source, stateAfter(failure), failure.Message)
	p.leftOut = append(p.leftOut, p.sync.Sources[i])
	p.sync.Sources = slices.Delete(slices.Clone(p.sync.Sources), i, i+1)
	p.changeWalk(func(walk *pass.Scope) { walk.Partial = true })
	p.result.TryCount, p.result.NextTry, p.result.Error = 0, nil, nil
	p.publish(ctx)
	return true
}

// sourcesEnd: the pass ended, so nothing waits.
func (p *passRun) sourcesEnd(ended pass.Ended, failure *pass.Failure) {
	if ended == pass.Completed {
		p.sourcesUnused()
	}
	order := p.result.Sources.Sources()
	failed := len(order)
	if failure != nil {
		failed = slices.IndexFunc(order, func(source sourcestate.Source) bool { return source.ID == failure.Source })
	}
	if failed < 0 {
		// No source failed but ours did: a segment was lost, or the configuration is wrong.
		_ = p.result.Sources.Finish(sourcestate.Ending{
			Interrupted: sourcestate.FailedInternally, InterruptedReason: shorten(failure.Message), CancelledReason: "the pass gave up before",
		})
		return
	}
	p.each(func(source sourcestate.Source) {
		i := slices.IndexFunc(order, func(other sourcestate.Source) bool { return other.ID == source.ID })
		switch {
		case ended == pass.Stopped:
			p.set(source.ID, sourcestate.Cancelled, "the pass was stopped")
		case i == failed:
			p.set(source.ID, stateAfter(failure), failure.Message)
		case failure != nil && i > failed:
			p.set(source.ID, sourcestate.Cancelled, "the pass gave up before")
		case failure == nil && source.ID != pass.ReadSource && source.ID != pass.WriteSource && p.result.Asked == 0:
			p.set(source.ID, sourcestate.Skipped, "there was nothing to ask about")
		case failure == nil && source.ID == pass.WriteSource && p.result.Batches == 0:
			p.set(source.ID, sourcestate.Skipped, "there were no nodes")
		default:
			p.set(source.ID, sourcestate.Answered, "")
		}
	})
}

// stateAfter says on whose side a failure was.
func stateAfter(failure *pass.Failure) sourcestate.State {
	switch failure.Type {
	case pass.FailureRefused, pass.FailureNotApproved:
		return sourcestate.Cancelled
	case pass.FailureLost, pass.FailureTooLarge, pass.FailureInvalidConfiguration, "PanicError":
		return sourcestate.FailedInternally
	}
	return sourcestate.Failed
}

func shorten(text string) string {
	return cut(strings.ReplaceAll(text, "\n", " "), pass.MaxReasonLength)
}
