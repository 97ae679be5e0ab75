// Package example is the worked example of docs/replay.md: a workflow that asks one question more since its second
// release, behind a version helper. Its histories, one of each release, are replayed with the recordings of the real
// workflows. No worker hosts it: only tests know it.
package example

import (
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/workflows"
)

// Names on the wire.
const (
	Workflow       = "WorkedExample"
	FindActivity   = "FindExample"
	UpdateActivity = "UpdateExample"
)

// Register registers the workflow, as workflows.Register does the real ones.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(WorkedExample, workflow.RegisterOptions{Name: Workflow})
}

// findsFirst: a run finds out what there is before it updates it. Since v0.2.0 of the example; runs of v0.1.0 update at
// once. The old way may go when none of these is open or kept.
func findsFirst(ctx workflow.Context) bool { return workflows.Changed(ctx, "find-first") }

// WorkedExample updates what it is given and returns what the update returned.
func WorkedExample(ctx workflow.Context, id string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	if findsFirst(ctx) {
		if err := workflow.ExecuteActivity(ctx, FindActivity, id).Get(ctx, &id); err != nil {
			return "", err
		}
	}
	var updated string
	err := workflow.ExecuteActivity(ctx, UpdateActivity, id).Get(ctx, &updated)
	return updated, err
}
