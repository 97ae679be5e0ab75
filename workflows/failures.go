package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// failureOf says in words, and in a type, why an activity or a segment failed. Waiting may help unless the activity
// says that it doesn't.
func failureOf(what string, err error) *pass.Failure {
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	switch {
	case errors.As(err, &application):
		var details pass.FailureDetails
		if !application.HasDetails() || application.Details(&details) != nil {
			details.Waitable = true
		}
		return &pass.Failure{
			Type:      application.Type(),
			Message:   fmt.Sprintf("%s: %s", what, application.Message()),
			Hint:      details.Hint,
			Retryable: details.Waitable,
		}
	case errors.As(err, &timeout):
		return &pass.Failure{
			Type:      pass.FailureLost,
			Message:   fmt.Sprintf("%s: no answer from any worker in time (%s)", what, timeout.TimeoutType()),
			Hint:      "look at the workers' logs and memory: the activity was lost again and again",
			Retryable: true,
		}
	}
	return &pass.Failure{Type: pass.FailureUnavailable, Message: fmt.Sprintf("%s: %v", what, err), Retryable: true}
}

// writtenBefore is what an attempt of DiffAndUpdate had written, or was about to write, before it failed or was lost for good.
func writtenBefore(err error) []counterparty.NodeOutcome {
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	var details pass.FailureDetails
	var told pass.WriteHeartbeat
	switch {
	case errors.As(err, &application) && application.HasDetails() && application.Details(&details) == nil:
		return details.Written
	case errors.As(err, &timeout) && timeout.HasLastHeartbeatDetails() && timeout.LastHeartbeatDetails(&told) == nil:
		return told.Changed
	}
	return nil
}

// retryAfter tells how long the other side asks to wait, if that is what err says.
func retryAfter(err error) (time.Duration, bool) {
	var application *temporal.ApplicationError
	if !errors.As(err, &application) || application.Type() != pass.FailureRateLimited {
		return 0, false
	}
	var details pass.FailureDetails
	if application.Details(&details) != nil {
		return 0, false
	}
	return time.Duration(details.RetryAfter), details.RetryAfter > 0
}

// sentence is a failure as the state shows it.
func sentence(f *pass.Failure) string {
	return excerpt.Cut(pass.WithHint(f.Message, f.Hint), pass.MaxErrorLength)
}
