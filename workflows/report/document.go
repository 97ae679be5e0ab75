package report

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// current is a copy of the current document.
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

// companySource is the one that says which company is meant. Every type has it.
func (r *reportRun) companySource() *sourceRun {
	for _, s := range r.sources {
		if s.source.TellsCompany() {
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
}

func (s *sourceRun) fail(ctx workflow.Context, state sourcestate.State, reason string) {
	workflow.GetLogger(ctx).Warn("source of a report failed", "uid", s.report.document.UID, "source", s.source.ID, "state", string(state), "error", reason)
	s.set(ctx, state, reason)
}
