package report

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

// skipped ends the source if it does not know counterparties of the kind.
func (s *sourceRun) skipped(ctx workflow.Context, kind report.Kind) bool {
	if s.source.Applies(kind) {
		return false
	}
	s.set(ctx, sourcestate.Skipped, "does not know "+kindNames[kind])
	return true
}

// kindNames are the kinds of counterparties in words.
var kindNames = map[report.Kind]string{
	report.LegalEntity:    "legal entities",
	report.SoleProprietor: "sole proprietors",
	report.Foreign:        "foreign organisations, whose INN begins with 9909",
}

// awaitNeeds waits for what the source needs and says what to ask. ok is false if it will never be asked.
func (s *sourceRun) awaitNeeds(ctx workflow.Context) (request report.AskRequest, ok bool) {
	r := s.report
	request = report.AskRequest{Source: s.source, By: r.request.By, ID: r.request.ID}
	if other, what := s.dependsOn(); other != nil {
		s.awaits, s.what = other, what
		s.wait(ctx)
		if workflow.Await(ctx, other.ended) != nil {
			return request, false
		}
		s.awaits = nil
		if !other.named {
			s.set(ctx, sourcestate.Cancelled, other.whyNothing())
			return request, false
		}
	}
	switch {
	case r.company != nil:
		request.OGRN = r.company.OGRN
	case request.By == counterparty.OGRN:
		request.OGRN = request.ID
	}
	switch s.source.Needs {
	case "":
	case report.NeedsINN:
		if request.By != counterparty.INN {
			request.By, request.ID = counterparty.INN, r.company.INN
		}
	default:
		// The OGRN, or another source: whichever it was, an OGRN is the surest if there is one.
		if s.source.Needs == report.NeedsOGRN || request.OGRN != "" {
			request.By, request.ID = counterparty.OGRN, request.OGRN
		}
	}
	if request.ID == "" {
		s.set(ctx, sourcestate.Cancelled, fmt.Sprintf("%s returned no %s", s.report.companySource.source.ID, strings.ToUpper(string(request.By))))
		return request, false
	}
	return request, true
}

// wait shows that the source waits for another one. While the source at the beginning of the chain is put off, whether the data
// will come is not known.
func (s *sourceRun) wait(ctx workflow.Context) {
	first := s.awaits
	for first.awaits != nil {
		first = first.awaits
	}
	if state := first.state(); state.State == sourcestate.Delayed {
		s.set(ctx, sourcestate.Delayed, fmt.Sprintf("it is not known whether %s will answer: %s", first.source.ID, state.Reason))
		return
	}
	s.set(ctx, sourcestate.Waiting, "waits for "+s.what)
}

// dependsOn is the source that has to answer first, and what is waited for in words; nil if there is none.
func (s *sourceRun) dependsOn() (other *sourceRun, what string) {
	needs := s.source.Needs
	switch needs {
	case "", string(s.report.request.By):
		return nil, ""
	case report.NeedsINN, report.NeedsOGRN:
		other = s.report.companySource
		return other, fmt.Sprintf("the %s, which %s returns", strings.ToUpper(needs), other.source.ID)
	}
	return s.report.source(needs), needs
}

// whyNothing says for others, once the source has ended, why it names no company.
func (s *sourceRun) whyNothing() string {
	state := s.state()
	words := map[sourcestate.State]string{
		sourcestate.Answered:  "names no company",
		sourcestate.Skipped:   "was skipped",
		sourcestate.Cancelled: "was cancelled",
	}[state.State]
	if words == "" {
		words = "failed"
	}
	if state.Reason == "" {
		return s.source.ID + " " + words
	}
	return s.source.ID + " " + words + ": " + state.Reason
}
