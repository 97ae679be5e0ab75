package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
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
	return newSegment(ctx, request).run(ctx), nil
}

// segmentRun is a segment in progress. Its coroutines share it without locks: only one of them runs at a time, and it
// yields only where it waits.
type segmentRun struct {
	request pass.SegmentRequest
	sync    pass.Sync

	changed  changedOnly
	standing standing
	fetcher  fetcher
	asker    asker
	silence  silence
	budget   budget
	load     load
	writer   writer

	// batches are in flight, or written but not committed.
	batches   queue
	committed pass.Progress
	// reached: no batch comes after these. stopping: no more are on their way, because a batch could not be done.
	reached, stopping bool
	// outdated: the page says less than what is so.
	outdated bool
	// result is what the segment came to; nil while it works.
	result *pass.SegmentResult
}

func newSegment(ctx workflow.Context, request pass.SegmentRequest) *segmentRun {
	sync := request.Sync.WithDefaults()
	reader := newReader(sync, request)
	s := &segmentRun{
		request:   request,
		sync:      sync,
		fetcher:   fetcher{reader: reader, most: min(maxFetched, *sync.Lookahead), ahead: slices.Clone(request.Ahead), cursor: request.After},
		changed:   newChangedOnly(sync, request),
		standing:  newStanding(request.Standing),
		asker:     asker{sync: sync, quotas: quotaGuard{sync: sync, mutex: workflow.NewMutex(ctx)}, giveUp: request.GiveUp, noneThrough: request.NoneThrough},
		budget:    budget{sync: sync, before: request.Brake},
		writer:    writer{sync: sync, leftOut: request.LeftOut, open: newOpenWrites(request), unsettled: request.Written},
		load:      load{lookahead: *sync.Lookahead},
		committed: pass.Progress{Segment: request.Number},
	}
	s.silence = silence{sync: sync, reader: reader, asker: &s.asker, row: request.Silent, known: request.Known, mutex: workflow.NewMutex(ctx)}
	return s
}

func (s *segmentRun) run(ctx workflow.Context) pass.SegmentResult {
	finish := flow.Uncancelled(ctx)
	workflow.Go(finish, s.reportProgress)
	workflow.Go(finish, s.keepShown)
	s.fetcher.show = s.show
	s.fetcher.start(ctx)
	if s.asksAtOnce() {
		workflow.Go(ctx, func(ctx workflow.Context) { s.asker.quotas.begin(ctx, s.show) })
	}
	for {
		b := s.next(ctx)
		if b == nil {
			break
		}
		s.begin(ctx, b)
		if full(workflow.GetInfo(ctx)) {
			break
		}
		if s.writer.open.many() {
			break
		}
	}
	s.fetcher.stop()
	_ = workflow.Await(finish, func() bool { return s.batches.idle() && s.fetcher.ended })
	result := s.conclude(ctx)
	s.result, s.batches, s.fetcher.waiting = &result, nil, nil
	s.render(ctx)
	return result
}

// asksAtOnce reports whether Kontur.Focus will be asked about the first nodes there are, whichever they are.
func (s *segmentRun) asksAtOnce() bool {
	return !s.sync.CountsOnly() && s.request.Changed == nil && len(s.request.Standing) == 0 && s.sync.Selection() == nil
}

// full reports whether the history has become long enough. Temporal suggests so by the number of events, and by 4 MiB, which are the
// work of a second in a fast pass: where that is its only reason, maxSegmentBytes decides.
func full(info *workflow.Info) bool {
	reasons := info.GetContinueAsNewSuggestedReasons()
	bySize := len(reasons) == 1 && reasons[0] == workflow.ContinueAsNewSuggestedReasonHistorySizeTooLarge
	return info.GetContinueAsNewSuggested() && (!bySize || info.GetCurrentHistorySize() >= maxSegmentBytes)
}

// next is the batch that comes next, once it has been read and may be on its way. It returns nil if there is none.
func (s *segmentRun) next(ctx workflow.Context) *batch {
	f := &s.fetcher
	_ = workflow.Await(ctx, func() bool {
		return s.stopping || len(f.waiting) > 0 && s.load.mayLaunch(s.batches) || len(f.waiting) == 0 && f.ended
	})
	if ctx.Err() != nil || s.stopping {
		return nil
	}
	if len(f.waiting) == 0 {
		s.reached = f.reached
		return nil
	}
	return f.take()
}

// begin brings a batch on its way.
func (s *segmentRun) begin(ctx workflow.Context, b *batch) {
	switch {
	case b.unread != nil:
		s.add(b)
		s.fail(b, flow.FailureOf("read nodes "+b.place, b.unread).From(pass.ReadSource))
	case b.phase == written:
		s.add(b)
	default:
		s.launch(ctx, b)
	}
}

// add puts a batch behind the others.
func (s *segmentRun) add(b *batch) *batch {
	s.batches = append(s.batches, b)
	s.commit()
	return b
}

// launch takes a batch through its remaining stages while the next ones are fetched.
func (s *segmentRun) launch(ctx workflow.Context, b *batch) {
	ctx, b.callOff = workflow.WithCancel(ctx)
	s.writer.open.see(b.nodes)
	b.answers = pass.AnswerBytes(s.load.answered)
	s.add(b)
	s.show()
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer b.callOff()
		failure := s.process(ctx, b)
		switch {
		case failure != nil:
			s.fail(b, failure)
			b.stage = "failed: " + failure.Message
		case b.phase == written:
			b.stage = "is written and waits for those before it"
		default:
			b.phase, b.stage = calledOff, "is called off"
		}
		s.commit()
		s.show()
	})
}

// process asks Kontur.Focus about the nodes of a batch and writes what differs. It returns nil if the batch is written, and if
// it is called off on the way.
func (s *segmentRun) process(ctx workflow.Context, b *batch) *pass.Failure {
	if s.sync.CountsOnly() {
		b.countOnly(s.sync)
		return nil
	}
	changed, failure := s.changed.skip(ctx, b)
	if failure != nil || ctx.Err() != nil {
		return failure
	}
	s.standing.keep(b)
	if len(b.nodes)+len(b.standing) == 0 {
		s.load.asked(b, 0)
		b.write(pass.DiffAndUpdateResult{})
		s.changed.reject(b, pass.DiffAndUpdateResult{})
		return nil
	}
	answers, failure := s.ask(ctx, b, changed)
	if failure != nil || ctx.Err() != nil {
		return failure
	}
	if s.budget.limits() && s.batches.awaitTurn(ctx, b) != nil {
		return nil // called off
	}
	if s.load.awaitRoom(ctx, &s.batches, b) != nil {
		return nil // called off
	}
	result, err := s.writer.update(ctx, b, answers, s.budget.of(b, s.committed))
	s.load.done(b, result, err)
	switch {
	case canceled(err):
		return nil
	case err != nil:
		failure := flow.FailureOf("update nodes "+b.place, err).From(pass.WriteSource)
		failure.MayBeOne = mayBeOne(err)
		return failure
	case result.Evidence != nil:
		return s.budget.exceeded(b, s.committed, *result.Evidence)
	}
	b.write(result)
	s.changed.reject(b, result)
	return nil
}

// ask asks all sources about a batch, and checks whether req can be believed where it names no company. Without a valid
// identifier Kontur.Focus is not asked.
func (s *segmentRun) ask(ctx workflow.Context, b *batch, changed bool) ([]pass.QuerySourceResult, *pass.Failure) {
	ids, kpps := identifiers(s.sync.SearchParam, b.nodes)
	if len(ids) == 0 {
		s.load.asked(b, 0)
		return nil, nil
	}
	answers, bytes, failure := s.asker.all(ctx, b, ids, kpps, others{known: s.silence.paid(), further: func(ctx workflow.Context) []string { return s.silence.further(ctx, b) }})
	if failure != nil {
		return nil, failure
	}
	s.load.asked(b, bytes)
	for _, answer := range answers {
		if answer.Source != "req" {
			continue
		}
		if failure := s.silence.listen(ctx, b, changed, ids, answer); failure != nil || ctx.Err() != nil {
			return nil, failure
		}
	}
	if bytes > pass.MaxAnswerBytes {
		return nil, tooLarge(b, len(answers), bytes)
	}
	return answers, nil
}

// fail notes that a batch can't be done. Nothing after it may be committed, so what has not yet begun to be written is
// called off, a fetch that waits for a rate limit among it; batches before it go on.
func (s *segmentRun) fail(b *batch, failure *pass.Failure) {
	b.phase, b.failure = failed, failure
	s.stopping = true
	s.fetcher.stop()
	s.batches.callOffBehind(b)
}

// commit moves the checkpoint over the batches that are written, in order, up to the first one that is not.
func (s *segmentRun) commit() {
	for b := s.batches.first(); b != nil && b.phase == written; b = s.batches.first() {
		s.committed.Commit(b.WrittenBatch, b.total)
		s.batches = s.batches[1:]
	}
}

// conclude composes the result when nothing is under way: what is committed, the batch that failed, and what was written
// behind it.
func (s *segmentRun) conclude(ctx workflow.Context) pass.SegmentResult {
	r := pass.SegmentResult{
		Progress: s.progress(),
		Stopped:  ctx.Err() != nil,
		// The end may have been seen behind batches that were not done.
		Done:     s.reached && len(s.batches) == 0,
		Written:  counterparty.Fit(s.writer.unsettled, pass.MaxHandedOverTogether),
		Rejected: s.changed.rejected,
		Met:      s.fetcher.reader.met.told(),

		NoneThrough: s.asker.noneThrough,
	}
	for _, b := range s.batches {
		if b.phase == failed && r.Failure == nil && !r.Stopped {
			r.Failure = b.failure
		}
	}
	r.Ahead = s.batches.written()
	s.writer.open.told(&r)
	r.Ahead = append(r.Ahead, s.fetcher.left(max(s.request.After, r.LastDbid))...)
	return r
}

// show has the page rendered when all that can go on by now has gone on: that is once for much that changes together.
func (s *segmentRun) show() { s.outdated = true }

// keepShown renders the page after something has changed.
func (s *segmentRun) keepShown(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return s.outdated }) == nil {
		s.outdated = false
		s.render(ctx)
	}
}

// render sets the current details. They cost no history event.
func (s *segmentRun) render(ctx workflow.Context) {
	info := workflow.GetInfo(ctx)
	p := page.Segment{
		Request: s.request, Result: pass.SegmentResult{Progress: s.progress()}, Namespace: info.Namespace, Parent: info.ParentWorkflowExecution,
		Started: info.WorkflowStartTime, Batches: s.batches.rows(s.fetcher.reading), ReadAhead: len(s.fetcher.waiting), Now: workflow.Now(ctx),
	}
	if s.result != nil {
		p.Result, p.Ended = *s.result, true
	}
	workflow.SetCurrentDetails(ctx, p.String())
}
