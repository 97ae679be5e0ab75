package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/report"
)

func TestUID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		give report.Request
		want string
	}{
		"plain":            {report.Request{Type: "requisites", By: counterparty.INN, ID: "0012345673"}, "requisites_0012345673@counterparty-sync"},
		"idempotence key":  {report.Request{Type: "full", By: counterparty.INN, ID: "0012345673", IdempotenceKey: "any_key"}, "full_0012345673_i_ec8a0f22e8b235729192493e785b9244@counterparty-sync"},
		"refresh is equal": {report.Request{Type: "full", By: counterparty.INN, ID: "0012345673", RefreshOf: "run"}, "full_0012345673@counterparty-sync"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.give.UID())
			uid, ok := report.UIDOfWorkflow(report.WorkflowID(tt.give.UID()))
			require.True(t, ok)
			require.Equal(t, tt.want, uid)
		})
	}
	_, ok := report.UIDOfWorkflow("counterparty-sync-main-2026-01-01T00:00:00Z")
	require.False(t, ok)
}
