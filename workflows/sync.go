package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
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

// passRun is a pass in progress. It says what happens next; what its parts know and how they decide is their business.
type passRun struct {
	// sync is what the rest of the pass goes by: its batches may have been halved. leftOut are the sources that it has lost.
	sync    pass.Sync
	leftOut []string
	before  *pass.Result // the pass before; nil if there was none

	ledger     ledger
	retry      retry
	brake      brake
	scope      scope
	leftovers  leftovers
	open       open
	sought     sought
	sources    sources
	attributes attributes
	watch      watch

	// segments are the runs of the segments, in order; ahead, written and silent are what the last one handed over, as in
	// pass.SegmentResult.
	segments []workflow.Execution
	ahead    []pass.WrittenBatch
	written  []counterparty.NodeOutcome
	silent   int
	// noneThrough is as in pass.SegmentResult. settles: the tries were used up once, which is enough for the whole pass.
	noneThrough int
	settles     bool

	// problem is what keeps the pass waiting, or ended it; nil if nothing does.
	problem *string
	ended   pass.Ended
	// waited is the time that went into waiting for retries and approvals.
	waited time.Duration

	// ctx is the context of the workflow, which others cancel. The pass works under one that stop cancels, too, because its
	// configuration has changed; replaced says so once it ends.
	ctx      workflow.Context
	stop     workflow.CancelFunc
	replaced string
}

func setup(ctx workflow.Context, sync pass.Sync) (*passRun, error) {
	if sync.ID == "" {
		sync.ID = syncIDOf(ctx)
	}
	p := &passRun{sync: sync.WithDefaults(), ctx: ctx}
	p.ledger.base = newResult(ctx, p.sync)
	p.sources.states = pass.NewSources(p.sync.Sources)
	p.retry.delays = *p.sync.RetryDelays
	p.watch = newWatch(ctx, p.sync)
	if err := p.answerQueries(ctx); err != nil {
		return nil, err
	}

	var unread string
	p.before, unread = previousPass(ctx, p.sync.ID)
	start := startAfter(ctx, p.before, p.ledger.base, p.sync)
	start.Forgotten = unread
	p.open.unwritable = start.Unwritable
	p.ledger = ledger{base: start, inherited: start.CountProcessedNodes}
	p.scope = scope{state: start.Scope, key: start.RunID, passStartedAt: start.StartedAt}
	p.attributes = checkAttributes(ctx, p.sync.ID)
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
	ctx, p.stop = workflow.WithCancel(ctx)
	workflow.Go(ctx, p.watchConfiguration)
	p.leftovers = findLeftovers(ctx, p.sync, p.result(), p.before)
	for {
		p.lookBetween(ctx)
		if failure := p.mayAsk(ctx); failure != nil {
			if err := p.recover(ctx, failure); err != nil {
				return pass.Result{}, err
			}
			if ctx.Err() == nil {
				continue
			}
		}
		p.open.choose(p.leftovers.walked())
		segment := p.runSegment(ctx)
		failure := segment.Failure
		switch {
		case segment.Done && p.open.settles():
			failure = p.open.settled()
		case segment.Done && p.leftovers.walked():
			p.sought.compare(p.leftovers.selection())
			p.leftovers.next()
			p.ahead, p.written = nil, nil
		case segment.Done:
			p.open.walked = true
		}
		switch {
		case p.open.over():
			return p.complete(ctx)
		case segment.Done && failure == nil && !p.open.walked:
		case ctx.Err() != nil:
			return p.end(ctx, pass.Stopped)
		case failure != nil:
			if err := p.recover(ctx, failure); err != nil {
				return pass.Result{}, err
			}
		}
	}
}

// complete ends a pass that has walked all nodes.
func (p *passRun) complete(ctx workflow.Context) (pass.Result, error) {
	if failure := noNodes(p.result(), p.sync); failure != nil {
		return pass.Result{}, p.giveUp(ctx, failure)
	}
	p.sought.compare(p.sync.Selection())
	return p.end(ctx, pass.Completed)
}

// result composes what the pass shows, hands over and returns from what its parts know.
func (p *passRun) result() pass.Result {
	r := p.ledger.total()
	r.Ended, r.Status, r.TryCount, r.Wakes, r.Error = p.ended, pass.InProgress, p.retry.tries, p.retry.wakes, p.problem
	switch {
	case p.ended == pass.Failed:
		r.Status = pass.Error
	case p.ended != pass.Running:
		r.Status = pass.TriggerWaiting
	case p.brake.waiting:
		r.Status, r.NextTry = pass.ApprovalWaiting, &p.brake.hold.Until
	case p.retry.waiting:
		until := p.retry.until
		r.Status, r.NextTry = pass.RetryWaiting, &until
	case p.ledger.advances():
		r.TryCount, r.Wakes, r.Error = 0, 0, nil
	}
	if p.ended != pass.Running {
		r.Brake = spend(r.Brake, p.written)
	}
	r.Brake = p.brake.in(r.Brake)
	r.Scope = p.scope.in(r.Scope)
	r.Sources, r.Replaced = p.sources.states, p.replaced
	r.Unwritable, r.Walked = p.open.unwritable, p.open.walked && p.ended != pass.Completed
	if !p.ledger.listening {
		r.Open = len(p.open.nodes)
	}
	r.Missing, r.Untried = p.sought.missing, p.leftovers.untried
	return r
}

func (p *passRun) runSegment(ctx workflow.Context) pass.SegmentResult {
	p.ledger.open(p.leftovers.walked() || p.open.settles())
	r := p.result()
	p.sources.work(r)
	if ctx.Err() == nil {
		p.publish(ctx)
	} else {
		p.show(ctx)
	}

	number := p.ledger.segment
	sync, after, standing := p.leftovers.input(p.sync, r.Checkpoint())
	// Nodes of an earlier pass have had their tries in that one.
	giveUp := p.settles || p.leftovers.walked()
	segment := workflow.Execution{ID: pass.SegmentID(r.WorkflowID, number)}
	ctx = segmentPolicy(ctx, segment.ID, fmt.Sprintf("segment %d: from dbid %s", number, md.Number(after)), p.attributes.ofSegment(p.sync.ID))
	request := pass.SegmentRequest{
		Sync:          sync,
		LeftOut:       p.leftOut,
		After:         after,
		Number:        number,
		PassStartedAt: r.StartedAt,
		Ahead:         p.ahead,
		Written:       p.written,
		Brake:         p.brake.forSegment(r),
		Changed:       p.scope.filter(p.sync),
		Standing:      standing,
		Silent:        p.silent,
		Known:         r.Known,
		GiveUp:        giveUp,
		NoneThrough:   p.noneThrough,
	}
	if p.open.settles() {
		request.Sync, request.After, request.Ahead, request.Changed, request.Standing = p.open.narrow(p.sync), 0, nil, nil, nil
	}
	p.open.tell(&request, p.settles || p.retry.last())
	child := flow.StartChild(ctx, pass.SegmentWorkflow, request)
	p.segments = append(p.segments, segment)
	if child.GetChildWorkflowExecution().Get(ctx, &segment) == nil {
		p.segments[number-1] = segment
		p.show(ctx) // with a link to it
	}
	result, err := child.Result(ctx)
	if err != nil {
		committed := committedBy(ctx, p.sync.ID, segment, number)
		if p.open.settles() {
			// Which of the open nodes it has settled is not told: all are tried again, and count then.
			committed = pass.ReadProgressResult{Progress: pass.Progress{Segment: number}, Rejected: committed.Rejected}
		}
		result = pass.SegmentResult{Progress: committed.Progress, Rejected: committed.Rejected, Ahead: p.ahead, Written: p.written, NoneThrough: p.noneThrough,
			Open: append(slices.Clone(p.open.nodes), committed.Open...), Unwritable: p.open.unwritable,
			Failure: flow.FailureOf(fmt.Sprintf("segment %d", number), err)}
	}
	p.settle(result)
	return result
}

// settle adopts what a segment has done, by its last word.
func (p *passRun) settle(segment pass.SegmentResult) {
	p.ledger.settle(segment.Progress)
	// Of what a segment was told that was written before, it is not known when.
	p.open.wrote = p.open.wrote || segment.Counts.Updated > 0 && len(p.written) == 0
	again := p.open.hear(segment)
	if segment.Batches > 0 && !again {
		p.retry.committed()
		p.problem = nil
		p.leftovers.cursor = segment.LastDbid
	}
	p.scope.reject(segment.Rejected)
	p.written, p.silent, p.noneThrough = segment.Written, segment.Silent, segment.NoneThrough
	if !p.open.settles() {
		p.ahead = segment.Ahead
		p.sought.add(segment.Met)
	}
	p.sources.work(p.result())
}
