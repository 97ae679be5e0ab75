package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// end closes the pass in good order.
func (p *passRun) end(ctx workflow.Context, ended pass.Ended) (pass.Result, error) {
	p.replace(ctx)
	p.sources.end(p.result(), ended, p.sync)
	p.retry.tries, p.problem, p.ended = 0, nil, ended
	r := p.result()
	if r.Missing != nil {
		// No INN: it may be a person's.
		workflow.GetLogger(ctx).Warn("not all that was asked for was found", "sync", p.sync.ID, "missing", r.Missing.Count, "nodes", r.Missing.Nodes, "hint", r.Missing.Why())
	}
	if r.Shrunk() {
		workflow.GetLogger(ctx).Warn("pass found far fewer nodes than the one before", "sync", p.sync.ID, "nodes", r.CountProcessedNodes, "before", r.FoundBefore)
	}
	p.publish(ctx)
	return r, nil
}

// giveUp makes the error that a failed pass returns.
func (p *passRun) giveUp(ctx workflow.Context, failure *pass.Failure) error {
	p.replace(ctx)
	text := flow.Sentence(failure)
	p.sources.giveUp(failure)
	p.problem, p.ended = &text, pass.Failed
	p.publish(ctx)
	p.log(ctx).Error("pass gave up; the next start goes on from the checkpoint", "tries", p.retry.tries, "error", failure.Message, "hint", failure.Hint)
	return temporal.NewApplicationErrorWithOptions(text, pass.FailurePass, temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{p.result()},
	})
}
