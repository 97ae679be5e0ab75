package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/report"
)

// queryTimeout bounds the question to a run that left no result.
const queryTimeout = 10 * time.Second

// maxPreviousRuns bounds how many runs before the given one are looked through for a document.
const maxPreviousRuns = 8

// readPreviousReport reads the document that an earlier run left: its result, or what it still tells if it was cut off. A
// run that was cut off before it had one leaves the report to the run that it should have refreshed.
type readPreviousReport struct{ temporal client.Client }

func (r *readPreviousReport) execute(ctx context.Context, request report.ReadPreviousRequest) (report.ReadPreviousResult, error) {
	for range maxPreviousRuns {
		document, err := r.document(ctx, request)
		if document != nil || err != nil {
			return report.ReadPreviousResult{Document: document}, err
		}
		if request.RunID, err = r.refreshed(ctx, request); request.RunID == "" || err != nil {
			return report.ReadPreviousResult{}, err
		}
	}
	return report.ReadPreviousResult{}, nil
}

// document is that of one run; nil if it never had one, or if Temporal no longer keeps it.
func (r *readPreviousReport) document(ctx context.Context, request report.ReadPreviousRequest) (*report.Document, error) {
	var notFound *serviceerror.NotFound
	run, err := r.temporal.DescribeWorkflow(ctx, request.WorkflowID, request.RunID)
	if errors.As(err, &notFound) {
		return nil, nil // its retention is over
	}
	if err != nil {
		return nil, fmt.Errorf("describe report run %s: %w", request.RunID, err)
	}
	var document report.Document
	if run.Status == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		if err := r.temporal.GetWorkflow(ctx, request.WorkflowID, request.RunID).Get(ctx, &document); err != nil {
			return nil, fmt.Errorf("read the result of report run %s: %w", request.RunID, err)
		}
		return &document, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	document, err = report.Query.Ask(ctx, r.temporal, request.WorkflowID, request.RunID)
	var refused *serviceerror.QueryFailed
	var notBegun *serviceerror.WorkflowNotReady // no worker ever saw it
	switch {
	case errors.As(err, &refused), errors.As(err, &notBegun), errors.As(err, &notFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("query report run %s: %w", request.RunID, err)
	}
	return &document, nil
}

// refreshed is the run that a run was to refresh, as the input in the first event of its history says; empty if there is
// none, or if Temporal no longer keeps it.
func (r *readPreviousReport) refreshed(ctx context.Context, of report.ReadPreviousRequest) (runID string, err error) {
	events := r.temporal.GetWorkflowHistory(ctx, of.WorkflowID, of.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !events.HasNext() {
		return "", nil
	}
	first, err := events.Next()
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the input of report run %s: %w", of.RunID, err)
	}
	var request report.Request
	input := first.GetWorkflowExecutionStartedEventAttributes().GetInput()
	if err := converter.GetDefaultDataConverter().FromPayloads(input, &request); err != nil {
		return "", fmt.Errorf("read the input of report run %s: %w", of.RunID, err)
	}
	return request.RefreshOf, nil
}
