package desk

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
)

// Find finds what Make would return without making anything; ok is false if there is nothing and Make would start a run.
// Errors: those of Make about the request.
func (c *Client) Find(ctx context.Context, r report.Request) (made Made, ok bool, err error) {
	if err := c.check(r); err != nil {
		return Made{}, false, err
	}
	existing, err := c.describe(ctx, r.UID(), "")
	switch {
	case errors.Is(err, ErrUnknown), err == nil && existing.status == enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		return Made{}, false, nil
	case err != nil:
		return Made{}, false, err
	}
	return madeOf(r.UID(), existing), true, nil
}

// FindRunning finds what Refresh would return without asking anything again; ok is false if Refresh would start a run.
// Errors: ErrUnknown.
func (c *Client) FindRunning(ctx context.Context, uid string) (made Made, ok bool, err error) {
	latest, err := c.describe(ctx, uid, "")
	if err != nil || !latest.running() {
		return Made{}, false, err
	}
	return madeOf(uid, latest), true, nil
}

// CountRunning counts the reports under way, whoever has started them, as Temporal's visibility knows them: it may be a
// moment behind.
func (c *Client) CountRunning(ctx context.Context) (int, error) {
	counted, err := c.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = '%s' AND TaskQueue = %s AND ExecutionStatus = 'Running'", report.Workflow, runs.Quoted(c.TaskQueue)),
	})
	if err != nil {
		return 0, fmt.Errorf("count reports under way: %w", err)
	}
	return int(counted.GetCount()), nil
}
