package flow

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/wire"
)

// Register registers a workflow under its name on the wire, with a worker, a replayer or a test environment.
func Register[In, Out any](r worker.WorkflowRegistry, name wire.Workflow[In, Out], run func(workflow.Context, In) (Out, error)) {
	r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: string(name)})
}

// Execute runs an activity, with the options that ctx holds, and waits for its end.
func Execute[In, Out any](ctx workflow.Context, activity wire.Activity[In, Out], in In) (Out, error) {
	var out Out
	err := workflow.ExecuteActivity(ctx, string(activity), in).Get(ctx, &out)
	return out, err
}

// Child is a child workflow on its way to an Out.
type Child[Out any] struct{ workflow.ChildWorkflowFuture }

// StartChild starts a child workflow, with the options that ctx holds.
func StartChild[In, Out any](ctx workflow.Context, name wire.Workflow[In, Out], in In) Child[Out] {
	return Child[Out]{workflow.ExecuteChildWorkflow(ctx, string(name), in)}
}

// Result waits for the end of the child.
func (c Child[Out]) Result(ctx workflow.Context) (Out, error) {
	var out Out
	err := c.Get(ctx, &out)
	return out, err
}

// Receive waits for the next signal.
func Receive[T any](ctx workflow.Context, signal wire.Signal[T]) T {
	var value T
	workflow.GetSignalChannel(ctx, string(signal)).Receive(ctx, &value)
	return value
}

// Send sends a signal to another run. It does not wait.
func Send[T any](ctx workflow.Context, signal wire.Signal[T], workflowID, runID string, value T) workflow.Future {
	return workflow.SignalExternalWorkflow(ctx, workflowID, runID, string(signal), value)
}

// Handle lets answer answer a query. Description is for people.
func Handle[T any](ctx workflow.Context, query wire.Query[T], description string, answer func() (T, error)) error {
	return workflow.SetQueryHandlerWithOptions(ctx, string(query), answer, workflow.QueryHandlerOptions{Description: description})
}
