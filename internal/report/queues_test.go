package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report"
)

// TestNamesOfTaskQueues: a workflow of one build finds the workers of another by them.
func TestNamesOfTaskQueues(t *testing.T) {
	t.Parallel()
	require.Equal(t, "counterparty-sync-kontur-reports", report.KonturTaskQueue("counterparty-sync", ""))
	require.Equal(t, "counterparty-sync-kontur-reports-key-acme-2", report.KonturTaskQueue("counterparty-sync", "ACME_2"))
	require.Equal(t, "counterparty-sync-webhooks", report.WebhookTaskQueue("counterparty-sync"))
}
