package report

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/flow"
)

// askGrace is what an attempt to ask a report's source may take beyond its time while it waits for its turn in the
// worker: a source that hangs may hold the only slot for minutes.
const askGrace = 30 * time.Minute

// askDelays are the waits between the tries to ask a report's source; further ones are like the last. People wait for the
// report, so that the first ones are short.
var askDelays = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second}

// loadTypePolicy is for reading the definition of a report's type, which the worker holds in memory.
func loadTypePolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Second,
		HeartbeatTimeout:    flow.HeartbeatTimeout,
		RetryPolicy:         flow.Retries(),
		Summary:             summary,
	})
}

// readPreviousPolicy is for asking Temporal about the report before a refresh; a query may have to wait for a worker.
func readPreviousPolicy(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		HeartbeatTimeout:    flow.HeartbeatTimeout,
		RetryPolicy:         flow.Retries(),
		Summary:             "what did the report say before?",
	})
}

// askPolicy is for one attempt to ask a report's source. A worker that is lost costs the source nothing; one that hangs
// is not waited for again. Nothing is written, so that a cancellation does not wait for the attempt.
func askPolicy(ctx workflow.Context, within time.Duration, summary string) workflow.Context {
	retries := flow.Retries()
	retries.NonRetryableErrorTypes = append(retries.NonRetryableErrorTypes, "TemporalTimeout:StartToClose")
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           report.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName),
		StartToCloseTimeout: within + askGrace,
		HeartbeatTimeout:    flow.HeartbeatTimeout,
		RetryPolicy:         retries,
		Summary:             flow.Summary(summary),
	})
}

// notifyPolicy is for calling a webhook: a few tries, because nothing depends on it.
func notifyPolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           report.WebhookTaskQueue(workflow.GetInfo(ctx).TaskQueueName),
		StartToCloseTimeout: 15 * time.Second,
		HeartbeatTimeout:    flow.HeartbeatTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:        time.Second,
			BackoffCoefficient:     3,
			MaximumAttempts:        3,
			NonRetryableErrorTypes: []string{"PanicError"},
		},
		Summary: flow.Summary(summary),
	})
}
