package pass_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// Histories, schedules and scripts hold these names. Whoever changes one here breaks passes in progress.
func TestNamesOnTheWireNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"CounterpartySync", "SyncSegment", "FetchBatch", "QuerySource", "DiffAndUpdate", "FindPreviousPass", "FindRejected", "CheckSearchAttributes", "CounterpartySyncId", "CounterpartySyncStatus",
		"progress", "retry", "approval", "state", "progress", "state", "report", "alfresco.read", "alfresco.write",
	}, []string{
		string(pass.SyncWorkflow), string(pass.SegmentWorkflow), string(pass.FetchBatch), string(pass.QuerySource), string(pass.DiffAndUpdate),
		string(pass.FindPreviousPass), string(pass.FindRejected), string(pass.CheckSearchAttributes), pass.SyncIDAttribute, pass.StatusAttribute, string(pass.ProgressSignal), string(pass.RetrySignal), string(pass.ApprovalSignal), string(pass.StateQuery), string(pass.ProgressQuery), pass.StateMemo,
		string(pass.ReportQuery), pass.ReadSource, pass.WriteSource,
	})
	require.Equal(t, []string{
		"RateLimited", "Unavailable", "BadResponse", "BadCredentials", "AccessDenied", "NotSearchable", "UnknownAttribute", "ReadOnly",
		"BadRequest", "InvalidConfiguration", "PassFailed", "Lost", "TooLarge", "NoNodes", "Held", "Refused", "NotApproved", "Untrusted",
	}, []string{
		pass.FailureRateLimited, pass.FailureUnavailable, pass.FailureBadResponse, pass.FailureBadCredentials, pass.FailureAccessDenied,
		pass.FailureNotSearchable, pass.FailureUnknownAttribute, pass.FailureReadOnly, pass.FailureBadRequest,
		pass.FailureInvalidConfiguration, pass.FailurePass, pass.FailureLost, pass.FailureTooLarge,
		pass.FailureNoNodes, pass.FailureHeld, pass.FailureRefused, pass.FailureNotApproved, pass.FailureUntrusted,
	})
	require.Equal(t, []pass.Status{"TRIGGER_WAITING", "IN_PROGRESS", "RETRY_WAITING", "APPROVAL_WAITING", "ERROR"},
		[]pass.Status{pass.TriggerWaiting, pass.InProgress, pass.RetryWaiting, pass.ApprovalWaiting, pass.Error})
	require.Equal(t, []pass.Decision{"approve", "refuse", "none"}, []pass.Decision{pass.Approved, pass.Refused, pass.Forgotten})
	require.Equal(t, []pass.Ended{"", "COMPLETED", "STOPPED", "FAILED"},
		[]pass.Ended{pass.Running, pass.Completed, pass.Stopped, pass.Failed})
	require.Equal(t, "counterparty-sync-kontur", pass.KonturTaskQueue("counterparty-sync", ""))
}

func TestScheduleID_andBack(t *testing.T) {
	t.Parallel()
	require.Equal(t, "counterparty-sync-main", pass.ScheduleID("main"))
	tests := []struct {
		name, give string
		want       string
		wantOK     bool
	}{
		{"one of ours", "counterparty-sync-main", "main", true},
		{"an id that looks like a prefix", pass.ScheduleID("counterparty-sync-main"), "counterparty-sync-main", true},
		{"a foreign one", "nightly", "nightly", false},
		{"the prefix alone", "counterparty-sync-", "", false},
		{"empty", "", "", false},
		{"prefix elsewhere", "my-counterparty-sync-main", "my-counterparty-sync-main", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			id, ok := pass.SyncID(tt.give)
			require.Equal(t, tt.want, id)
			require.Equal(t, tt.wantOK, ok)
		})
	}
}
