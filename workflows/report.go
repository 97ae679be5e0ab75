package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

// CounterpartyReport makes the report of a request: it asks all sources of the type, each as soon as what it needs is
// there, and returns the document. No source's failure fails it, and a cancellation ends it with what there is; in the
// document that it returns no source waits.
//
// It fails in two ways only, with an application error that nobody retries: report.FailureInvalidRequest, or
// report.FailureUnknownType, whose message names the types that there are. And as any workflow may, if no worker can tell
// it the type at all.
//
// The query report.Query answers with the document as it stands, from the moment on at which the type is known. Before
// that it fails with report.NotLoaded: readers take a document without sources for a complete one.
func CounterpartyReport(ctx workflow.Context, request report.Request) (report.Document, error) {
	r, err := setupReport(ctx, request)
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
	// company is the one that this run has found; nil before, and if there is none.
	company *report.Company

	// version counts the changes, published is the version that was shown last.
	version, published int
	// finished: no source waits any more. notified: the webhooks know it.
	finished, notified bool
}

func setupReport(ctx workflow.Context, request report.Request) (*reportRun, error) {
	r := &reportRun{request: request, startedAt: workflow.Now(ctx).UTC(), absent: errors.New(report.NotLoaded)}
	err := flow.Handle(ctx, report.Query, "The report as it stands: states of all sources, and what they have answered.", r.answer)
	if err != nil {
		return nil, err
	}
	if err := request.Validate(); err != nil {
		return nil, r.refuse(report.FailureInvalidRequest, "the request: "+err.Error())
	}
	// A cancellation does not stop this: there is no document without the type.
	ctx = uncancelled(ctx)
	definition, err := r.loadType(ctx)
	if err != nil {
		return nil, err
	}
	previous := r.readPrevious(ctx)
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

func (r *reportRun) loadType(ctx workflow.Context) (report.Type, error) {
	load := loadTypePolicy(ctx, "definition of report type "+r.request.Type)
	definition, err := flow.Execute(load, report.LoadType, report.LoadTypeRequest{Type: r.request.Type})
	if err != nil {
		failure := failureOf("load the report type", err)
		if failure.Type == report.FailureUnknownType {
			failure = failureOf("make the report", err)
		}
		return definition, r.refuse(failure.Type, sentence(failure))
	}
	return definition, nil
}

// readPrevious is the document of the run that is refreshed; nil if there is none, or if it can't be read.
func (r *reportRun) readPrevious(ctx workflow.Context) *report.Document {
	if r.request.RefreshOf == "" {
		return nil
	}
	request := report.ReadPreviousRequest{WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, RunID: r.request.RefreshOf}
	for try := 0; ; try++ {
		result, err := flow.Execute(readPreviousPolicy(ctx), report.ReadPrevious, request)
		if err == nil {
			if result.Document != nil && result.Document.UID != r.request.UID() {
				return nil // a run of something else
			}
			return result.Document
		}
		failure := failureOf("read the report before", err)
		if !failure.Retryable || try >= len(askDelays) {
			workflow.GetLogger(ctx).Warn("refreshed report not read; its content is lost", "uid", r.request.UID(), "run", request.RunID, "error", sentence(failure))
			return nil
		}
		timer := workflow.TimerOptions{Summary: excerpt.Cut("read the report before again: "+failure.Message, maxSummary)}
		_ = workflow.NewTimerWithOptions(ctx, askDelays[try], timer).Get(ctx, nil)
	}
}

// begin makes the document in which no source has started. Of the report before it keeps when it was made, the company,
// and the content of the sources that the type still has.
func (r *reportRun) begin(definition report.Type, previous *report.Document) error {
	states, err := sourcestate.New(definition.SourceIDs()...)
	if err != nil {
		return fmt.Errorf("report type %s: %w", definition.ID, err)
	}
	if definition.CompanySource() == "" {
		return fmt.Errorf("report type %s: no source tells which company is meant", definition.ID)
	}
	r.document = report.Document{
		UID: r.request.UID(), Type: definition.ID, Name: definition.Name, By: r.request.By, ID: r.request.ID,
		CreatedAt: r.startedAt, UpdatedAt: r.startedAt, Sources: states,
	}
	for _, source := range definition.Sources {
		r.sources = append(r.sources, &sourceRun{report: r, source: source})
	}
	if previous != nil {
		r.document.CreatedAt, r.document.Company = previous.CreatedAt, previous.Company
		for _, content := range previous.Content {
			if s := r.source(content.Source); s != nil {
				s.content = &content
			}
		}
	}
	r.absent = nil
	return nil
}

func (r *reportRun) run(ctx workflow.Context) report.Document {
	finish := uncancelled(ctx)
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

// end sees to it that nothing waits, and that everybody knows.
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

// current is the document as it stands, a copy.
func (r *reportRun) current() report.Document {
	d := r.document
	d.Content, d.Missing = []report.Content{}, []string{}
	for _, s := range r.sources {
		if s.content != nil {
			d.Content = append(d.Content, *s.content)
		}
		switch s.state().State {
		case sourcestate.Cancelled, sourcestate.Failed, sourcestate.FailedInternally:
			if !s.source.Optional {
				d.Missing = append(d.Missing, s.source.ID)
			}
		}
	}
	return d
}

// source is the one with the id, nil if the type has none.
func (r *reportRun) source(id string) *sourceRun {
	for _, s := range r.sources {
		if s.source.ID == id {
			return s
		}
	}
	return nil
}

// companySource is the one that tells which company is meant. Every type has it.
func (r *reportRun) companySource() *sourceRun {
	for _, s := range r.sources {
		if s.source.TellsCompany() {
			return s
		}
	}
	return nil
}

// room is how many bytes of content a source may have beside the others'.
func (r *reportRun) room(of *sourceRun) int {
	room := report.MaxContentBytes
	for _, s := range r.sources {
		if s != of && s.content != nil {
			room -= len(s.content.Data)
		}
	}
	return room
}

// found notes which company is meant. What is known about another one must not stand beside it: what an earlier run knew,
// unless it is surely the same one, and what a source has answered by OGRN with another INN. A run that knew no company may
// have asked by an INN that several have.
func (r *reportRun) found(ctx workflow.Context, company *report.Company) {
	before := r.document.Company
	same := before == nil && r.request.By == counterparty.OGRN || before != nil && before.OGRN != "" && before.OGRN == company.OGRN
	for _, s := range r.sources {
		switch {
		case s.content == nil:
		case s.content.AnsweredAt.Before(r.startedAt):
			if !same {
				s.content = nil
			}
		case counterparty.Contradict(s.inn, company.INN):
			// Its state has ended and stays.
			s.content, s.found = nil, false
			workflow.GetLogger(ctx).Warn("content of a report withdrawn", "uid", r.document.UID, "source", s.source.ID, "error", otherINN(s.inn, company))
		}
	}
	r.company, r.document.Company = company, company
}

func (r *reportRun) changed(ctx workflow.Context) {
	r.document.UpdatedAt = workflow.Now(ctx).UTC()
	r.version++
}
