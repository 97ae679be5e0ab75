package syncs

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"
)

func TestStopTellsAnEndFromALostConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give error // what waiting for the pass comes to
		want string
	}{
		{"it ended with a result", nil, ""},
		{"it gave up", &temporal.WorkflowExecutionError{}, ""},
		{"it is no longer kept", serviceerror.NewNotFound("no such workflow"), ""},
		{"nobody knows", serviceerror.NewUnavailable("connection refused"), "pass pass-1 was asked to stop; whether it has ended is not known: connection refused"},
		{"interrupted", context.Canceled, "pass pass-1 was asked to stop; whether it has ended is not known: context canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, client.ScheduleInfo{
				RunningWorkflows: []client.ScheduleWorkflowExecution{{WorkflowID: "pass-1", FirstExecutionRunID: "run-1"}},
			})
			w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(describedAsRunning(), nil)
			w.client.On("CancelWorkflow", mock.Anything, "pass-1", "run-1").Once().Return(nil)
			run := mocks.NewWorkflowRun(t)
			run.On("Get", mock.Anything, nil).Return(tt.give)
			w.client.On("GetWorkflow", mock.Anything, "pass-1", "run-1").Return(run)
			workflowID, wasRunning, err := w.manager.Stop(t.Context(), "main")
			require.True(t, wasRunning)
			require.Equal(t, "pass-1", workflowID)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.want)
			require.True(t, errors.Is(err, tt.give))
		})
	}
}
