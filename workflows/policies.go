package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

const (
	// heartbeatTimeout is how soon a lost worker is noticed. Activities heartbeat several times within it.
	heartbeatTimeout = 20 * time.Second
	// lostWorkers bounds how often one activity may lose its worker: more than that is no accident.
	lostWorkers = 10

	// maxPacing bounds how long one call waits in all because the other side answers 429.
	maxPacing = 30 * time.Minute
	// pacingStep bounds how a wait grows beyond what the other side asks for, if its 429 comes again and again. With "1 s"
	// half an hour would be 1,800 calls, and the history of a few batches would outgrow its limit; so it is some 40.
	pacingStep = time.Minute

	// progressInterval is the least time between two progress signals of a pass; progressShare makes the interval grow
	// with the pass. 2 s for the first 200 s make 100 signals, and each further factor e of the pass's age makes 100 more:
	// some 700 for a day, 900 for a week.
	progressInterval = 2 * time.Second
	progressShare    = 100

	// minNodeAge is how old a node must be before a pass that starts at the checkpoint walks it: younger ones wait for the
	// next pass, because others with a smaller dbid may not show yet. It outlasts a long transaction and a slow index.
	minNodeAge = 15 * time.Minute

	// quotaAge and quotaBatches are after what a reading of the quotas is taken for old: others with the same key ask too.
	// A segment has some 200 batches, so that a reading more is 1 % of its history.
	quotaAge     = 15 * time.Minute
	quotaBatches = 100

	// maxSilent is how many counterparties in a row may be unknown before it is asked whether Kontur.Focus knows anybody: more
	// than a few typing errors, and few enough that a walk in small batches notices soon.
	maxSilent = 20
)

// ourRetries is what Temporal retries by itself: the loss of our own worker. Whatever the other side does comes back as a
// non-retryable application error, and the pass retries it where people can see it.
func ourRetries() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    30 * time.Second,
		MaximumAttempts:    lostWorkers,
		// A result that is too large and a panic come back however often they are tried; Temporal would.
		NonRetryableErrorTypes: []string{"payloadSizeError", "PanicError"},
	}
}

// options are what the activities of a pass have in common. They are waited for when they are cancelled: the next segment
// must not begin while one still works.
func options(startToClose time.Duration, summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout: startToClose,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy:         ourRetries(),
		WaitForCancellation: true,
		Summary:             summary,
	}
}

// fetchPolicy is for reading a batch: usually two requests, but a long run of index ghosts takes many.
func fetchPolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, options(10*time.Minute, summary))
}

// queryPolicy is for asking Kontur.Focus: the call may queue behind others within the worker's own limits.
func queryPolicy(ctx workflow.Context, summary string) workflow.Context {
	o := options(30*time.Minute, summary)
	o.TaskQueue = pass.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName)
	return workflow.WithActivityOptions(ctx, o)
}

// quotaPolicy is for asking Kontur.Focus what is left, in the same queue as everything else. A worker of an earlier release on the same queue does not know the
// activity, so that it is tried a few times.
func quotaPolicy(ctx workflow.Context, summary string) workflow.Context {
	o := options(30*time.Minute, summary)
	o.TaskQueue = pass.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName)
	o.RetryPolicy.MaximumAttempts = 3
	return workflow.WithActivityOptions(ctx, o)
}

// changesPolicy is for the lists of watched and changed companies, which may be long; they queue like everything else.
func changesPolicy(ctx workflow.Context, summary string) workflow.Context {
	o := options(30*time.Minute, summary)
	o.TaskQueue = pass.KonturTaskQueue(workflow.GetInfo(ctx).TaskQueueName)
	return workflow.WithActivityOptions(ctx, o)
}

// writePolicy is for bringing a batch up to date: up to 100 reads and 100 writes.
func writePolicy(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, options(30*time.Minute, summary))
}

// lookupPolicy is for asking Temporal about the pass before: quick, unless that was cut off and its history is read, and
// the pass can do without.
func lookupPolicy(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, options(5*time.Minute, "where did the pass before this one get to?"))
}

// progressPolicy is for reading the history of a segment that was lost; the pass can do without.
func progressPolicy(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, options(5*time.Minute, "what had the lost segment committed?"))
}

// journalPolicy is for reading the histories of passes, which may be large; the pass can do without. A worker of an earlier
// release on the same queue does not know the activity, so that it is tried a few times.
func journalPolicy(ctx workflow.Context) workflow.Context {
	o := options(15*time.Minute, "which nodes were rejected before?")
	o.RetryPolicy.MaximumAttempts = 3
	return workflow.WithActivityOptions(ctx, o)
}

// attributesPolicy is for asking Temporal about search attributes: quick, and the pass can do without. A worker of an
// earlier release on the same queue does not know the activity, so that it is tried a few times.
func attributesPolicy(ctx workflow.Context) workflow.Context {
	o := options(15*time.Second, "may the pass set search attributes?")
	o.RetryPolicy.MaximumAttempts = 3
	return workflow.WithActivityOptions(ctx, o)
}

// segmentPolicy is for the child workflows of a pass. They end with it, and its cancellation waits for their last word.
func segmentPolicy(ctx workflow.Context, id, summary string, attributes temporal.SearchAttributes) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		WaitForCancellation:   true,
		StaticSummary:         summary,
		TypedSearchAttributes: attributes,
	})
}
