package pass_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/pass"
)

func TestEndedByTemporalSpeaksAsTheStatusDoes(t *testing.T) {
	t.Parallel()
	require.Equal(t, "TERMINATED", pass.EndedByTemporal(enums.WORKFLOW_EXECUTION_STATUS_TERMINATED))
	require.Equal(t, "TIMED_OUT", pass.EndedByTemporal(enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT))
	require.Equal(t, "CANCELED", pass.EndedByTemporal(enums.WORKFLOW_EXECUTION_STATUS_CANCELED))
}
