package activities

import (
	"cmp"
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/webhook"
)

// The failures that Temporal retries by itself, because they are ours and not from outside.
const (
	// failureWorkerStopped: our own worker was told to stop.
	failureWorkerStopped = "WorkerStopped"
	// failureOver: Temporal no longer waits for this attempt: it gave it up, or an operator has paused or reset the activity.
	failureOver = "AttemptOver"
)

// failureKind is what an error of a client means to a pass.
type failureKind struct {
	failure string
	// waitable: it may get better by waiting, so that the pass may try again.
	waitable bool
}

// The one table from the errors of the clients to Temporal's.
var (
	konturFailures = map[kontur.Kind]failureKind{
		kontur.Unavailable: {pass.FailureUnavailable, true},
		kontur.RateLimited: {pass.FailureRateLimited, true},
		// A proxy's page in place of JSON goes away with the proxy's trouble.
		kontur.BadResponse: {pass.FailureBadResponse, true},
		kontur.BadKey:      {pass.FailureBadCredentials, false},
		kontur.Forbidden:   {pass.FailureAccessDenied, false},
		kontur.BadRequest:  {pass.FailureBadRequest, false},
		kontur.Untrusted:   {pass.FailureUntrusted, false},
	}
	alfrescoFailures = map[alfresco.Kind]failureKind{
		alfresco.Unavailable:      {pass.FailureUnavailable, true},
		alfresco.RateLimited:      {pass.FailureRateLimited, true},
		alfresco.BadResponse:      {pass.FailureBadResponse, true},
		alfresco.BadCredentials:   {pass.FailureBadCredentials, false},
		alfresco.AccessDenied:     {pass.FailureAccessDenied, false},
		alfresco.NotSearchable:    {pass.FailureNotSearchable, false},
		alfresco.UnknownAttribute: {pass.FailureUnknownAttribute, false},
		alfresco.ReadOnly:         {pass.FailureReadOnly, false},
		alfresco.BadRequest:       {pass.FailureBadRequest, false},
		alfresco.Untrusted:        {pass.FailureUntrusted, false},
	}
)

// failure turns an error of a client into what Temporal keeps: type, message and details. All are non-retryable for
// Temporal, because the workflow retries where people can see it; only what happened to our own attempt is Temporal's to
// mend. Written is what DiffAndUpdate has written; of others it is nil.
func failure(ctx context.Context, err error, written []counterparty.NodeOutcome) error {
	var k *kontur.Error
	var a *alfresco.Error
	var own *fault
	var untold *webhook.Error
	switch {
	case err == nil:
		return nil
	case stopping(ctx):
		return ours("the worker stops", failureWorkerStopped, written)
	case errors.Is(err, errOver):
		return ours(err.Error(), failureOver, written)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &k):
		return applicationError(err, konturFailures[k.Kind], pass.FailureDetails{Hint: k.Hint, RetryAfter: pass.Duration(k.RetryAfter), MayBeOne: k.MayBeOne()})
	case errors.As(err, &a):
		return applicationError(err, alfrescoFailures[a.Kind], pass.FailureDetails{Hint: a.Hint, RetryAfter: pass.Duration(a.RetryAfter), Written: written, MayBeOne: alfresco.MayBeOne(err)})
	case errors.As(err, &own):
		return applicationError(err, failureKind{own.failure, false}, pass.FailureDetails{Hint: own.hint})
	case errors.As(err, &untold):
		return webhookFailure(err, untold)
	}
	return applicationError(err, failureKind{pass.FailureUnavailable, true}, pass.FailureDetails{Written: written})
}

// ours is a failure that Temporal retries.
func ours(message, failure string, written []counterparty.NodeOutcome) error {
	return temporal.NewApplicationErrorWithOptions(message, failure, temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign,
		// Only those of the last attempt that is allowed are ever read.
		Details: []any{pass.FailureDetails{Waitable: true, Written: written}},
	})
}

func applicationError(err error, kind failureKind, details pass.FailureDetails) error {
	// A kind that the table lacks is a slip of ours; the pass shows it and goes on trying.
	kind = cmp.Or(kind, failureKind{pass.FailureUnavailable, true})
	details.Waitable = kind.waitable
	options := temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{detailsOf(err, details)},
		// The SDK would log each of them as an error, batch by batch. The pass logs what it makes of them, once.
		Category: temporal.ApplicationErrorCategoryBenign,
	}
	return temporal.NewApplicationErrorWithOptions(excerpt.Runes(err.Error(), maxErrorText), kind.failure, options)
}

// maxErrorText is the largest number of characters of a text that others may have had a hand in: an error's, or why a
// report has nothing. Both stay in histories.
const maxErrorText = 2000

// stopping reports whether the activity ends because its worker does.
func stopping(ctx context.Context) bool {
	if ctx.Err() == nil {
		return false
	}
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return true
	default:
		return false
	}
}
