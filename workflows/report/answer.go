package report

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

// take keeps what a source has answered, including an empty answer.
func (s *sourceRun) take(ctx workflow.Context, request report.AskRequest, result report.AskResult) {
	r := s.report
	if !s.source.TellsCompany() && request.OGRN == "" && result.OGRN != "" {
		// Asked by an INN alone: the answer may be about another company of that INN than the one that is meant.
		if !s.awaitTeller(ctx) {
			return
		}
		teller := r.companySource
		// Where this run was given none, what is in the report is about the one that an earlier run knew.
		switch company := r.document.Company; {
		case r.company == nil && teller.state().State == sourcestate.Answered:
			result = report.AskResult{Reason: teller.whyNothing()}
		case company != nil && company.OGRN == "":
			result = report.AskResult{Reason: fmt.Sprintf("the answer is about OGRN %s, and %s returned none", result.OGRN, teller.source.ID)}
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
	teller := s.report.companySource
	s.set(ctx, sourcestate.Asking, fmt.Sprintf("has answered; %s has to identify the company", teller.source.ID))
	return workflow.Await(ctx, teller.ended) == nil
}

func (s *sourceRun) attempt(ctx workflow.Context, request report.AskRequest, within time.Duration, try int) (report.AskResult, error) {
	request.Within, request.MaxBytes = pass.Duration(within), s.report.roomFor(s)
	summary := fmt.Sprintf("%s by %s %s", s.source.ID, strings.ToUpper(string(request.By)), request.ID)
	if try > 1 {
		summary += fmt.Sprintf(", try %d", try)
	}
	return flow.Execute(askPolicy(ctx, s.report.key, within, summary), report.AskSource, request)
}

// askFailure is why an attempt to ask a source failed.
type askFailure struct {
	// state is what the source becomes if this was the last attempt: it says whose fault it was.
	state sourcestate.State
	// message is what happened, text the same with what to do about it.
	message, text string
	// retryable: another try may help. wait is how long the other side asks to wait before it; 0 if it does not ask.
	retryable bool
	wait      time.Duration
	// took is how long the attempt took, without the queue before it; notAsked: the request did not go out.
	took     time.Duration
	notAsked bool
	// unbegun: no worker has begun it in the time that is waited for one that holds its key.
	unbegun bool
}

// askFailureOf takes the error of the activity apart. An attempt that does not say how long it took has taken all the
// time that it was away.
func askFailureOf(err error, away time.Duration) askFailure {
	f := askFailure{state: sourcestate.FailedInternally, took: away}
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	var panicked *temporal.PanicError
	switch {
	case errors.As(err, &application):
		var details report.AskFailureDetails
		if application.HasDetails() && application.Details(&details) == nil {
			if f.notAsked = details.NotAsked; details.Took > 0 || f.notAsked {
				f.took = time.Duration(details.Took)
			}
			f.retryable, f.wait = details.Waitable, time.Duration(details.RetryAfter)
		}
		f.message = application.Message()
		f.text = flow.Sentence(&pass.Failure{Message: f.message, Hint: details.Hint})
		switch application.Type() {
		case pass.FailureUnavailable, pass.FailureRateLimited, pass.FailureBadResponse, pass.FailureBadCredentials,
			pass.FailureAccessDenied, pass.FailureQuotaExhausted, pass.FailureBadRequest, pass.FailureUntrusted, report.FailureLate:
			f.state = sourcestate.Failed
		}
	case errors.As(err, &timeout):
		f.message = fmt.Sprintf("no worker has finished the request (%s)", timeout.TimeoutType())
		f.text = pass.WithHint(f.message, "look at the workers' logs and memory")
		f.unbegun = timeout.TimeoutType() == enums.TIMEOUT_TYPE_SCHEDULE_TO_START
	case errors.As(err, &panicked):
		f.message = "our own code panicked: " + panicked.Error()
		f.text = pass.WithHint(f.message, "look at the workers' logs")
	default:
		f.message = err.Error()
		f.text = f.message
	}
	return f
}
