package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// scheduled is a schedule that starts passes with some input, none if that is empty.
func scheduled(input string, state client.ScheduleState, started ...string) *client.ScheduleDescription {
	action := &client.ScheduleWorkflowAction{Workflow: string(pass.SyncWorkflow)}
	if input != "" {
		action.Args = []any{&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(input)}}
	}
	d := client.ScheduleDescription{Schedule: client.Schedule{Action: action, State: &state}}
	for _, run := range started {
		d.Info.RecentActions = append(d.Info.RecentActions, client.ScheduleActionResult{
			StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: run}})
	}
	return &d
}

// with has the world's Temporal answer about the schedule. It returns what is asked of the schedule.
func (w *world) with(d *client.ScheduleDescription, err error) *mocks.ScheduleHandle {
	handle, schedules, temporal := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}, &mocks.Client{}
	handle.On("Describe", mock.Anything).Return(d, err)
	schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
	temporal.On("ScheduleClient").Return(schedules)
	w.temporal = temporal
	return handle
}

func TestDescribeSchedule(t *testing.T) {
	t.Parallel()
	two := scheduled(`{}`, client.ScheduleState{})
	action := two.Schedule.Action.(*client.ScheduleWorkflowAction)
	action.Args = append(action.Args, action.Args[0])
	other := scheduled(`{}`, client.ScheduleState{})
	other.Schedule.Action.(*client.ScheduleWorkflowAction).Workflow = "Other"
	for name, tt := range map[string]struct {
		description *client.ScheduleDescription
		err         error
		want        pass.DescribeScheduleResult
	}{
		"an input in part": {scheduled(`{"batchSize":50}`, client.ScheduleState{}), nil, pass.DescribeScheduleResult{Sync: &pass.Sync{ID: "main", BatchSize: new(50)}}},
		"no input":         {scheduled("", client.ScheduleState{}), nil, pass.DescribeScheduleResult{Sync: &pass.Sync{ID: "main"}}},
		"its own id":       {scheduled(`{"id":"own"}`, client.ScheduleState{}), nil, pass.DescribeScheduleResult{Sync: &pass.Sync{ID: "own"}}},
		"gone":             {nil, serviceerror.NewNotFound("gone"), pass.DescribeScheduleResult{Gone: true}},
		"an unknown field": {scheduled(`{"batch_size":50}`, client.ScheduleState{}), nil, pass.DescribeScheduleResult{Problem: `json: unknown field "batch_size"`}},
		"two inputs":       {two, nil, pass.DescribeScheduleResult{Problem: "2 inputs, where a pass takes one"}},
		"another workflow": {other, nil, pass.DescribeScheduleResult{Problem: "it starts something other than CounterpartySync"}},
		"a value that is not allowed": {scheduled(`{"batchSize":500}`, client.ScheduleState{}), nil,
			pass.DescribeScheduleResult{Problem: `batchSize: "500" is not allowed; allowed: a whole number from 1 to 100`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.with(tt.description, tt.err)
			got, err := execute[pass.DescribeScheduleResult](w.environment(), string(pass.DescribeSchedule), pass.DescribeScheduleRequest{ScheduleID: scheduleID, SyncID: "main"})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
	w := newWorld(t)
	w.with(nil, errors.New("refused"))
	_, err := execute[pass.DescribeScheduleResult](w.environment(), string(pass.DescribeSchedule), pass.DescribeScheduleRequest{ScheduleID: scheduleID})
	require.ErrorContains(t, err, "describe schedule "+scheduleID+": refused")
}

func TestTriggerSchedule(t *testing.T) {
	t.Parallel()
	byHand := client.ScheduleState{Paused: true, Note: schedule.NoteByHand}
	for name, tt := range map[string]struct {
		description *client.ScheduleDescription
		err         error
		triggers    int
		why         string
	}{
		"one follows":                         {scheduled(`{}`, client.ScheduleState{}, lastPass, thisPass), nil, 1, ""},
		"paused only because it has no cron":  {scheduled(`{}`, byHand, thisPass), nil, 1, ""},
		"this one is not among them yet":      {scheduled(`{}`, byHand, beforeLast, lastPass), nil, 1, ""},
		"a later one has started":             {scheduled(`{}`, client.ScheduleState{}, thisPass, resetRun), nil, 0, ""},
		"paused by a person":                  {scheduled(`{}`, client.ScheduleState{Paused: true, Note: "own"}, thisPass), nil, 0, "the schedule is paused: own"},
		"paused by a person who says no more": {scheduled(`{}`, client.ScheduleState{Paused: true}, thisPass), nil, 0, "the schedule is paused"},
		"not enabled, as the input says":      {scheduled(`{"enabled":false}`, client.ScheduleState{}, thisPass), nil, 0, "the sync is not enabled"},
		"gone":                                {nil, serviceerror.NewNotFound("gone"), 0, "the schedule is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			handle := w.with(tt.description, tt.err)
			handle.On("Trigger", mock.Anything, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}).Return(nil)
			got, err := execute[pass.TriggerScheduleResult](w.environment(), string(pass.TriggerSchedule), pass.TriggerScheduleRequest{ScheduleID: scheduleID, FirstRunID: thisPass})
			require.NoError(t, err)
			require.Equal(t, tt.why, got.Why)
			require.Empty(t, got.Marked)
			handle.AssertNumberOfCalls(t, "Trigger", tt.triggers)
		})
	}
}

func TestTriggerScheduleLeavesToApplyWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	handle := w.with(scheduled(`{"resetAt":"new"}`, client.ScheduleState{}, thisPass), nil)
	got, err := execute[pass.TriggerScheduleResult](w.environment(), string(pass.TriggerSchedule), pass.TriggerScheduleRequest{ScheduleID: scheduleID, FirstRunID: thisPass, ResetAt: "old"})
	require.NoError(t, err)
	require.Equal(t, pass.TriggerScheduleResult{Marked: "new"}, got)
	handle.AssertNotCalled(t, "Trigger", mock.Anything, mock.Anything)
}
