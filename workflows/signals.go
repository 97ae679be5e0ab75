package workflows

import (
	"errors"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
	"counterparty-sync/workflows/page"
)

// What a pass shows others: memo, search attributes, details, queries, log; and what it hears from them: signals.

// publish writes the result where it can be read without a worker, and shows it.
func (p *passRun) publish(ctx workflow.Context) {
	r := p.result()
	if err := workflow.UpsertMemo(ctx, map[string]any{pass.StateMemo: r.ForMemo()}); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("state not written to the memo", "sync", p.sync.ID, "error", err)
	}
	p.attributes.set(ctx, p.sync.ID, r.AttributeStatus())
	p.show(ctx)
}

// show sets the current details. They cost no history event, and they are as old as the last change of the state.
func (p *passRun) show(ctx workflow.Context) {
	r, now := p.result(), workflow.Now(ctx)
	workflow.SetCurrentDetails(ctx, page.Pass{
		Sync: p.sync, Result: r, Namespace: workflow.GetInfo(ctx).Namespace, Schedule: scheduleOf(ctx), Previous: p.before,
		Segments: p.segments, Walked: r.CountProcessedNodes - p.ledger.inherited, Worked: now.Sub(r.StartedAt) - p.waited, Now: now,
	}.String())
}

// log is the logger with where the pass is.
func (p *passRun) log(ctx workflow.Context) log.Logger {
	return log.With(workflow.GetLogger(ctx), "sync", p.sync.ID, "dbid", p.ledger.total().Checkpoint())
}

func (p *passRun) answerQueries(ctx workflow.Context) error {
	return errors.Join(
		flow.Handle(ctx, pass.StateQuery, "The six fields of the sync's state.", func() (pass.State, error) { return p.result().State, nil }),
		flow.Handle(ctx, pass.ProgressQuery, "The current pass: state, counts, where it began.", func() (pass.Result, error) { return p.result(), nil }),
		flow.Handle(ctx, pass.ReportQuery, "The state of every source of the pass, as the source-state document in both dialects.",
			func() (pass.SourceDocuments, error) { return p.result().SourceDocuments(), nil }),
	)
}

func (p *passRun) listenForProgress(ctx workflow.Context) {
	for {
		if p.ledger.hear(flow.Receive(ctx, pass.ProgressSignal)) {
			p.sources.work(p.result())
			p.publish(ctx)
		}
	}
}

func (p *passRun) listenForRetry(ctx workflow.Context) {
	for {
		signal := flow.Receive(ctx, pass.RetrySignal)
		if p.retry.hear(signal) && signal.NextTry != nil {
			p.log(ctx).Info("the start of a worker ends the wait; the tries begin anew", "wake", p.retry.wakes, "of", pass.MaxWakes)
		}
	}
}

func (p *passRun) listenForApproval(ctx workflow.Context) {
	for {
		if answer := flow.Receive(ctx, pass.ApprovalSignal); !p.brake.hear(answer, p.ledger.base.RunID) {
			workflow.GetLogger(ctx).Warn("approval ignored: it answers nothing that waits", "sync", p.sync.ID, "hold", answer.Hold, "answer", answer.Answer)
		}
	}
}
