package e2e_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/syncs"
)

// left is what a pass has left in its memo, read with one description: no query, no worker.
func (s *stack) left(workflowID string) (*client.WorkflowExecutionDescription, pass.Result) {
	s.t.Helper()
	description, err := s.temporal.DescribeWorkflow(s.t.Context(), workflowID, "")
	require.NoError(s.t, err)
	result, err := pass.ResultFromMemo(description.Memo)
	require.NoError(s.t, err)
	require.NotNil(s.t, result)
	require.Less(s.t, len(description.Memo.Fields[pass.StateMemo].Data), 2048)
	return description, *result
}

// Whoever looks while no worker runs reads state, counts and the last error all the same, in whatever moment it stopped.
func TestStateIsReadableWithoutAWorker(t *testing.T) {
	t.Parallel()
	broken := func() konturtest.Fault {
		return konturtest.Fault{Method: "req", Status: 503, Text: "Service Unavailable", Match: after(2)}
	}
	hangs := func() konturtest.Fault { return konturtest.Fault{Method: "req", Delay: time.Hour} }
	tests := []struct {
		name  string
		apply string
		fault func() konturtest.Fault
		act   func(*stack)
		until func(syncs.Status) bool
		want  func(*testing.T, enums.WorkflowExecutionStatus, pass.Result)
	}{
		{"waiting for a retry", "retryDelays: [1h]", broken, nil, func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting },
			func(t *testing.T, status enums.WorkflowExecutionStatus, r pass.Result) {
				require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status)
				require.Equal(t, pass.RetryWaiting, r.Status)
				require.Equal(t, 1, r.TryCount)
				require.WithinDuration(t, time.Now().Add(time.Hour), *r.NextTry, 5*time.Minute)
				require.Contains(t, *r.Error, "503")
				require.EqualValues(t, 20, r.CountProcessedNodes)
				require.Equal(t, 20, r.Counts.Updated)
				require.EqualValues(t, 20, *r.Remaining)
				source, _ := r.Sources.Source("kontur.req")
				require.Equal(t, sourcestate.Delayed, source.State)
			}},
		{"given up", "retryDelays: []", broken, nil, finished, func(t *testing.T, status enums.WorkflowExecutionStatus, r pass.Result) {
			require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_FAILED, status)
			require.Equal(t, pass.Error, r.Status)
			require.Equal(t, pass.Failed, r.Ended)
			require.Contains(t, *r.Error, "503")
			require.EqualValues(t, 20, r.CountProcessedNodes)
		}},
		{"stopped", "retryDelays: [1h]", broken, func(s *stack) {
			s.until("RETRY_WAITING", func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting })
			s.must("", "stop", s.id)
		}, finished, func(t *testing.T, status enums.WorkflowExecutionStatus, r pass.Result) {
			require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, status)
			require.Equal(t, pass.Stopped, r.Ended)
			require.EqualValues(t, 20, r.CountProcessedNodes)
		}},
		{"just begun", "retryDelays: []", hangs,
			func(s *stack) {
				require.Eventually(s.t, func() bool { return s.kontur.Count("req") > 0 }, patience, 50*time.Millisecond)
			},
			func(x syncs.Status) bool { return x.Pass != nil },
			func(t *testing.T, status enums.WorkflowExecutionStatus, r pass.Result) {
				require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status)
				require.Equal(t, pass.InProgress, r.Status)
				require.Zero(t, r.CountProcessedNodes)
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared)
			s.fill(40)
			s.kontur.Inject(tt.fault())
			worker := s.startWorker()
			s.apply(tt.apply + "\nlookahead: 1")
			s.must("", "trigger", s.id)
			if tt.act != nil {
				tt.act(s)
			}
			workflowID := s.until(tt.name, tt.until).Pass.WorkflowID
			worker.Kill()
			description, result := s.left(workflowID)
			tt.want(t, description.Status, result)
		})
	}
}

func TestStatesOfAReportAreReadableWithoutAWorker(t *testing.T) {
	t.Parallel()
	s, c, worker := reportStack(t, nil)
	s.kontur.Inject(konturtest.Fault{Method: "sites", Delay: time.Hour})
	request, err := desk.Identify("probe", s.counterparties()["legal entity"])
	require.NoError(t, err)
	made, err := c.Make(t.Context(), request)
	require.NoError(t, err)
	states := func() map[string]sourcestate.State {
		description, err := s.temporal.DescribeWorkflow(t.Context(), report.WorkflowID(made.UID), made.RunID)
		require.NoError(t, err)
		memo, err := report.SourcesFromMemo(description.Memo)
		require.NoError(t, err)
		all := map[string]sourcestate.State{}
		if memo != nil {
			for _, source := range memo.Sources() {
				all[source.ID] = source.State
			}
		}
		return all
	}
	want := map[string]sourcestate.State{"kontur.req": sourcestate.Answered, "kontur.contacts": sourcestate.Answered, "kontur.sites": sourcestate.Asking}
	require.Eventually(t, func() bool { return maps.Equal(want, states()) }, patience, 50*time.Millisecond)
	worker.Kill()
	require.Equal(t, want, states())
}
