package activities

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
)

// reportFailure turns what only the activities of reports return into what Temporal keeps; nil for any other error.
func reportFailure(err error) error {
	var unknown *unknownType
	var slow *late
	var broken *brokenItem
	var wrong *badContent
	var large *largeContent
	var untold *webhook.Error
	var kept *reserved
	switch {
	case errors.As(err, &kept):
		return applicationError(err, failureKind{pass.FailureQuotaExhausted, false}, pass.FailureDetails{Hint: hintReserved})
	case errors.As(err, &unknown):
		return applicationError(err, failureKind{report.FailureUnknownType, false}, pass.FailureDetails{
			Hint: "add the type to the file that REPORT_TYPES_FILE names, and restart the workers"})
	case errors.As(err, &slow):
		return applicationError(err, failureKind{report.FailureLate, false}, pass.FailureDetails{Hint: hintLate})
	case errors.As(err, &broken):
		return applicationError(err, failureKind{pass.FailureBadResponse, false}, pass.FailureDetails{})
	case errors.As(err, &wrong):
		return applicationError(err, failureKind{report.FailureContent, false}, pass.FailureDetails{
			Hint: "correct the source's content in the file of report types"})
	case errors.As(err, &large):
		return applicationError(err, failureKind{pass.FailureTooLarge, false}, pass.FailureDetails{
			Hint: "let the source's content in the file of report types cut it down"})
	case errors.As(err, &untold):
		// The one thing besides lost workers that Temporal retries: nothing waits for a webhook.
		return temporal.NewApplicationErrorWithOptions(excerpt.Runes(err.Error(), maxErrorText), report.FailureWebhook, temporal.ApplicationErrorOptions{
			NonRetryable: !untold.Again, Details: []any{pass.FailureDetails{Hint: untold.Hint, Waitable: untold.Again}}})
	}
	return nil
}

const hintLate = "if it lasts, check the network and KONTUR_RPS, or raise the source's timeLimit in the file of report types"

// attempt is an error of asking a source, with the time that it took.
type attempt struct {
	err  error
	took time.Duration
}

func (e *attempt) Error() string { return e.err.Error() }
func (e *attempt) Unwrap() error { return e.err }

// detailsOf are the details of an application error: those of a report's source hold the time as well.
func detailsOf(err error, details pass.FailureDetails) any {
	var a *attempt
	if errors.As(err, &a) {
		return report.AskFailureDetails{FailureDetails: details, Took: pass.Duration(a.took)}
	}
	return details
}

// late is a source that did not answer in time.
type late struct {
	method string
	within time.Duration
}

func (e *late) Error() string {
	return fmt.Sprintf("ask Kontur.Focus %s: no answer within %s", e.method, e.within)
}

// brokenItem is an item that does not say what company it is.
type brokenItem struct {
	method, ogrn string
	err          error
}

func (e *brokenItem) Error() string {
	return fmt.Sprintf("ask Kontur.Focus %s: item of OGRN %s: %v", e.method, e.ogrn, e.err)
}

// badContent is a jq expression that does not work on the answer.
type badContent struct {
	source string
	err    error
}

func (e *badContent) Error() string {
	return fmt.Sprintf("content of %s: the jq expression %v", e.source, e.err)
}

// largeContent is content that the document has no room for.
type largeContent struct {
	source      string
	bytes, most int
}

func (e *largeContent) Error() string {
	return fmt.Sprintf("content of %s: %d bytes, more than the %d that are left in the report", e.source, e.bytes, e.most)
}
