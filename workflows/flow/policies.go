package flow

import (
	"time"

	"go.temporal.io/sdk/temporal"
)

const (
	// HeartbeatTimeout is how soon a lost worker is noticed. Activities heartbeat several times within it.
	HeartbeatTimeout = 20 * time.Second
	// lostWorkers bounds how often one activity may lose its worker: more than that is no accident.
	lostWorkers = 10
)

// Retries is what Temporal retries by itself: the loss of our own worker. Whatever the other side does comes back as a
// non-retryable application error, and the workflow retries it where people can see it.
func Retries() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    30 * time.Second,
		MaximumAttempts:    lostWorkers,
		// A result that is too large and a panic come back however often they are tried; Temporal would.
		NonRetryableErrorTypes: []string{"payloadSizeError", "PanicError"},
	}
}
