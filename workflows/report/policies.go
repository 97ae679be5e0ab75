package report

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/flow"
)

// askGrace is what an attempt to ask a report's source may take beyond its time while it waits for its turn in the
// worker: a source that hangs may hold the only slot for minutes.
const askGrace = 30 * time.Minute

// queueStep bounds how the waits for the end of a pause grow that another report's question was answered with.
const queueStep = time.Minute

// askDelays are the waits between the tries to ask a report's source; further ones are like the last. People wait for the
// report, so that the first ones are short.
var askDelays = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second}

// loadTypePolicy is for reading the definition of a report's type, which the worker holds in memory.
func loadTypePolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, flow.Options(15*time.Second, summary))
}

// readPreviousPolicy is for asking Temporal about the report before a refresh; a query may have to wait for a worker.
func readPreviousPolicy(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, flow.Options(30*time.Second, "what did the report say before?"))
}

// keyPolicy is for looking for a worker that holds the key of the report's type, which may start at this moment.
func keyPolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, flow.Options(time.Minute, summary))
}

// askPolicy is for one attempt to ask a report's source. A worker that is lost costs the source nothing; one that hangs
// is not waited for again. Nothing is written, so that a cancellation does not wait for the attempt.
func askPolicy(ctx workflow.Context, key pass.KeyName, within time.Duration, summary string) workflow.Context {
	o := flow.Options(within+askGrace, summary)
	o.TaskQueue = report.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName, key)
	if key != "" {
		o.ScheduleToStartTimeout = flow.KeyTimeout
	}
	o.RetryPolicy.NonRetryableErrorTypes = append(o.RetryPolicy.NonRetryableErrorTypes, "TemporalTimeout:StartToClose")
	return workflow.WithActivityOptions(ctx, o)
}

// notifyPolicy is for calling a webhook: a few tries, because nothing depends on it.
func notifyPolicy(ctx workflow.Context, summary string) workflow.Context {
	o := flow.Options(15*time.Second, summary)
	o.TaskQueue = report.WebhookTaskQueue(workflow.GetInfo(ctx).TaskQueueName)
	o.RetryPolicy = &temporal.RetryPolicy{
		InitialInterval:        time.Second,
		BackoffCoefficient:     3,
		MaximumAttempts:        3,
		NonRetryableErrorTypes: []string{"PanicError"},
	}
	return workflow.WithActivityOptions(ctx, o)
}
