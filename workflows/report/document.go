package report

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

func (r *reportRun) loadType(ctx workflow.Context) (report.Type, error) {
	load := loadTypePolicy(ctx, "definition of report type "+r.request.Type)
	definition, err := flow.Execute(load, report.LoadType, report.LoadTypeRequest{Type: r.request.Type})
	if err != nil {
		failure := flow.FailureOf("load the report type", err)
		if failure.Type == report.FailureUnknownType {
			failure = flow.FailureOf("make the report", err)
		}
		return definition, r.refuse(failure.Type, flow.Sentence(failure))
	}
	return definition, nil
}

// findKey notes the key of the report's type, and whether any worker holds it: what is asked would wait for nobody. Without an
// answer, known is false; the sources are asked, and wait for a bounded time.
func (r *reportRun) findKey(ctx workflow.Context, key pass.KeyName) (known bool) {
	if r.key = key; key == "" {
		return true
	}
	missing, err := flow.FindKeyHolder(keyPolicy(ctx, "does a worker hold the key "+key.Shown()+"?"), key)
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("workers with the key of the report type not looked up", "uid", r.request.UID(), "error", err)
	case missing != nil:
		r.keyless = flow.Sentence(missing)
	}
	return err == nil
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
		failure := flow.FailureOf("read the report before", err)
		if !failure.Retryable || try >= len(askDelays) {
			workflow.GetLogger(ctx).Warn("earlier report not read; its content is lost", "uid", r.request.UID(), "run", request.RunID, "error", flow.Sentence(failure))
			return nil
		}
		_ = flow.Sleep(ctx, askDelays[try], "read the earlier report again: "+failure.Message)
	}
}

// begin makes the document in which no source has started. Of the report before it keeps when it was made, the company,
// and the content of the sources that the type still has.
func (r *reportRun) begin(definition report.Type, previous *report.Document) error {
	states, err := sourcestate.New(definition.SourceIDs()...)
	if err != nil {
		return fmt.Errorf("report type %s: %w", definition.ID, err)
	}
	companySource := definition.CompanySource()
	if companySource == "" {
		return fmt.Errorf("report type %s: no source identifies the company", definition.ID)
	}
	r.document = report.Document{
		UID: r.request.UID(), Type: definition.ID, Name: definition.Name, By: r.request.By, ID: r.request.ID,
		CreatedAt: r.startedAt, UpdatedAt: r.startedAt, Sources: states,
	}
	for _, source := range definition.Sources {
		r.sources = append(r.sources, &sourceRun{report: r, source: source})
	}
	r.companySource = r.source(companySource)
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

// current is a copy of the current document.
func (r *reportRun) current() report.Document {
	d := r.document
	d.Content, d.Missing = []report.Content{}, []string{}
	for _, s := range r.sources {
		if s.content != nil {
			d.Content = append(d.Content, *s.content)
		}
		if s.state().State.EndedBadly() && !s.source.Optional {
			d.Missing = append(d.Missing, s.source.ID)
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

// roomFor is how many bytes of content a source may have beside the others'.
func (r *reportRun) roomFor(of *sourceRun) int {
	room := report.MaxContentBytes
	for _, s := range r.sources {
		if s != of && s.content != nil {
			room -= len(s.content.Data)
		}
	}
	return room
}

// setCompany notes which company is meant. What is known about another one must not stand beside it: what an earlier run knew,
// unless it is surely the same one, and what a source has answered by OGRN with another INN. A run that knew no company may
// have asked by an INN that several have.
func (r *reportRun) setCompany(ctx workflow.Context, company *report.Company) {
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
			s.content, s.named = nil, false
			workflow.GetLogger(ctx).Warn("content of a report withdrawn", "uid", r.document.UID, "source", s.source.ID, "error", otherINN(s.inn, company))
		}
	}
	r.company, r.document.Company = company, company
}

// otherThan reports whether an answer names another INN than the report's company has.
func (r *reportRun) otherThan(result report.AskResult) bool {
	company := r.document.Company
	return company != nil && counterparty.Contradict(result.INN, company.INN)
}

// otherINN is why an answer is not taken that has the company's OGRN and an INN that is not the company's.
func otherINN(inn string, company *report.Company) string {
	return fmt.Sprintf("the answer is about INN %s, not about %s", inn, company.INN)
}

func (r *reportRun) changed(ctx workflow.Context) {
	r.document.UpdatedAt = workflow.Now(ctx).UTC()
	r.version++
}

func (s *sourceRun) state() sourcestate.Source {
	state, _ := s.report.document.Sources.Source(s.source.ID)
	return state
}

func (s *sourceRun) ended() bool { return s.state().State.Ended() }

func (s *sourceRun) set(ctx workflow.Context, state sourcestate.State, reason string) {
	if err := s.report.document.Sources.Set(s.source.ID, state, excerpt.Cut(reason, report.MaxReasonLength)); err != nil {
		workflow.GetLogger(ctx).Error("state of a source not set", "uid", s.report.document.UID, "source", s.source.ID, "error", err)
	}
	s.report.changed(ctx)
	if s.ended() {
		return
	}
	for _, other := range s.report.sources {
		if other.awaits == s {
			other.wait(ctx) // in the same turn, so that what depends on each other is shown together
		}
	}
}

func (s *sourceRun) fail(ctx workflow.Context, state sourcestate.State, reason string) {
	workflow.GetLogger(ctx).Warn("source of a report failed", "uid", s.report.document.UID, "source", s.source.ID, "state", string(state), "error", reason)
	s.set(ctx, state, reason)
}
