package activities

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/kontur"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
)

// fault is an error of these activities themselves, with what Temporal keeps of it. Waiting mends none.
type fault struct{ failure, text, hint string }

func (e *fault) Error() string { return e.text }

// tooLarge is an answer that no payload can hold, even cut down to what is mapped.
func tooLarge(source string, companies int) error {
	return &fault{pass.FailureTooLarge, fmt.Sprintf("the mapped answer of %s has more than the %d bytes that a payload may have after %d companies",
		source, pass.MaxAnswerBytes, companies), pass.HintTooLarge}
}

// unknownType is a type that the worker's file lacks.
func unknownType(id string, known []string) error {
	return &fault{report.FailureUnknownType, fmt.Sprintf("there is no report type %q; there are: %s", id, strings.Join(known, ", ")),
		"add the type to the file that REPORT_TYPES_FILE names, and restart the workers"}
}

// late is a source that did not answer in time.
func late(method string, within time.Duration) error {
	return &fault{report.FailureLate, fmt.Sprintf("ask Kontur.Focus %s: no answer within %s", method, within),
		"if it lasts, check the network and KONTUR_RPS, or raise the source's timeLimit in the file of report types"}
}

// brokenItem is an item that does not say what company it is.
func brokenItem(method, ogrn string, err error) error {
	return &fault{pass.FailureBadResponse, fmt.Sprintf("ask Kontur.Focus %s: item of OGRN %s: %v", method, ogrn, err), ""}
}

// badContent is a jq expression that does not work on the answer.
func badContent(source string, err error) error {
	return &fault{report.FailureContent, fmt.Sprintf("content of %s: the jq expression %v", source, err), "correct the source's content in the file of report types"}
}

// largeContent is content that the document has no room for.
func largeContent(source string, bytes, most int) error {
	return &fault{pass.FailureTooLarge, fmt.Sprintf("content of %s: %d bytes, more than the %d that are left in the report", source, bytes, most),
		"let the source's content in the file of report types cut it down"}
}

// reserved is a source that was not asked, because that might take from the reserve.
func reserved(method string, quota pass.Quota, keep pass.Reserve) error {
	until := ""
	if quota.Until != "" {
		until = " until " + quota.Until
	}
	return &fault{pass.FailureQuotaExhausted, fmt.Sprintf("Kontur.Focus was not asked %s: of %s %s %s are left%s, and reports leave %s (REPORTS_QUOTA_RESERVE: %s)",
		method, md.Number(quota.Limit), quota.Counts, md.Number(quota.Left), until, md.Number(keep.Of(quota.Limit)), keep),
		"wait for the next period, or let the worker keep less in reserve"}
}

// webhookFailure is what Temporal keeps of a webhook that was not told: the one thing besides lost workers that it retries,
// for nothing waits for a webhook.
func webhookFailure(err error, w *webhook.Error) error {
	return temporal.NewApplicationErrorWithOptions(excerpt.Runes(err.Error(), maxErrorText), report.FailureWebhook, temporal.ApplicationErrorOptions{
		NonRetryable: !w.Again, Details: []any{pass.FailureDetails{Hint: w.Hint, Waitable: w.Again}}})
}

// attempt is an error of asking a source, with the time that it took.
type attempt struct {
	err  error
	took time.Duration
}

func (e *attempt) Error() string { return e.err.Error() }
func (e *attempt) Unwrap() error { return e.err }

// detailsOf are the details of an application error: those of a report's source hold the time as well.
func detailsOf(err error, details pass.FailureDetails) any {
	if a, ok := errors.AsType[*attempt](err); ok {
		asked, ok := errors.AsType[*kontur.Error](err)
		return report.AskFailureDetails{FailureDetails: details, Took: pass.Duration(a.took), NotAsked: ok && asked.NotAsked}
	}
	return details
}
