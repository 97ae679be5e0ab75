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

// SyncSegment walks batches of nodes from a checkpoint until the nodes end, its history grows large, a batch fails or
// it is cancelled. It always returns what it committed; an error is never its way to report.
//
// Batches are pipelined: while one is written, the next is at Kontur.Focus and the one after it is being read. Commits
// keep the order of the nodes.
func SyncSegment(ctx workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
	return newSegment(request).run(ctx), nil
}

// segmentRun is a segment in progress. Its coroutines share it without locks: only one of them runs at a time, and it
// yields only where it waits.
type segmentRun struct {
	request pass.SegmentRequest
	sync    pass.Sync

	ahead  map[int64]pass.WrittenBatch // by After; those that were not come to yet
	result pass.SegmentResult
	// batches in flight or written but not committed, in order of the nodes
	batches []*batch
	// cursor is the dbid after which is read, reading what becomes of that; empty while nothing is read. over: it has ended.
	cursor  int64
	reading string
	over    bool
	// stop ends the fetching: a batch could not be done. stopFetching calls off the fetch that is under way.
	stop         bool
	stopFetching workflow.CancelFunc

	quotas  quotaGuard
	silence silence
	// again are the nodes that are asked about in any case.
	again map[string]bool
	// written are writes of tries that failed, this segment's and earlier ones', to nodes that are not committed.
	written []counterparty.NodeOutcome
}

// batch is at most 100 nodes on their way.
type batch struct {
	after    int64
	lastDbid int64
	nodes    []pass.NodeRef
	// total is about how many nodes there are after it began, its own among them; 0 if nobody knows. stage is for people.
	total  int64
	stage  string
	cancel workflow.CancelFunc

	ended   bool // nothing of it is under way any more
	written bool
	counts  counterparty.Counts
	emptied int64
	// alsoChanged are as in pass.DiffAndUpdateResult.
	alsoChanged int64
	asked       int64
	// skipped are the nodes that nobody is asked about; they are not in nodes.
	skipped int64
	// changed: Kontur.Focus says of one of those asked about that it changed, so it has to know it.
	changed bool
	failure *pass.Failure
}

func newSegment(request pass.SegmentRequest) *segmentRun {
	s := &segmentRun{request: request, sync: request.Sync.WithDefaults(), ahead: map[int64]pass.WrittenBatch{}, written: request.Written}
	s.result.Segment, s.result.Silent, s.result.Known = request.Number, request.Silent, request.Known
	s.remember(request)
	for _, b := range request.Ahead {
		s.ahead[b.After] = b
	}
	return s
}

func (s *segmentRun) run(ctx workflow.Context) pass.SegmentResult {
	finish := uncancelled(ctx)
	s.quotas.mutex, s.silence.mutex = workflow.NewMutex(ctx), workflow.NewMutex(ctx)
	workflow.Go(finish, s.reportProgress)
	cursor := s.request.After
	for !s.stop && ctx.Err() == nil {
		b := s.next(ctx, cursor)
		if b == nil {
			break
		}
		cursor = b.lastDbid
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			break
		}
		// Bounded look-ahead: batches in flight take memory, and history if they must be done again.
		_ = workflow.Await(ctx, func() bool { return s.stop || len(s.batches) < *s.sync.Lookahead })
	}
	_ = workflow.Await(finish, s.idle)
	s.conclude(ctx)
	s.over, s.batches = true, nil
	s.show(ctx)
	return s.result
}

// next brings the batch after the cursor on its way. It returns nil if there is none, or it can't be read.
func (s *segmentRun) next(ctx workflow.Context, cursor int64) *batch {
	b := &batch{after: cursor}
	if written, ok := s.ahead[cursor]; ok {
		delete(s.ahead, cursor)
		b.lastDbid, b.counts, b.asked, b.written, b.ended = written.LastDbid, written.Counts, written.Asked, true, true
		b.emptied, b.alsoChanged, b.skipped = written.Emptied, written.AlsoChanged, written.Skipped
		s.batches = append(s.batches, b)
		s.commit()
		return b
	}
	fetching, stopFetching := workflow.WithCancel(ctx)
	defer stopFetching()
	s.stopFetching = stopFetching
	s.cursor = cursor
	last := s.nextAhead(cursor)
	fetched, err := s.fetch(fetching, cursor, last, func(stage string) { s.read(fetching, stage) })
	s.reading = ""
	switch {
	case ctx.Err() != nil || s.stop:
		return nil
	case err != nil:
		b.ended = true
		s.batches = append(s.batches, b)
		s.fail(b, at(pass.ReadSource, failureOf("read nodes after dbid "+md.Number(cursor), err)))
		return nil
	case len(fetched.Nodes) == 0 && last > 0:
		// All of them are gone by now. What comes next is written.
		b.lastDbid, b.written, b.ended = last, true, true
		s.batches = append(s.batches, b)
		s.commit()
		return b
	case len(fetched.Nodes) == 0:
		s.result.Done = true
		return nil
	}
	b.nodes, b.lastDbid, b.total = fetched.Nodes, fetched.LastDbid, fetched.Total
	ctx, b.cancel = workflow.WithCancel(ctx)
	s.batches = append(s.batches, b)
	s.show(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer b.cancel()
		failure := s.process(ctx, b)
		b.ended = true
		if failure != nil {
			s.fail(b, failure)
		}
		switch {
		case b.written:
			b.stage = "is written and waits for those before it"
		case failure != nil:
			b.stage = "failed: " + failure.Message
		default:
			b.stage = "is called off"
		}
		s.commit()
		s.show(ctx)
	})
	return b
}

// nextAhead is the dbid after the cursor from which on a batch is written ahead; 0 if there is none. A batch that is fetched
// again may have fewer nodes than before: it must not reach into one that is written, which would not be met then.
func (s *segmentRun) nextAhead(cursor int64) int64 {
	var next int64
	for _, b := range s.request.Ahead {
		if b.After > cursor && (next == 0 || b.After < next) {
			next = b.After
		}
	}
	return next
}

// process takes a batch through its two remaining stages.
func (s *segmentRun) process(ctx workflow.Context, b *batch) *pass.Failure {
	if s.sync.CountsOnly() {
		s.countOnly(b)
		return nil
	}
	if failure := s.spare(ctx, b); failure != nil || ctx.Err() != nil {
		return failure
	}
	if len(b.nodes) == 0 {
		b.written, b.counts = true, counterparty.Counts{Unchanged: int(b.skipped)}
		return nil
	}
	answers, failure := s.queryAll(ctx, b)
	if failure != nil || ctx.Err() != nil {
		return failure
	}
	if s.turn(ctx, b) != nil {
		return nil // called off
	}
	result, err := s.diffAndUpdate(ctx, b, answers)
	if canceled(err) {
		return nil
	}
	if err != nil {
		return at(pass.WriteSource, failureOf("update nodes after dbid "+md.Number(b.after), err))
	}
	if result.Evidence != nil {
		return s.held(b, result.Evidence)
	}
	b.written, b.counts, b.emptied, b.alsoChanged = true, result.Counts, int64(result.Emptied), int64(result.AlsoChanged)
	b.counts.Unchanged += int(b.skipped)
	s.reject(result.Nodes)
	return nil
}

// enter shows where a batch is now.
func (s *segmentRun) enter(ctx workflow.Context, b *batch, stage string) {
	b.stage = stage
	s.show(ctx)
}

// read shows what becomes of the reading of the next batch.
func (s *segmentRun) read(ctx workflow.Context, stage string) {
	s.reading = stage
	s.show(ctx)
}

// fail notes that a batch can't be done. Nothing after it may be committed, so what has not yet begun to be written is
// called off, a fetch that waits for a rate limit among it; batches before it go on.
func (s *segmentRun) fail(b *batch, failure *pass.Failure) {
	b.failure = failure
	s.stop = true
	s.stopFetching()
	later := false
	for _, other := range s.batches {
		if later && other.cancel != nil {
			other.cancel()
		}
		later = later || other == b
	}
}

// commit moves the checkpoint over the batches that are written, in order, up to the first one that is not.
func (s *segmentRun) commit() {
	for len(s.batches) > 0 && s.batches[0].written {
		b := s.batches[0]
		s.batches = s.batches[1:]
		s.result.LastDbid = b.lastDbid
		s.result.Batches++
		s.result.Counts = s.result.Counts.Plus(b.counts)
		s.result.Asked += b.asked
		s.result.Skipped += b.skipped
		s.result.Emptied += b.emptied
		s.result.AlsoChanged += b.alsoChanged
		switch nodes := int64(b.counts.Total()); {
		case b.total > 0:
			remaining := max(0, b.total-nodes)
			s.result.Remaining = &remaining
		case s.result.Remaining != nil:
			remaining := max(0, *s.result.Remaining-nodes)
			s.result.Remaining = &remaining
		}
	}
}

// idle reports whether nothing is under way any more.
func (s *segmentRun) idle() bool {
	for _, b := range s.batches {
		if !b.ended {
			return false
		}
	}
	return true
}

// conclude sorts what is left over when nothing is under way: the batch that failed, batches that were called off, and
// batches that were written ahead of them.
func (s *segmentRun) conclude(ctx workflow.Context) {
	s.result.Stopped = ctx.Err() != nil
	if len(s.batches) > 0 {
		// The end may have been seen behind batches that were not done.
		s.result.Done = false
	}
	for _, b := range s.batches {
		if b.failure != nil && s.result.Failure == nil {
			s.result.Failure = b.failure
		}
		if b.written {
			s.result.Ahead = append(s.result.Ahead, pass.WrittenBatch{After: b.after, LastDbid: b.lastDbid, Counts: b.counts, Emptied: b.emptied, AlsoChanged: b.alsoChanged, Asked: b.asked, Skipped: b.skipped})
		}
	}
	for _, b := range s.request.Ahead {
		if _, left := s.ahead[b.After]; left && b.After >= max(s.request.After, s.result.LastDbid) {
			s.result.Ahead = append(s.result.Ahead, b) // its turn did not come
		}
	}
	s.result.Written = counterparty.Fit(s.written, pass.MaxHandedOverTogether)
	if s.result.Stopped {
		s.result.Failure = nil
	}
}

// reportProgress tells the pass what is committed: at once, then at growing intervals.
func (s *segmentRun) reportProgress(ctx workflow.Context) {
	parent := workflow.GetInfo(ctx).ParentWorkflowExecution
	if parent == nil {
		return
	}
	var reported int64
	for {
		if workflow.Await(ctx, func() bool { return s.result.Batches > reported }) != nil {
			return
		}
		reported = s.result.Batches
		// Not waited for: a progress that gets lost is made good by the next one or by the result.
		flow.Send(ctx, pass.ProgressSignal, parent.ID, parent.RunID, s.result.Progress)
		age := workflow.Now(ctx).Sub(s.request.PassStartedAt)
		pause := workflow.TimerOptions{Summary: "until the next word to the pass"}
		if workflow.NewTimerWithOptions(ctx, max(progressInterval, age/progressShare), pause).Get(ctx, nil) != nil {
			return
		}
	}
}

// show sets the current details. They cost no history event.
func (s *segmentRun) show(ctx workflow.Context) {
	info := workflow.GetInfo(ctx)
	p := page.Segment{
		Request: s.request, Result: s.result, Namespace: info.Namespace, Parent: info.ParentWorkflowExecution,
		Started: info.WorkflowStartTime, Ended: s.over, Now: workflow.Now(ctx),
	}
	for _, b := range s.batches {
		p.Batches = append(p.Batches, page.Batch{After: b.after, Nodes: len(b.nodes), Stage: b.stage})
	}
	if s.reading != "" {
		p.Batches = append(p.Batches, page.Batch{After: s.cursor, Stage: s.reading})
	}
	workflow.SetCurrentDetails(ctx, p.String())
}

// paced makes a call and makes it again after the time that the other side asks to wait, within a bound. If it is told to
// wait again it waits at least as long as it has waited so far, up to pacingStep. What is the call in words; tell hears what
// is waited for.
func paced[T any](ctx workflow.Context, who, what string, tell func(string), call func(workflow.Context) (T, error)) (T, error) {
	var waited time.Duration
	for {
		value, err := call(ctx)
		wait, limited := retryAfter(err)
		wait = max(wait, min(waited, pacingStep))
		if !limited || waited+wait > maxPacing {
			return value, err
		}
		waited += wait
		asks := fmt.Sprintf("%s asks to wait %s", who, pass.Duration(wait))
		tell(asks + ", until " + md.Time(workflow.Now(ctx).Add(wait)))
		timer := workflow.TimerOptions{Summary: cut(asks+": "+what, maxSummary)}
		if err := workflow.NewTimerWithOptions(ctx, wait, timer).Get(ctx, nil); err != nil {
			var none T
			return none, err
		}
	}
}

// uncancelled is ctx for what is to be finished although the workflow is cancelled: a write that has begun. Contexts
// belong to one coroutine, so each makes its own.
func uncancelled(ctx workflow.Context) workflow.Context {
	finish, _ := workflow.NewDisconnectedContext(ctx)
	return finish
}

// canceled reports whether err only says that the batch was called off.
func canceled(err error) bool { return temporal.IsCanceledError(err) }
