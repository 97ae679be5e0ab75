package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// readProgress reads what a segment that was lost had committed in its own history.
type readProgress struct{ temporal client.Client }

func (r *readProgress) execute(ctx context.Context, request pass.ReadProgressRequest) (pass.ReadProgressResult, error) {
	committed, err := (&journal.Reader{Temporal: r.temporal}).Committed(ctx, request.WorkflowID, request.RunID)
	if errors.Is(err, journal.ErrGone) {
		return pass.ReadProgressResult{Gone: true}, nil
	}
	return pass.ReadProgressResult{Progress: committed.Progress, Rejected: committed.Rejected}, err
}
