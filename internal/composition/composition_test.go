package composition_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

const scheduleID = "counterparty-sync-main"

var (
	at       = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	notFound = serviceerror.NewNotFound("gone")
	ran      = client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: "pass-1", FirstExecutionRunID: "run-1"}}}}
)

func payload(t *testing.T, value any) *commonpb.Payload {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayload(value)
	require.NoError(t, err)
	return p
}

// server is a Temporal server with one schedule.
func server(t *testing.T, id string, info client.ScheduleInfo, action client.ScheduleAction) *mocks.Client {
	t.Helper()
	c, schedules := mocks.NewClient(t), &mocks.ScheduleClient{}
	found, none := &mocks.ScheduleHandle{}, &mocks.ScheduleHandle{}
	found.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Info: info, Schedule: client.Schedule{Action: action}}, nil)
	none.On("Describe", mock.Anything).Return(nil, notFound)
	schedules.On("GetHandle", mock.Anything, id).Return(found)
	schedules.On("GetHandle", mock.Anything, mock.Anything).Return(none)
	c.On("ScheduleClient").Return(schedules)
	return c
}

func starts(t *testing.T, sync pass.Sync) *client.ScheduleWorkflowAction {
	t.Helper()
	return &client.ScheduleWorkflowAction{Workflow: string(pass.SyncWorkflow), Args: []any{payload(t, sync)}}
}

// keeps lets the server keep the pass, with a memo unless that is nil.
func keeps(t *testing.T, c *mocks.Client, status enums.WorkflowExecutionStatus, memo *pass.Result) {
	t.Helper()
	info := &workflowpb.WorkflowExecutionInfo{Status: status, Execution: &commonpb.WorkflowExecution{WorkflowId: "pass-1", RunId: "run-1"}, StartTime: timestamppb.New(at)}
	if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		info.CloseTime = timestamppb.New(at.Add(time.Minute))
	}
	if memo != nil {
		info.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload(t, *memo)}}
	}
	c.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil)
}

func states(c composition.Composition) map[string]sourcestate.State {
	all := map[string]sourcestate.State{}
	for _, s := range c.Sources.Sources() {
		all[s.ID] = s.State
	}
	return all
}

func all(state sourcestate.State) map[string]sourcestate.State {
	return map[string]sourcestate.State{"alfresco.read": state, "kontur.req": state, "kontur.sites": state, "alfresco.write": state}
}

// Whatever there is to know, there is a composition.
func TestCompositionIsAlwaysThere(t *testing.T) {
	t.Parallel()
	sync := pass.Sync{ID: "main", Name: "Nightly", Sources: []string{"req", "sites"}}
	delayed := pass.Result{State: pass.State{Status: pass.RetryWaiting}, Sources: pass.NewSources(sync.Sources)}
	for _, s := range delayed.Sources.Sources() {
		require.NoError(t, delayed.Sources.Set(s.ID, sourcestate.Delayed, "503"))
	}
	answered := pass.Result{State: pass.State{Status: pass.TriggerWaiting}, Ended: pass.Completed, Sources: pass.NewSources(sync.Sources)}
	for _, s := range answered.Sources.Sources() {
		require.NoError(t, answered.Sources.Set(s.ID, sourcestate.Answered, ""))
	}
	running, completed, terminated := enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
	for name, tt := range map[string]struct {
		info   client.ScheduleInfo
		status enums.WorkflowExecutionStatus // of the pass; 0: it is no longer kept
		memo   *pass.Result
		want   map[string]sourcestate.State
		note   string
		is     pass.Status
		ended  string
	}{
		"before any pass":                         {want: all(sourcestate.NotStarted), note: "no pass has started yet"},
		"the pass is no longer kept":              {info: ran, want: all(sourcestate.NotStarted), note: composition.NoLongerKept(runs.Execution{WorkflowID: "pass-1"})},
		"a pass has just begun, without a worker": {info: ran, status: running, want: all(sourcestate.NotStarted), is: pass.InProgress},
		"a pass waits, without a worker":          {info: ran, status: running, memo: &delayed, want: all(sourcestate.Delayed), is: pass.RetryWaiting},
		"a pass has completed":                    {info: ran, status: completed, memo: &answered, want: all(sourcestate.Answered), is: pass.TriggerWaiting, ended: "COMPLETED"},
		"a pass was terminated":                   {info: ran, status: terminated, memo: &delayed, want: all(sourcestate.Cancelled), is: pass.TriggerWaiting, ended: "TERMINATED"},
		"terminated before it had said anything":  {info: ran, status: terminated, want: all(sourcestate.Cancelled), is: pass.TriggerWaiting, ended: "TERMINATED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := server(t, scheduleID, tt.info, starts(t, sync))
			switch {
			case tt.status != 0:
				keeps(t, c, tt.status, tt.memo)
			case len(tt.info.RecentActions) > 0:
				c.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(nil, notFound)
			}
			if tt.status == running {
				c.On("QueryWorkflow", mock.Anything, "pass-1", "run-1", "progress").Return(nil, errors.New("no poller seen"))
			}
			got, err := composition.Reader{Temporal: c}.Read(t.Context(), "main")
			require.NoError(t, err)
			require.Equal(t, "main", got.ID)
			require.Equal(t, "Nightly", got.Name)
			require.Equal(t, tt.want, states(got))
			require.Equal(t, tt.note, got.Note)
			require.Equal(t, tt.status == 0, got.Pass == nil)
			if got.Pass != nil {
				require.Equal(t, tt.is, got.Pass.Result.Status)
				require.Equal(t, tt.ended, got.Pass.Ended)
				require.Equal(t, tt.status == running, got.Pass.FinishedAt == nil)
			}
		})
	}
}

func TestSyncsAreFoundByTheirIDAndByTheirSchedule(t *testing.T) {
	t.Parallel()
	other := &client.ScheduleWorkflowAction{Workflow: "Other"}
	for name, tt := range map[string]struct {
		schedule string
		action   client.ScheduleAction
		ask      string
		want     string // empty: there is none
	}{
		"by id":                              {scheduleID, starts(t, pass.Sync{}), "main", "main"},
		"by the schedule":                    {scheduleID, starts(t, pass.Sync{}), scheduleID, "main"},
		"a schedule made by other means":     {"by-hand", starts(t, pass.Sync{ID: "own"}), "by-hand", "own"},
		"one without a name":                 {"by-hand", &client.ScheduleWorkflowAction{Workflow: string(pass.SyncWorkflow)}, "by-hand", "by-hand"},
		"an input that can't be read":        {scheduleID, &client.ScheduleWorkflowAction{Workflow: string(pass.SyncWorkflow), Args: []any{payload(t, "no sync")}}, "main", "main"},
		"none":                               {scheduleID, starts(t, pass.Sync{}), "none", ""},
		"a schedule of something else":       {"by-hand", other, "by-hand", ""},
		"a schedule of our name, and others": {scheduleID, other, "main", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := composition.Reader{Temporal: server(t, tt.schedule, client.ScheduleInfo{}, tt.action)}.Read(t.Context(), tt.ask)
			if tt.want == "" {
				require.ErrorIs(t, err, composition.ErrUnknown)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got.ID)
			require.Len(t, got.Sources.Sources(), 3, "by the defaults")
		})
	}
}

func TestTemporalThatDoesNotAnswerIsAnError(t *testing.T) {
	t.Parallel()
	c := server(t, scheduleID, ran, starts(t, pass.Sync{}))
	c.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(nil, errors.New("refused"))
	_, err := composition.Reader{Temporal: c}.Read(t.Context(), "main")
	require.EqualError(t, err, "describe pass pass-1: refused")
}
