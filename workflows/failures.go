package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// writtenBefore is what an attempt of DiffAndUpdate had written, or was about to write, before it failed or was lost for good.
func writtenBefore(err error) []counterparty.NodeOutcome {
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	var details pass.FailureDetails
	var told pass.WriteHeartbeat
	switch {
	case errors.As(err, &application) && application.HasDetails() && application.Details(&details) == nil:
		return details.Written
	case errors.As(err, &timeout) && timeout.HasLastHeartbeatDetails() && timeout.LastHeartbeatDetails(&told) == nil:
		return told.Changed
	}
	return nil
}

// canceled reports whether err only says that the batch was called off.
func canceled(err error) bool { return temporal.IsCanceledError(err) }
