package syncs

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

const nightly = "0 2 * * *"

// optionsOf is the schedule of a sync with a cron text.
func optionsOf(t *testing.T, cron string, enabled bool) client.ScheduleOptions {
	t.Helper()
	spec, err := schedule.Parse(cron, "")
	require.NoError(t, err)
	return schedule.Options(pass.Sync{ID: "main", Cron: cron, Enabled: &enabled}.WithDefaults(), spec, "queue")
}

func TestPauseOf(t *testing.T) {
	t.Parallel()
	const own = "until the move is over"
	runs := client.ScheduleState{Note: "resumed by starter"}
	tests := []struct {
		name    string
		have    client.ScheduleState
		cron    string
		enabled bool
		toggled bool
		want    client.ScheduleState
	}{
		{"what runs goes on", runs, nightly, true, false, runs},
		{"cron is taken away: paused, by hand", runs, "", true, false, client.ScheduleState{Paused: true, Note: schedule.NoteByHand}},
		{"cron is given: runs", client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, nightly, true, false, client.ScheduleState{}},
		{"still no cron: still by hand", client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, "", true, false, client.ScheduleState{Paused: true, Note: schedule.NoteByHand}},
		{"an operator's pause stays", client.ScheduleState{Paused: true, Note: own}, nightly, true, false, client.ScheduleState{Paused: true, Note: own}},
		{"an operator's pause stays without cron, too", client.ScheduleState{Paused: true, Note: own}, "", true, false, client.ScheduleState{Paused: true, Note: own}},
		{"a pause without a note is an operator's", client.ScheduleState{Paused: true}, nightly, true, false, client.ScheduleState{Paused: true}},
		{"disabled: paused", runs, nightly, false, true, client.ScheduleState{Paused: true, Note: schedule.NoteDisabled}},
		{"enabled again: runs", client.ScheduleState{Paused: true, Note: schedule.NoteDisabled}, nightly, true, true, client.ScheduleState{}},
		{"enabled again without cron: by hand", client.ScheduleState{Paused: true, Note: schedule.NoteDisabled}, "", true, true, client.ScheduleState{Paused: true, Note: schedule.NoteByHand}},
		{"enabled again ends an operator's pause", client.ScheduleState{Paused: true, Note: own}, nightly, true, true, client.ScheduleState{}},
		{"disabled, resumed by an operator: goes on", runs, nightly, false, false, runs},
		{"disabled, resumed by an operator, without cron: paused", runs, "", false, false, client.ScheduleState{Paused: true, Note: schedule.NoteDisabled}},
		{"by hand, then disabled", client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, "", false, true, client.ScheduleState{Paused: true, Note: schedule.NoteDisabled}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			paused, note := pauseOf(tt.have, optionsOf(t, tt.cron, tt.enabled), tt.toggled)
			require.Equal(t, tt.want, client.ScheduleState{Paused: paused, Note: note})
		})
	}
}

// world is a Temporal server with the one schedule "main".
type world struct {
	manager *Manager
	handle  *mocks.ScheduleHandle
	// description is what the server answers.
	description *client.ScheduleDescription
	client      *mocks.Client
	// updated is the schedule after the last update, nil if there was none.
	updated *client.Schedule
}

func newWorld(t *testing.T, options client.ScheduleOptions, state client.ScheduleState, info client.ScheduleInfo) *world {
	t.Helper()
	w := &world{handle: mocks.NewScheduleHandle(t), client: mocks.NewClient(t)}
	description := &client.ScheduleDescription{Info: info, Schedule: client.Schedule{
		Spec: &options.Spec, Action: options.Action, State: &state,
		Policy: &client.SchedulePolicies{Overlap: options.Overlap, CatchupWindow: options.CatchupWindow},
	}}
	schedules := mocks.NewScheduleClient(t)
	w.client.On("ScheduleClient").Return(schedules)
	schedules.On("GetHandle", mock.Anything, "counterparty-sync-main").Return(w.handle)
	w.description = description
	w.handle.On("Describe", mock.Anything).Return(description, nil)
	w.manager = &Manager{Temporal: w.client, TaskQueue: "queue", Now: func() time.Time { return time.Unix(0, 0) }}
	return w
}

// describedAsRunning is what the server says about a pass that runs.
func describedAsRunning() *workflowservice.DescribeWorkflowExecutionResponse {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING},
	}
}

// expectUpdate lets the schedule be updated once.
func (w *world) expectUpdate() {
	w.handle.On("Update", mock.Anything, mock.Anything).Once().Return(func(ctx context.Context, o client.ScheduleUpdateOptions) error {
		description, err := w.handle.Describe(ctx)
		if err != nil {
			return err
		}
		update, err := o.DoUpdate(client.ScheduleUpdateInput{Description: *description})
		if err == nil {
			w.updated = update.Schedule
		}
		return err
	})
}

func (w *world) policy(policy client.SchedulePolicies) { w.description.Schedule.Policy = &policy }

// startedWith is the input in the history of the running pass.
func (w *world) startedWith(t *testing.T, sync pass.Sync) {
	t.Helper()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(sync)
	require.NoError(t, err)
	history := mocks.NewHistoryEventIterator(t)
	history.On("HasNext").Return(true)
	history.On("Next").Return(&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{Input: payloads},
	}}, nil)
	w.client.On("GetWorkflowHistory", mock.Anything, "pass-1", "run-1", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Return(history)
}

func (w *world) apply(t *testing.T, sync pass.Sync) Applied {
	t.Helper()
	spec, err := schedule.Parse(sync.Cron, "")
	require.NoError(t, err)
	applied, err := w.manager.Apply(t.Context(), sync, spec, false)
	require.NoError(t, err)
	return applied
}

func TestApplyOfACronEndsThePauseOfASyncByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, "", true), client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, client.ScheduleInfo{})
	w.expectUpdate()
	applied := w.apply(t, pass.Sync{ID: "main", Cron: nightly})
	require.Equal(t, []FieldChange{changed("cron", "", nightly)}, applied.Changes)
	require.False(t, applied.Paused)
	require.Equal(t, &client.ScheduleState{}, w.updated.State)
}

func TestApplyPausesAScheduleWithoutStartsThatRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, "", true), client.ScheduleState{}, client.ScheduleInfo{})
	w.expectUpdate()
	applied := w.apply(t, pass.Sync{ID: "main"})
	require.Equal(t, []FieldChange{changed("schedule.paused", "false", "true")}, applied.Changes)
	require.Equal(t, &client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, w.updated.State)
}

func TestApplyOfTheSameSyncByHandChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, "", true), client.ScheduleState{Paused: true, Note: schedule.NoteByHand}, client.ScheduleInfo{})
	applied := w.apply(t, pass.Sync{ID: "main"})
	require.Empty(t, applied.Changes)
	require.Equal(t, schedule.NoteByHand, applied.Note)
}

func TestApplyToARunningPass(t *testing.T) {
	t.Parallel()
	size := 50
	tests := []struct {
		name, note string
		restarted  bool
	}{
		{"by hand: starts it anew", schedule.NoteByHand, true},
		{"paused by an operator: starts nothing", "until the move is over", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, optionsOf(t, "", true), client.ScheduleState{Paused: true, Note: tt.note}, client.ScheduleInfo{
				RunningWorkflows: []client.ScheduleWorkflowExecution{{WorkflowID: "pass-1", FirstExecutionRunID: "run-1"}},
			})
			w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(describedAsRunning(), nil)
			w.startedWith(t, pass.Sync{ID: "main"}.WithDefaults())
			w.client.On("CancelWorkflow", mock.Anything, "pass-1", "run-1").Once().Return(nil)
			w.expectUpdate()
			if tt.restarted {
				w.handle.On("Trigger", mock.Anything, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}).Once().Return(nil)
			}
			applied := w.apply(t, pass.Sync{ID: "main", BatchSize: &size})
			require.Equal(t, "pass-1", applied.Stopped)
			require.Equal(t, tt.restarted, applied.Restarted)
			require.Equal(t, tt.note, w.updated.State.Note)
		})
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	t.Run("ends the pause of a schedule with starts", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{Paused: true, Note: "own"}, client.ScheduleInfo{})
		w.handle.On("Unpause", mock.Anything, client.ScheduleUnpauseOptions{Note: "done"}).Once().Return(nil)
		require.NoError(t, w.manager.Resume(t.Context(), "main", "done"))
	})
	t.Run("leaves a schedule without starts by hand", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, optionsOf(t, "", true), client.ScheduleState{Paused: true, Note: "own"}, client.ScheduleInfo{})
		w.handle.On("Pause", mock.Anything, client.SchedulePauseOptions{Note: schedule.NoteByHand}).Once().Return(nil)
		require.NoError(t, w.manager.Resume(t.Context(), "main", "done"))
	})
}
