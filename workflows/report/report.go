// Package report is the workflow CounterpartyReport, which makes the report about one counterparty: it asks several sources,
// each in a coroutine of its own, and keeps the document that grows from their answers. This file is the story; what a report
// begins with, what a source needs, and what becomes of an answer stand in the others.
//
// It talks to nothing, activities do. The words are those of package internal/report.
package report

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

// Register registers the workflow under its name on the wire.
func Register(r worker.WorkflowRegistry) { flow.Register(r, report.Workflow, CounterpartyReport) }

// CounterpartyReport makes the report of a request: it asks all sources of the type, each as soon as what it needs is
// there, and returns the document. No source's failure fails it, and a cancellation ends it with what there is; in the
// document that it returns no source waits.
//
// It fails in two ways only, with an application error that is not retried: report.FailureInvalidRequest, or
// report.FailureUnknownType, whose message names the types that there are. And as any workflow may, if no worker can
// load the type at all.
//
// The query report.Query answers with the current document as soon as the type is known. Before that it fails with
// report.NotLoaded: readers take a document without sources for a complete one.
func CounterpartyReport(ctx workflow.Context, request report.Request) (report.Document, error) {
	r, err := setup(ctx, request)
	if err != nil {
		return report.Document{}, err
	}
	return r.run(ctx), nil
}

// reportRun is a report in the making. Its coroutines share it without locks: only one of them runs at a time, and it
// yields only where it waits.
type reportRun struct {
	request   report.Request
	startedAt time.Time
	// absent is why there is no document yet; nil once there is one.
	absent error

	document report.Document // without Content and Missing, which current adds
	sources  []*sourceRun
	// companySource is the one that says which company is meant. Every type has it.
	companySource *sourceRun
	// key is the one that Kontur.Focus is asked with; keyless is why nobody can, empty if somebody does.
	key     pass.KeyName
	keyless string
	// company is the one that this run has found; nil before, and if there is none.
	company *report.Company

	// version counts the changes, published is the version that was shown last.
	version, published int
	// finished: no source waits any more. notified: the webhooks know it.
	finished, notified bool
}

// sourceRun is one source of a report on its way. Each has a coroutine of its own.
type sourceRun struct {
	report *reportRun
	source report.TypeSource
	// content is what it says, or said to an earlier run; nil if nothing.
	content *report.Content
	// named: it has named a company to this run, whose INN is inn as far as it gave that.
	named bool
	inn   string
	// until is when the wait before the next try ends; zero if there is none.
	until time.Time
	// awaits is the source that has to answer first, what what is waited for in words; nil once it has ended, and if there is
	// none.
	awaits *sourceRun
	what   string
}

func setup(ctx workflow.Context, request report.Request) (*reportRun, error) {
	r := &reportRun{request: request, startedAt: workflow.Now(ctx).UTC(), absent: errors.New(report.NotLoaded)}
	err := flow.Handle(ctx, report.Query, "The current report: states of all sources, and what they have answered.", r.answer)
	if err != nil {
		return nil, err
	}
	if err := request.Validate(); err != nil {
		return nil, r.refuse(report.FailureInvalidRequest, "the request: "+err.Error())
	}
	// A cancellation does not stop this: there is no document without the type.
	ctx = flow.Uncancelled(ctx)
	definition, err := r.loadType(ctx)
	if err != nil {
		return nil, err
	}
	previous := r.readPrevious(ctx)
	r.findKey(ctx, definition.KonturKey)
	if err := r.begin(definition, previous); err != nil {
		return nil, r.refuse(report.FailureUnknownType, err.Error())
	}
	return r, nil
}

// answer is the query handler.
func (r *reportRun) answer() (report.Document, error) {
	if r.absent != nil {
		return report.Document{}, r.absent
	}
	return r.current(), nil
}

// refuse makes the error with which the workflow ends without a document.
func (r *reportRun) refuse(failure, text string) error {
	r.absent = errors.New(text)
	return temporal.NewApplicationErrorWithOptions(text, failure, temporal.ApplicationErrorOptions{NonRetryable: true})
}

// run asks all sources side by side, and shows and announces what becomes of them until the last one has ended.
func (r *reportRun) run(ctx workflow.Context) report.Document {
	finish := flow.Uncancelled(ctx)
	r.version++
	wg := workflow.NewWaitGroup(ctx)
	for _, s := range r.sources {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			s.run(ctx)
		})
	}
	workflow.Go(finish, r.publishChanges)
	workflow.Go(finish, r.notifyWebhooks)
	wg.Wait(finish)
	r.end(ctx, finish)
	return r.current()
}

// run asks the source once what it needs is known, unless it does not know such counterparties.
func (s *sourceRun) run(ctx workflow.Context) {
	if ctx.Err() != nil || s.skipped(ctx, s.report.request.Kind()) {
		return
	}
	request, ok := s.awaitNeeds(ctx)
	if !ok || s.report.company != nil && s.skipped(ctx, s.report.company.Kind) {
		return
	}
	s.ask(ctx, request)
}

// ask asks until there is an answer, the time is up, or it makes no sense to go on.
func (s *sourceRun) ask(ctx workflow.Context, request report.AskRequest) {
	limit := time.Duration(s.source.TimeLimit)
	// spent are the attempts and the waits between them, without the time in the queue; that is queued as far as it was spent
	// here.
	var spent, queued time.Duration
	for try := 1; ; {
		if why := s.report.keyless; why != "" {
			s.fail(ctx, sourcestate.FailedInternally, why)
			return
		}
		s.set(ctx, sourcestate.Asking, "")
		began := workflow.Now(ctx)
		result, err := s.attempt(ctx, request, limit-spent, try)
		if temporal.IsCanceledError(err) || ctx.Err() != nil {
			return // the end of the report says so
		}
		if err == nil {
			s.take(ctx, request, result)
			return
		}
		failure := askFailureOf(err, workflow.Now(ctx).Sub(began))
		// Either nobody holds the key any more, or others wait before it, which is not the source's fault.
		if failure.unbegun && s.report.findKey(ctx, s.report.key) {
			continue
		}
		spent += failure.took
		wait, why := failure.wait, "as Kontur.Focus asks"
		if wait == 0 {
			wait = askDelays[min(try, len(askDelays))-1]
			try++
			why = fmt.Sprintf("before try %d", try)
		}
		// Another report's question was answered with a pause: this one waits for its end as in the queue. If that goes on, it waits
		// ever longer, so that its history does not fill.
		inQueue := failure.notAsked && failure.wait > 0
		if inQueue {
			wait = max(wait, min(queued/4, queueStep))
			queued += wait
		}
		switch {
		case !failure.retryable:
			s.fail(ctx, failure.state, failure.text)
			return
		case !inQueue && spent+wait >= limit:
			s.fail(ctx, failure.state, fmt.Sprintf("no time is left to wait %s %s (limit %s): %s", pass.Rounded(wait), why, pass.Rounded(limit), failure.text))
			return
		}
		delay := fmt.Sprintf("waits %s %s: %s", pass.Rounded(wait), why, failure.message)
		s.until = workflow.Now(ctx).Add(wait)
		s.set(ctx, sourcestate.Delayed, delay)
		if flow.Sleep(ctx, wait, s.source.ID+" "+delay) != nil {
			return
		}
		s.until = time.Time{}
		if !inQueue {
			spent += wait
		}
	}
}

// end ends the sources that still wait, and waits for the last webhook.
func (r *reportRun) end(ctx, finish workflow.Context) {
	ending := sourcestate.Ending{Interrupted: sourcestate.FailedInternally, InterruptedReason: "the report ended before the answer"}
	if ctx.Err() != nil {
		const cancelled = "the report was cancelled"
		ending = sourcestate.Ending{Interrupted: sourcestate.Cancelled, InterruptedReason: cancelled, CancelledReason: cancelled}
	}
	if !r.document.Sources.Complete() {
		if err := r.document.Sources.Finish(ending); err != nil {
			workflow.GetLogger(finish).Error("sources not ended", "uid", r.document.UID, "error", err)
		}
		r.changed(finish)
	}
	r.finished = true
	r.publish(finish)
	_ = workflow.Await(finish, func() bool { return r.notified })
}
