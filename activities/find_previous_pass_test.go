package activities_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

const (
	scheduleID = "counterparty-sync-main"
	// workflowID is that of all passes here, as it is when they start within one second.
	workflowID = scheduleID + "-2026-01-01T00:00:00Z"
	// The run ids of passes.
	thisPass   = "run-3"
	lastPass   = "run-2"
	beforeLast = "run-1"
	resetRun   = "run-2-again"
)

func TestFindPreviousPass(t *testing.T) {
	t.Parallel()
	checkpoint := int64(4711)
	left := pass.Result{State: pass.State{LastModifiedNodeDbid: &checkpoint, Status: pass.InProgress, CountProcessedNodes: 300}, WorkflowID: workflowID}
	again := pass.Result{State: pass.State{LastModifiedNodeDbid: &checkpoint, Status: pass.TriggerWaiting}, Ended: pass.Completed, RunID: resetRun}
	notFound := serviceerror.NewNotFound("not found")
	tests := []struct {
		name string
		// started are the runs of the schedule's recent actions, oldest first; an empty id is an action without one.
		started     []string
		scheduleErr error
		memo        *commonpb.Memo
		workflowErr error
		want        pass.FindPreviousPassResult
		wantErr     string
		// reset is the run that a workflow reset of the last pass made.
		reset string
	}{
		{name: "the newest other one", started: []string{beforeLast, lastPass, thisPass}, memo: memo(t, left),
			want: pass.FindPreviousPassResult{RunID: lastPass, Result: &left}},
		{name: "this one is not among them yet", started: []string{beforeLast, lastPass}, memo: memo(t, left),
			want: pass.FindPreviousPassResult{RunID: lastPass, Result: &left}},
		{name: "an action that started nothing is none", started: []string{lastPass, "", thisPass}, memo: memo(t, left),
			want: pass.FindPreviousPassResult{RunID: lastPass, Result: &left}},
		{name: "one that left no state yet", started: []string{lastPass, thisPass}, memo: &commonpb.Memo{},
			want: pass.FindPreviousPassResult{RunID: lastPass}},
		{name: "one without memo", started: []string{lastPass, thisPass}, want: pass.FindPreviousPassResult{RunID: lastPass}},
		{name: "one that was reset: its new run counts", started: []string{lastPass, thisPass}, memo: memo(t, left), reset: resetRun,
			want: pass.FindPreviousPassResult{RunID: resetRun, Result: &again}},
		{name: "this is the new run of a reset: it goes on from the old one", started: []string{beforeLast, lastPass}, memo: memo(t, left), reset: thisPass,
			want: pass.FindPreviousPassResult{RunID: lastPass, Result: &left}},
		{name: "this is the first", started: []string{thisPass}},
		{name: "no actions at all"},
		{name: "the schedule was deleted meanwhile", scheduleErr: notFound},
		{name: "its retention is over", started: []string{lastPass, thisPass}, workflowErr: notFound},
		{name: "the schedule can't be read", scheduleErr: errors.New("refused"), wantErr: "describe schedule " + scheduleID},
		{name: "the workflow can't be read", started: []string{lastPass}, workflowErr: errors.New("refused"), wantErr: "describe workflow " + workflowID},
		{name: "its memo can't be read", started: []string{lastPass},
			memo:    &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: {Data: []byte("{")}}},
			wantErr: "memo of workflow " + workflowID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var description client.ScheduleDescription
			for _, id := range tt.started {
				var action client.ScheduleActionResult
				if id != "" {
					action.StartWorkflowResult = &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: id}
				}
				description.Info.RecentActions = append(description.Info.RecentActions, action)
			}
			handle, schedules, temporal := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}, &mocks.Client{}
			handle.On("Describe", mock.Anything).Return(&description, tt.scheduleErr)
			schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
			temporal.On("ScheduleClient").Return(schedules)
			temporal.On("DescribeWorkflowExecution", mock.Anything, workflowID, lastPass).Return(described(tt.memo, tt.reset), tt.workflowErr)
			temporal.On("GetWorkflowHistory", mock.Anything, workflowID, lastPass, false, mock.Anything).Return(&listed{})
			temporal.On("DescribeWorkflowExecution", mock.Anything, workflowID, resetRun).Return(described(memo(t, again), ""), nil)
			w := newWorld(t)
			w.temporal = temporal

			got, err := execute[pass.FindPreviousPassResult](w.environment(), string(pass.FindPreviousPass),
				pass.FindPreviousPassRequest{ScheduleID: scheduleID, RunID: thisPass})

			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func described(memo *commonpb.Memo, reset string) *workflowservice.DescribeWorkflowExecutionResponse {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Memo: memo},
		WorkflowExtendedInfo:  &workflowpb.WorkflowExecutionExtendedInfo{ResetRunId: reset},
	}
}

func memo(t *testing.T, result pass.Result) *commonpb.Memo {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(result)
	require.NoError(t, err)
	return &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload}}
}

func TestPassesOfOneSecondAreToldApart(t *testing.T) {
	t.Parallel()
	// A Schedule makes workflow ids of whole seconds, so that both have the same.
	left := pass.Result{State: pass.State{Status: pass.TriggerWaiting}, Ended: pass.Completed, RunID: "first"}
	description := client.ScheduleDescription{Info: client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: thisPass, FirstExecutionRunID: "first"}},
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: thisPass, FirstExecutionRunID: "second"}},
	}}}
	handle, schedules, temporal := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}, &mocks.Client{}
	handle.On("Describe", mock.Anything).Return(&description, nil)
	schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
	temporal.On("ScheduleClient").Return(schedules)
	temporal.On("DescribeWorkflowExecution", mock.Anything, thisPass, "first").Return(described(memo(t, left), ""), nil)
	w := newWorld(t)
	w.temporal = temporal

	got, err := execute[pass.FindPreviousPassResult](w.environment(), string(pass.FindPreviousPass),
		pass.FindPreviousPassRequest{ScheduleID: scheduleID, RunID: "second"})
	require.NoError(t, err)
	require.Equal(t, pass.FindPreviousPassResult{RunID: "first", Result: &left}, got)
}

// What a signal said about a pass that was cut off stands in its memo, and is no checkpoint.
func TestPassThatWasCutOffIsAsFarAsItsHistoriesSay(t *testing.T) {
	t.Parallel()
	const segmentID, segmentRun = workflowID + "/segment-1", "segment-run"
	forged, ten, forty := int64(99_999_999), int64(10), int64(40)
	left := pass.Result{State: pass.State{LastModifiedNodeDbid: &forged, Status: pass.InProgress, CountProcessedNodes: 5}, WorkflowID: workflowID}
	began := left
	began.LastModifiedNodeDbid, began.CountProcessedNodes = &ten, 10
	payloads := func(value any) *commonpb.Payloads {
		encoded, err := converter.GetDefaultDataConverter().ToPayloads(value)
		require.NoError(t, err)
		return encoded
	}
	ofPass := []*historypb.HistoryEvent{
		{EventId: 1, Attributes: &historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{
			WorkflowPropertiesModifiedEventAttributes: &historypb.WorkflowPropertiesModifiedEventAttributes{UpsertedMemo: memo(t, began)}}},
		{EventId: 2, Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
			StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
				WorkflowType: &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)}, Input: payloads(pass.SegmentRequest{})}}},
		{EventId: 3, Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
				WorkflowType: &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)}, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: segmentID, RunId: segmentRun}}}},
	}
	ofSegment := []*historypb.HistoryEvent{{EventId: 1, EventType: enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{
			SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
				SignalName: string(pass.ProgressSignal), Input: payloads(pass.Progress{Segment: 1, LastDbid: 40, Batches: 3, Counts: counterparty.Counts{Unchanged: 30}})}}}}

	description := client.ScheduleDescription{Info: client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: lastPass}},
	}}}
	handle, schedules, temporal := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}, &mocks.Client{}
	handle.On("Describe", mock.Anything).Return(&description, nil)
	schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
	temporal.On("ScheduleClient").Return(schedules)
	temporal.On("DescribeWorkflowExecution", mock.Anything, workflowID, lastPass).Return(described(memo(t, left), ""), nil)
	temporal.On("GetWorkflowHistory", mock.Anything, workflowID, lastPass, false, mock.Anything).Return(&listed{ofPass})
	temporal.On("GetWorkflowHistory", mock.Anything, segmentID, segmentRun, false, mock.Anything).Return(func(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
		return &listed{ofSegment}
	})
	w := newWorld(t)
	w.temporal = temporal

	got, err := execute[pass.FindPreviousPassResult](w.environment(), string(pass.FindPreviousPass),
		pass.FindPreviousPassRequest{ScheduleID: scheduleID, RunID: thisPass})
	require.NoError(t, err)
	require.Equal(t, forty, *got.Result.LastModifiedNodeDbid)
	require.EqualValues(t, 40, got.Result.CountProcessedNodes)
	require.Equal(t, counterparty.Counts{Unchanged: 30}, got.Result.Counts)

	progress, err := execute[pass.ReadProgressResult](w.environment(), string(pass.ReadProgress), pass.ReadProgressRequest{WorkflowID: segmentID, RunID: segmentRun})
	require.NoError(t, err)
	require.EqualValues(t, 40, progress.Progress.LastDbid)
	temporal.On("GetWorkflowHistory", mock.Anything, segmentID, "gone", false, mock.Anything).Return(goneHistory{})
	progress, err = execute[pass.ReadProgressResult](w.environment(), string(pass.ReadProgress), pass.ReadProgressRequest{WorkflowID: segmentID, RunID: "gone"})
	require.NoError(t, err)
	require.True(t, progress.Gone)
}

// goneHistory is one that Temporal no longer keeps.
type goneHistory struct{}

func (goneHistory) HasNext() bool { return true }

func (goneHistory) Next() (*historypb.HistoryEvent, error) {
	return nil, serviceerror.NewNotFound("gone")
}
