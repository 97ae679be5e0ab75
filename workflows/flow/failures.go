package flow

import (
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// FailureOf says in words, and in a type, why an activity or a segment failed. Waiting may help unless the activity
// says that it doesn't.
func FailureOf(what string, err error) *pass.Failure {
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
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
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		if timeout.TimeoutType() == enums.TIMEOUT_TYPE_SCHEDULE_TO_START {
			return &pass.Failure{
				Type:      pass.FailureLost,
				Message:   fmt.Sprintf("%s: no worker has begun it within %s", what, pass.Duration(KeyTimeout)),
				Hint:      "check that a worker runs that holds the sync's konturKey; if others wait before it, raise its KONTUR_RPS_… or KONTUR_CONCURRENCY_…",
				Retryable: true,
			}
		}
		return &pass.Failure{
			Type:      pass.FailureLost,
			Message:   fmt.Sprintf("%s: no answer from any worker in time (%s)", what, timeout.TimeoutType()),
			Hint:      "look at the workers' logs and memory: the activity was lost repeatedly",
			Retryable: true,
		}
	}
	return &pass.Failure{Type: pass.FailureUnavailable, Message: fmt.Sprintf("%s: %v", what, err), Retryable: true}
}

// Sentence is a failure as the state shows it.
func Sentence(f *pass.Failure) string {
	return excerpt.Cut(pass.WithHint(f.Message, f.Hint), pass.MaxErrorLength)
}
