package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/runs"
)

// maxRuns bounds how many runs are looked through for a document.
const maxRuns = 8

// before is the run that a run was to refresh, by its request.
func (r run) before(request report.Request) runs.Execution {
	return runs.Execution{WorkflowID: r.WorkflowID, RunID: request.RefreshOf}
}

// Earlier is the document that a run of a report left, or else one of the runs that it and they were to refresh; nil if
// none did, or if Temporal no longer keeps it. A run that did not complete left its report to the run before, unless ask is
// above 0: then it is asked what document it had, which takes a worker, and at most so long.
func Earlier(ctx context.Context, c client.Client, x runs.Execution, ask time.Duration) (*report.Document, error) {
	for looked := 0; looked < maxRuns && x.RunID != ""; looked++ {
		document, err := leftBy(ctx, c, x, ask)
		if document != nil {
			return document, nil
		}
		var request report.Request
		if err == nil {
			if request, err = runs.Input[report.Request](ctx, c, x); err != nil {
				err = fmt.Errorf("read the input of report run %s: %w", x.RunID, err)
			}
		}
		if runs.IsNotFound(err) {
			break // its retention is over
		}
		if err != nil {
			return nil, err
		}
		x.RunID = request.RefreshOf
	}
	return nil, nil
}

// leftBy is the document of one run; nil if it never had one.
func leftBy(ctx context.Context, c client.Client, x runs.Execution, ask time.Duration) (*report.Document, error) {
	run, err := c.DescribeWorkflow(ctx, x.WorkflowID, x.RunID)
	if err != nil {
		return nil, fmt.Errorf("describe report run %s: %w", x.RunID, err)
	}
	var document report.Document
	if run.Status == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		if err := c.GetWorkflow(ctx, x.WorkflowID, x.RunID).Get(ctx, &document); err != nil {
			return nil, fmt.Errorf("read the result of report run %s: %w", x.RunID, err)
		}
		return &document, nil
	}
	if ask == 0 {
		return nil, nil
	}
	document, err = runs.Ask(ctx, c, x, report.Query, ask)
	var refused *serviceerror.QueryFailed
	var notBegun *serviceerror.WorkflowNotReady // no worker ever saw it
	switch {
	case errors.As(err, &refused), errors.As(err, &notBegun):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("query report run %s: %w", x.RunID, err)
	}
	return &document, nil
}
