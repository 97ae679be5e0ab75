package report

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// take keeps what a source has answered, including an empty answer.
func (s *sourceRun) take(ctx workflow.Context, request report.AskRequest, result report.AskResult) {
	r := s.report
	if !s.source.TellsCompany() && request.OGRN == "" && result.OGRN != "" {
		// Asked by an INN alone: the answer may be about another company of that INN than the one that is meant.
		if !s.awaitTeller(ctx) {
			return
		}
		teller := r.companySource()
		// Where this run was given none, what is in the report is about the one that an earlier run knew.
		switch company := r.document.Company; {
		case r.company == nil && teller.state().State == sourcestate.Answered:
			result = report.AskResult{Reason: teller.whyNothing()}
		case company != nil && company.OGRN == "":
			result = report.AskResult{Reason: fmt.Sprintf("the answer is about OGRN %s, and %s told none", result.OGRN, teller.source.ID)}
		case company != nil && company.OGRN != result.OGRN:
			result = report.AskResult{Reason: fmt.Sprintf("the answer is about OGRN %s, not about %s", result.OGRN, company.OGRN)}
		}
	}
	if r.otherThan(result) && !s.source.TellsCompany() {
		if r.company == nil && !s.awaitTeller(ctx) {
			return
		}
		if r.otherThan(result) {
			result = report.AskResult{Reason: otherINN(result.INN, r.document.Company)}
		}
	}
	if room := r.roomFor(s); len(result.Data) > room {
		s.fail(ctx, sourcestate.FailedInternally, pass.WithHint(
			fmt.Sprintf("content of %s: %d bytes, more than the %d that are left in the report", s.source.ID, len(result.Data), room),
			"let the source's content in the file of report types cut it down"))
		return
	}
	if result.Company != nil {
		r.setCompany(ctx, result.Company)
	}
	s.named, s.inn = result.Company != nil || result.OGRN != "", result.INN
	s.content = nil
	if len(result.Data) > 0 {
		s.content = &report.Content{Source: s.source.ID, Data: result.Data, AnsweredAt: workflow.Now(ctx).UTC()}
	}
	s.set(ctx, sourcestate.Answered, result.Reason)
}

// awaitTeller waits for the source that says which company is meant, whatever that answers. It is false if the report ends before.
func (s *sourceRun) awaitTeller(ctx workflow.Context) bool {
	teller := s.report.companySource()
	s.set(ctx, sourcestate.Asking, fmt.Sprintf("has answered; %s has to tell which company is meant", teller.source.ID))
	return workflow.Await(ctx, teller.ended) == nil
}
