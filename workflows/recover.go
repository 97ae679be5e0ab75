package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// recover does what a failure takes, so that the pass can go on: a person's approval, smaller batches, time, a closer look,
// or one source less. It returns the pass's failure if nothing helps, and nil on cancellation.
func (p *passRun) recover(ctx workflow.Context, failure *pass.Failure) error {
	smaller, tooLarge := halved(p.sync, failure)
	delay, again := p.retry.after(failure)
	rest, source, optional := withoutSource(p.sync, failure)
	switch {
	case failure.Evidence != nil:
		return p.awaitApproval(ctx, failure)
	case tooLarge:
		p.log(ctx).Warn("the batches of this pass are halved: an answer does not fit into a payload", "batchSize", *smaller.BatchSize,
			"error", failure.Message, "hint", failure.Hint)
		p.sync = smaller
	case again:
		return p.awaitRetry(ctx, failure, delay)
	case failure.MayBeOne && !p.settles:
		p.log(ctx).Warn("the tries are used up; it is found out whether only some nodes fail", "source", failure.Source, "error", failure.Message)
		p.settles = true
	case optional:
		p.log(ctx).Warn("the pass goes on without a source", "source", failure.Source, "error", flow.Sentence(failure))
		p.sync, p.leftOut = rest, append(p.leftOut, source)
		p.sources.fail(failure)
		p.scope.goOnInPart()
		p.retry.tries, p.problem = 0, nil
		p.publish(ctx)
	case p.leftovers.walked():
		p.skipLeftovers(ctx, failure)
	default:
		return p.giveUp(ctx, failure)
	}
	return nil
}

// skipLeftovers goes on with the new nodes where those of earlier passes fail for good. The tries stay spent: an outage that
// also holds for the new nodes has had them.
func (p *passRun) skipLeftovers(ctx workflow.Context, failure *pass.Failure) {
	p.log(ctx).Warn("the pass goes on without the rejected nodes; the next one tries them again", "error", failure.Message, "hint", failure.Hint)
	p.leftovers = leftovers{untried: flow.Sentence(failure)}
	p.sought.compare(nil)
	p.ahead, p.problem = nil, nil
}

func (p *passRun) awaitRetry(ctx workflow.Context, failure *pass.Failure, delay time.Duration) error {
	p.retry.begin(workflow.Now(ctx).Add(delay).UTC())
	err := p.wait(ctx, failure, p.retry.until, func() error {
		p.log(ctx).Warn("iteration failed; will retry", "try", p.retry.tries, "of", len(p.retry.delays), "next", p.retry.until, "error", *p.problem)
		return p.retry.await(ctx, delay, failure.Message)
	})
	switch {
	case err == nil:
		p.publish(ctx)
	case !temporal.IsCanceledError(err):
		return err
	}
	return nil
}

func (p *passRun) awaitApproval(ctx workflow.Context, failure *pass.Failure) error {
	timeout := time.Duration(*p.sync.ApprovalTimeout)
	failure.Hint = fmt.Sprintf("starter status %s shows what it would change; starter approve %[1]s lets it go on, starter refuse %[1]s ends it", p.sync.ID)
	p.retry.tries = 0
	p.brake.begin(failure.Evidence, workflow.Now(ctx).Add(timeout).UTC())
	err := p.wait(ctx, failure, p.brake.hold.Until, func() error {
		p.log(ctx).Warn("pass waits for approval", "hold", p.brake.hold.Number, "until", p.brake.hold.Until, "error", failure.Message, "hint", failure.Hint)
		return p.brake.await(ctx, timeout)
	})
	p.problem = nil
	switch {
	case temporal.IsCanceledError(err):
		return nil
	case err != nil:
		return err
	case !p.brake.approved:
		return p.giveUp(ctx, p.brake.refusal(failure, timeout))
	}
	p.log(ctx).Info("pass approved; it goes on without a brake", "hold", p.brake.hold.Number, "reason", p.brake.answer.Reason)
	p.publish(ctx)
	return nil
}

// wait shows why the pass waits while it does.
func (p *passRun) wait(ctx workflow.Context, failure *pass.Failure, until time.Time, await func() error) error {
	text, began := flow.Sentence(failure), workflow.Now(ctx)
	p.problem = &text
	p.sources.wait(failure)
	p.publish(ctx)
	p.watch.until = until
	defer func() {
		p.waited += workflow.Now(ctx).Sub(began)
		p.watch.until = time.Time{}
	}()
	return await()
}
