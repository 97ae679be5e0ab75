package flow

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

const (
	// heartbeatTimeout is how soon a lost worker is noticed. Activities heartbeat several times within it.
	heartbeatTimeout = 20 * time.Second
	// lostWorkers bounds how often one activity may lose its worker: more than that is no accident.
	lostWorkers = 10

	// KeyTimeout is how long a question with a key of a name waits for a worker that holds it. Not every worker need hold it, so
	// that nobody may ever come; and it outlasts a deploy, and a queue of questions that take two minutes each.
	KeyTimeout = 10 * time.Minute
)

// Options are what activities have in common. What Temporal retries by itself is the loss of our own worker: whatever the
// other side does comes back as a non-retryable application error, and the workflow retries it where people can see it.
func Options(startToClose time.Duration, summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout: startToClose,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
			MaximumAttempts:    lostWorkers,
			// A result that is too large and a panic come back however often they are tried; Temporal would.
			NonRetryableErrorTypes: []string{"payloadSizeError", "PanicError"},
		},
		Summary: Summary(summary),
	}
}
