package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/report"
)

// queryTimeout bounds the question to a run that left no result.
const queryTimeout = 10 * time.Second

// readPreviousReport reads the document that an earlier run left: its result, or what it still tells if it was cut off.
type readPreviousReport struct{ temporal client.Client }

func (r *readPreviousReport) execute(ctx context.Context, request report.ReadPreviousRequest, _ *progress) (report.ReadPreviousResult, error) {
	var none report.ReadPreviousResult
	var notFound *serviceerror.NotFound
	run, err := r.temporal.DescribeWorkflow(ctx, request.WorkflowID, request.RunID)
	if errors.As(err, &notFound) {
		return none, nil // its retention is over
	}
	if err != nil {
		return none, fmt.Errorf("describe report run %s: %w", request.RunID, err)
	}
	var document report.Document
	if run.Status == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		if err := r.temporal.GetWorkflow(ctx, request.WorkflowID, request.RunID).Get(ctx, &document); err != nil {
			return none, fmt.Errorf("read the result of report run %s: %w", request.RunID, err)
		}
		return report.ReadPreviousResult{Document: &document}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	answer, err := r.temporal.QueryWorkflow(ctx, request.WorkflowID, request.RunID, report.Query)
	var refused *serviceerror.QueryFailed
	switch {
	case errors.As(err, &refused), errors.As(err, &notFound):
		return none, nil // it never had a document
	case err != nil:
		return none, fmt.Errorf("query report run %s: %w", request.RunID, err)
	}
	if err := answer.Get(&document); err != nil {
		return none, fmt.Errorf("read the answer of report run %s: %w", request.RunID, err)
	}
	return report.ReadPreviousResult{Document: &document}, nil
}
