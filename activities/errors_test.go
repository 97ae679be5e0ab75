package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// requireFailure sees the type of an application error and whether Temporal itself may retry it, and returns its details.
func requireFailure(t *testing.T, err error, failureType string, retryable bool) pass.FailureDetails {
	t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, failureType, failure.Type(), failure.Error())
	require.Equal(t, retryable, !failure.NonRetryable())
	var details pass.FailureDetails
	if failure.HasDetails() {
		require.NoError(t, failure.Details(&details))
	}
	return details
}
