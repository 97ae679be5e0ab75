package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
	"counterparty-sync/workflows/page"
)

// CounterpartySync is one pass over all nodes of a sync. It runs the batches in child workflows, one SyncSegment after
// the other, and keeps what must outlast them: checkpoint, counts, tries and status.
//
// A pass that ends well, or was cancelled and stopped at a clean point, returns its Result. One that gives up fails with
// an application error of type pass.FailurePass whose details hold the Result. A Schedule hands either to the next run.
// It never continues as new: a scheduler may never take the pass for finished then.
func CounterpartySync(ctx workflow.Context, sync pass.Sync) (pass.Result, error) {
	p, err := setup(ctx, sync)
	if err != nil {
		return pass.Result{}, err
	}
	return p.run(ctx)
}

// passRun is a pass in progress.
type passRun struct {
	sync   pass.Sync
	result pass.Result
	// leftOut are the sources that sync has lost: the pass goes on without them.
	leftOut []string

	// base and baseCursor are the result, and the cursor of again, as the current segment found them; the segment's progress
	// is added to them. listening: the segment has not had its last word, so that its signals are shown.
	base       pass.Result
	baseCursor int64
	segment    int
	listening  bool
	ahead      []pass.WrittenBatch
	// silent is how many counterparties in a row Kontur.Focus did not know when the last segment ended.
	silent int
	// written is what failed tries have written to nodes that are not committed.
	written []counterparty.NodeOutcome

	attributes attributes

	// What the details tell beside the result. before is the pass before, inherited are the nodes that it had walked of
	// this walk, waited is the time that went into waiting for retries.
	before    *pass.Result
	inherited int64
	waited    time.Duration
	segments  []workflow.Execution

	// wake ends RETRY_WAITING before its time.
	wake  bool
	brake brake
	// chosen: it is decided whom the walk asks about.
	chosen bool
	again  again
}

func setup(ctx workflow.Context, sync pass.Sync) (*passRun, error) {
	info := workflow.GetInfo(ctx)
	p := &passRun{result: pass.Result{
		State:      pass.State{Status: pass.InProgress},
		WorkflowID: info.WorkflowExecution.ID,
		RunID:      info.WorkflowExecution.RunID,
		StartedAt:  workflow.Now(ctx).UTC(),
		ResetAt:    sync.ResetAt,
		Kind:       sync.Kind(),
		Sources:    pass.NewSources(sync.WithDefaults().Sources),
	}}
	err := flow.Handle(ctx, pass.StateQuery, "The six fields of the sync's state.", func() (pass.State, error) { return p.result.State, nil })
	if err != nil {
		return nil, err
	}
	err = flow.Handle(ctx, pass.ProgressQuery, "The pass as it stands: state, counts, where it began.", func() (pass.Result, error) { return p.result, nil })
	if err != nil {
		return nil, err
	}
	err = flow.Handle(ctx, pass.ReportQuery, "The state of every source of the pass, as the source-state document in both dialects.",
		func() (pass.SourceDocuments, error) { return p.result.SourceDocuments(), nil })
	if err != nil {
		return nil, err
	}

	if sync.ID == "" {
		sync.ID = syncIDOf(ctx)
	}
	p.sync = sync.WithDefaults()
	p.before = p.previous(ctx)
	p.begin(p.before)
	p.beginAside()
	p.beginBrake(p.before)
	p.beginWalk(p.before)
	p.checkAttributes(ctx)
	if err := p.sync.Validate(); err != nil {
		return nil, p.giveUp(ctx, &pass.Failure{
			Type:    pass.FailureInvalidConfiguration,
			Message: "the sync's configuration: " + err.Error(),
			Hint:    "correct the YAML and run starter apply",
		})
	}
	workflow.Go(ctx, p.listenForProgress)
	workflow.Go(ctx, p.listenForRetry)
	workflow.Go(ctx, p.listenForApproval)
	return p, nil
}

func (p *passRun) run(ctx workflow.Context) (pass.Result, error) {
	p.findRejected(ctx)
	for {
		if failure := p.chooseWhomToAsk(ctx); failure != nil {
			if err := p.waitForRetry(ctx, failure); err != nil {
				return pass.Result{}, err
			}
			if ctx.Err() == nil {
				continue
			}
		}
		segment := p.runSegment(ctx)
		switch {
		case segment.Done && p.triesAgain():
			p.nextAgain()
		case segment.Done:
			if failure := p.vanished(); failure != nil {
				return pass.Result{}, p.giveUp(ctx, failure)
			}
			return p.end(ctx, pass.Completed)
		case ctx.Err() != nil:
			return p.end(ctx, pass.Stopped)
		case segment.Failure != nil && segment.Failure.Evidence != nil:
			if err := p.waitForApproval(ctx, segment.Failure); err != nil {
				return pass.Result{}, err
			}
		case segment.Failure != nil:
			if err := p.waitForRetry(ctx, segment.Failure); err != nil {
				return pass.Result{}, err
			}
		}
	}
}

func (p *passRun) runSegment(ctx workflow.Context) pass.SegmentResult {
	p.segment++
	p.result.Status = pass.InProgress
	p.base, p.baseCursor, p.listening = p.result, p.again.cursor, true
	p.sourcesWork()
	if ctx.Err() == nil {
		p.publish(ctx)
	} else {
		p.show(ctx)
	}

	sync, after := p.walk()
	id := pass.SegmentID(p.result.WorkflowID, p.segment)
	ctx = segmentPolicy(ctx, id, fmt.Sprintf("segment %d: from dbid %s", p.segment, md.Number(after)), p.ofSegment())
	started := flow.StartChild(ctx, pass.SegmentWorkflow, pass.SegmentRequest{
		Sync:          sync,
		LeftOut:       p.leftOut,
		After:         after,
		Number:        p.segment,
		PassStartedAt: p.result.StartedAt,
		Ahead:         p.ahead,
		Written:       p.written,
		Brake:         p.segmentBrake(),
		Changed:       p.sparing(),
		Silent:        p.silent,
		Known:         p.result.Known,
	})
	p.segments = append(p.segments, workflow.Execution{ID: id})
	if started.GetChildWorkflowExecution().Get(ctx, &p.segments[p.segment-1]) == nil {
		p.show(ctx) // with a link to it
	}
	result, err := started.Result(ctx)
	if err != nil {
		lost := p.committed(ctx, p.segments[p.segment-1])
		p.settle(lost.Progress)
		p.noteRejected(lost.Rejected)
		return pass.SegmentResult{Failure: failureOf(fmt.Sprintf("segment %d", p.segment), err)}
	}
	p.settle(result.Progress)
	p.noteRejected(result.Rejected)
	p.ahead, p.written = result.Ahead, result.Written
	return result
}

func (p *passRun) checkpoint() int64 {
	if p.result.LastModifiedNodeDbid == nil {
		return 0
	}
	return *p.result.LastModifiedNodeDbid
}

// waitForRetry waits for the next try. It returns the pass's failure if there is none left, and nil on cancellation.
func (p *passRun) waitForRetry(ctx workflow.Context, failure *pass.Failure) error {
	delays := *p.sync.RetryDelays
	if p.halve(ctx, failure) {
		return nil
	}
	if p.leaveOut(ctx, failure) {
		return nil
	}
	if !failure.Retryable || p.result.TryCount >= len(delays) {
		return p.giveUp(ctx, failure)
	}
	delay := time.Duration(delays[p.result.TryCount])
	next := workflow.Now(ctx).Add(delay).UTC()
	text := sentence(failure)
	p.result.TryCount++
	p.result.Status, p.result.NextTry, p.result.Error = pass.RetryWaiting, &next, &text
	p.sourcesWait(failure)
	p.publish(ctx)
	workflow.GetLogger(ctx).Warn("iteration failed; will retry", "sync", p.sync.ID, "dbid", p.checkpoint(),
		"try", p.result.TryCount, "of", len(delays), "next", next, "error", text)

	p.wake = false
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout:      delay,
		TimerOptions: workflow.TimerOptions{Summary: cut(fmt.Sprintf("retry %d of %d: %s", p.result.TryCount, len(delays), failure.Message), maxSummary)},
	}, func() bool { return p.wake })
	p.waited += workflow.Now(ctx).Sub(next.Add(-delay))
	p.result.Status, p.result.NextTry = pass.InProgress, nil
	if err != nil && !temporal.IsCanceledError(err) {
		return err
	}
	if err == nil {
		p.publish(ctx)
	}
	return nil
}

// end closes the pass in good order.
func (p *passRun) end(ctx workflow.Context, ended pass.Ended) (pass.Result, error) {
	p.result.Ended, p.result.Status = ended, pass.TriggerWaiting
	p.sourcesEnd(ended, nil)
	p.result.TryCount, p.result.NextTry, p.result.Error = 0, nil, nil
	p.spendWritten()
	p.warnShrunk(ctx)
	p.publish(ctx)
	return p.result, nil
}

// giveUp makes the error that a failed pass returns.
func (p *passRun) giveUp(ctx workflow.Context, failure *pass.Failure) error {
	text := sentence(failure)
	p.result.Ended, p.result.Status = pass.Failed, pass.Error
	p.sourcesEnd(pass.Failed, failure)
	p.result.NextTry, p.result.Error = nil, &text
	p.spendWritten()
	p.publish(ctx)
	workflow.GetLogger(ctx).Error("pass gave up; the next start goes on from the checkpoint", "sync", p.sync.ID,
		"dbid", p.checkpoint(), "tries", p.result.TryCount, "error", failure.Message, "hint", failure.Hint)
	return temporal.NewApplicationErrorWithOptions(text, pass.FailurePass, temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{p.result},
	})
}

func (p *passRun) listenForProgress(ctx workflow.Context) {
	for {
		if p.hear(flow.Receive(ctx, pass.ProgressSignal)) {
			p.publish(ctx)
		}
	}
}

func (p *passRun) listenForRetry(ctx workflow.Context) {
	for {
		retry := flow.Receive(ctx, pass.RetrySignal)
		if p.result.Status != pass.RetryWaiting {
			continue // a stale call must not shorten a later wait
		}
		if retry.ResetTries {
			p.result.TryCount = 0
		}
		p.wake = true
	}
}

// publish writes the result where it can be read without a worker, and shows it.
func (p *passRun) publish(ctx workflow.Context) {
	if err := workflow.UpsertMemo(ctx, map[string]any{pass.StateMemo: p.result.ForMemo()}); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("state not written to the memo", "sync", p.sync.ID, "error", err)
	}
	p.setAttributes(ctx)
	p.show(ctx)
}

// show sets the current details. They cost no history event, and they are as old as the last change of the state.
func (p *passRun) show(ctx workflow.Context) {
	now := workflow.Now(ctx)
	workflow.SetCurrentDetails(ctx, page.Pass{
		Sync: p.sync, Result: p.result, Namespace: workflow.GetInfo(ctx).Namespace, Schedule: scheduleOf(ctx), Previous: p.before,
		Segments: p.segments, Walked: p.result.CountProcessedNodes - p.inherited, Worked: now.Sub(p.result.StartedAt) - p.waited, Now: now,
	}.String())
}
