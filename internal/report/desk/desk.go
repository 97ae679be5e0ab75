// Package desk is the client's side of reports about one counterparty: it makes, refreshes, reads and lists them on a
// Temporal server, and renders them as others see them. The making itself is workflow CounterpartyReport; what a report
// is made of is the business of package report.
//
//   - report: one per type and counterparty, named by its uid; the workflow of that id
//   - run: one making of it; a refresh is another run of the same workflow
//   - reading: the current report, with what Temporal knows about its latest run
//
// Temporal keeps a closed run for the retention time of its namespace. After that the report is unknown again.
package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

// Errors that callers distinguish.
var (
	// ErrUnknown: no report has the uid, or Temporal no longer keeps it.
	ErrUnknown = errors.New("no such report")
	// ErrUnknownType: the worker has no report type of that id.
	ErrUnknownType = errors.New("no such report type")
)

// Client works on the reports of one namespace. Its methods may be called at the same time.
type Client struct {
	Temporal client.Client
	// TaskQueue is the main task queue of the workers.
	TaskQueue string
	// Now is the clock.
	Now func() time.Time
	// Types are the report types that the workers know. With nil only they do, and an unknown type is found out when the
	// report is read.
	Types *report.Types
}

// Made is a report that was asked for.
type Made struct {
	UID string
	// IsNew: a run was started for this request. Otherwise there was one, under way or ended.
	IsNew bool
	RunID string
	// StartedAt is when the run started, in UTC.
	StartedAt time.Time
}

// run is what Temporal says about one making of a report.
type run struct {
	runs.Execution
	uid       string
	status    enums.WorkflowExecutionStatus
	startedAt time.Time
	closedAt  time.Time // zero while it runs
	// states are those of the sources as the memo has them, nil if it has none yet.
	states *sourcestate.Sources
}

func (r run) running() bool { return r.status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING }

func (r run) failed() bool { return r.status == enums.WORKFLOW_EXECUTION_STATUS_FAILED }

// found is the run as the answer to those who asked for a report that there was.
func (r run) found() Made { return Made{UID: r.uid, RunID: r.RunID, StartedAt: r.startedAt} }

// latest finds the latest run of a report; ErrUnknown if Temporal keeps none.
func (c *Client) latest(ctx context.Context, uid string) (run, error) {
	if !wellFormed(uid) {
		return run{}, fmt.Errorf("%w: the uid is malformed", ErrUnknown)
	}
	d, err := c.Temporal.DescribeWorkflow(ctx, report.WorkflowID(uid), "")
	if runs.IsNotFound(err) {
		return run{}, fmt.Errorf("%w: %s", ErrUnknown, uid)
	}
	if err != nil {
		return run{}, fmt.Errorf("describe report %s: %w", uid, err)
	}
	r := run{
		Execution: runs.Execution{WorkflowID: report.WorkflowID(uid), RunID: d.WorkflowExecution.RunID}, uid: uid,
		status: d.Status, startedAt: d.WorkflowStartTime.UTC(),
	}
	if d.WorkflowCloseTime != nil {
		r.closedAt = d.WorkflowCloseTime.UTC()
	}
	r.states, _ = report.SourcesFromMemo(d.Memo) // what can't be read is as if there was none yet
	return r, nil
}

// request reads what a run was started with.
func (c *Client) request(ctx context.Context, r run) (report.Request, error) {
	request, err := runs.Input[report.Request](ctx, c.Temporal, r.Execution)
	if err != nil {
		return report.Request{}, fmt.Errorf("read the input of %s: %w", r.WorkflowID, err)
	}
	return request, nil
}
