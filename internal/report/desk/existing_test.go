package desk_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report/desk"
)

func TestFindStartsNothing(t *testing.T) {
	t.Parallel()
	old := desk.Made{UID: uid, RunID: "old", StartedAt: began}
	for _, tt := range []struct {
		name            string
		status          enums.WorkflowExecutionStatus
		made, refreshed bool // what Make and Refresh would return as it is
	}{
		{"none", enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED, false, false},
		{"under way", enums.WORKFLOW_EXECUTION_STATUS_RUNNING, true, true},
		{"ready", enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, true, false},
		{"failed", enums.WORKFLOW_EXECUTION_STATUS_FAILED, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t)
			none := tt.status == enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED
			if none {
				w.hasNone()
			} else {
				w.has("old", true, tt.status)
			}
			made, ok, err := c.Find(t.Context(), request())
			require.NoError(t, err)
			require.Equal(t, tt.made, ok)
			if ok {
				require.Equal(t, old, made)
			}
			made, ok, err = c.FindRunning(t.Context(), uid)
			if none {
				require.ErrorIs(t, err, desk.ErrUnknown)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.refreshed, ok)
			if ok {
				require.Equal(t, old, made)
			}
		})
	}
}

func TestFindRefusesWhatMakeRefuses(t *testing.T) {
	t.Parallel()
	_, c := newWorld(t)
	wrong := request()
	wrong.ID = "1"
	_, _, err := c.Find(t.Context(), wrong)
	require.True(t, invalid.Is(err))
	c.Types = types(t)
	unknown := request()
	unknown.Type = "fool"
	_, _, err = c.Find(t.Context(), unknown)
	require.ErrorIs(t, err, desk.ErrUnknownType)
}

func TestCountRunningCountsThoseOfItsWorkers(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t)
	c.TaskQueue = "it's main"
	w.On("CountWorkflow", mock.Anything, &workflowservice.CountWorkflowExecutionsRequest{
		Query: `WorkflowType = 'CounterpartyReport' AND TaskQueue = 'it\'s main' AND ExecutionStatus = 'Running'`,
	}).Return(&workflowservice.CountWorkflowExecutionsResponse{Count: 7}, nil).Once()
	n, err := c.CountRunning(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7, n)
	w.On("CountWorkflow", mock.Anything, mock.Anything).Return(nil, errBroken)
	_, err = c.CountRunning(t.Context())
	require.ErrorIs(t, err, errBroken)
}
