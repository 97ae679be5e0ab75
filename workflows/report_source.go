package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/workflows/flow"
)

// sourceRun is one source of a report on its way. Each has a coroutine of its own.
type sourceRun struct {
	report *reportRun
	source report.TypeSource
	// content is what it says, or said to an earlier run; nil if nothing.
	content *report.Content
	// found: it has told this run about a company, whose INN is inn as far as it told that.
	found bool
	inn   string
	// until is when the wait before the next try ends; zero if there is none.
	until time.Time
}

func (s *sourceRun) run(ctx workflow.Context) {
	if ctx.Err() != nil || s.skipped(ctx, s.report.request.Kind()) {
		return
	}
	request, ok := s.await(ctx)
	if !ok || s.report.company != nil && s.skipped(ctx, s.report.company.Kind) {
		return
	}
	s.ask(ctx, request)
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

// await waits for what the source needs and says what to ask. ok is false if it will never be asked.
func (s *sourceRun) await(ctx workflow.Context) (request report.AskRequest, ok bool) {
	r := s.report
	request = report.AskRequest{Source: s.source, By: r.request.By, ID: r.request.ID}
	if other, what := s.dependsOn(); other != nil {
		s.set(ctx, sourcestate.Waiting, "waits for "+what)
		if workflow.Await(ctx, other.ended) != nil {
			return request, false
		}
		if !other.found {
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
		s.set(ctx, sourcestate.Cancelled, fmt.Sprintf("%s told no %s", s.report.companySource().source.ID, strings.ToUpper(string(request.By))))
		return request, false
	}
	return request, true
}

// dependsOn is the source that has to answer first, and what is waited for in words; nil if there is none.
func (s *sourceRun) dependsOn() (other *sourceRun, what string) {
	needs := s.source.Needs
	switch needs {
	case "", string(s.report.request.By):
		return nil, ""
	case report.NeedsINN, report.NeedsOGRN:
		other = s.report.companySource()
		return other, fmt.Sprintf("the %s, which %s tells", strings.ToUpper(needs), other.source.ID)
	}
	return s.report.source(needs), needs
}

// whyNothing says for others, once the source has ended, why it tells of no company.
func (s *sourceRun) whyNothing() string {
	state := s.state()
	words := map[sourcestate.State]string{
		sourcestate.Answered:  "tells of no company",
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

// ask asks until there is an answer, the time is up, or it makes no sense to go on.
func (s *sourceRun) ask(ctx workflow.Context, request report.AskRequest) {
	limit := time.Duration(s.source.TimeLimit)
	// spent are the attempts and the waits between them, without the time in the queue.
	var spent time.Duration
	for try := 1; ; {
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
		spent += failure.took
		wait, why := failure.wait, "as Kontur.Focus asks"
		if wait == 0 {
			wait = askDelays[min(try, len(askDelays))-1]
			try++
			why = fmt.Sprintf("before try %d", try)
		}
		switch {
		case !failure.again:
			s.fail(ctx, failure.state, failure.text)
			return
		case spent+wait >= limit:
			s.fail(ctx, failure.state, fmt.Sprintf("no time is left to wait %s %s (limit %s): %s", pass.Rounded(wait), why, pass.Rounded(limit), failure.text))
			return
		}
		delay := fmt.Sprintf("waits %s %s: %s", pass.Rounded(wait), why, failure.message)
		s.until = workflow.Now(ctx).Add(wait)
		s.set(ctx, sourcestate.Delayed, delay)
		timer := workflow.TimerOptions{Summary: excerpt.Cut(s.source.ID+" "+delay, maxSummary)}
		if workflow.NewTimerWithOptions(ctx, wait, timer).Get(ctx, nil) != nil {
			return
		}
		s.until = time.Time{}
		spent += wait
	}
}

func (s *sourceRun) attempt(ctx workflow.Context, request report.AskRequest, within time.Duration, try int) (report.AskResult, error) {
	request.Within, request.MaxBytes = pass.Duration(within), s.report.room(s)
	summary := fmt.Sprintf("%s by %s %s", s.source.ID, strings.ToUpper(string(request.By)), request.ID)
	if try > 1 {
		summary += fmt.Sprintf(", try %d", try)
	}
	return flow.Execute(askPolicy(ctx, within, summary), report.AskSource, request)
}

func (s *sourceRun) fail(ctx workflow.Context, state sourcestate.State, reason string) {
	workflow.GetLogger(ctx).Warn("source of a report failed", "uid", s.report.document.UID, "source", s.source.ID, "state", string(state), "error", reason)
	s.set(ctx, state, reason)
}
