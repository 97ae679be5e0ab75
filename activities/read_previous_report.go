package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/runs"
)

// queryTimeout bounds the question to a run that left no result. It is longer than where a person waits.
const queryTimeout = 10 * time.Second

// readPreviousReport reads the document that an earlier run left: its result, or what it still has if it was cut off. A
// run that was cut off before it had one leaves the report to the run that it should have refreshed.
type readPreviousReport struct{ temporal client.Client }

func (r *readPreviousReport) execute(ctx context.Context, request report.ReadPreviousRequest) (report.ReadPreviousResult, error) {
	run := runs.Execution{WorkflowID: request.WorkflowID, RunID: request.RunID}
	document, err := desk.Earlier(ctx, r.temporal, run, queryTimeout)
	return report.ReadPreviousResult{Document: document}, err
}
