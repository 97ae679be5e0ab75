package syncs

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// running is the information of a schedule whose pass "pass-1" runs.
var running = client.ScheduleInfo{RunningWorkflows: []client.ScheduleWorkflowExecution{{WorkflowID: "pass-1", FirstExecutionRunID: "run-1"}}}

func (w *world) runs() {
	w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(describedAsRunning(), nil)
}

// An apply that was cut off leaves a new schedule and an old pass behind.
func TestApplyAgainCompletesWhatWasCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.runs()
	size := 50
	old := pass.Sync{ID: "main", Cron: nightly, BatchSize: &size}.WithDefaults()
	old.ResetAt = "the mark before"
	w.startedWith(t, old)
	w.handle.On("Trigger", mock.Anything, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}).Once().Return(nil)
	w.client.On("CancelWorkflow", mock.Anything, "pass-1", "run-1").Once().Return(nil)
	applied := w.apply(t, pass.Sync{ID: "main", Cron: nightly})
	require.Empty(t, applied.Changes)
	require.Equal(t, "pass-1", applied.Stopped)
	require.True(t, applied.Restarted)
	require.True(t, applied.Reset, "it starts from the beginning")
	require.Nil(t, w.updated, "the schedule has its new mark already")
}

func TestApplyBuffersTheNewPassBeforeItStopsTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.runs()
	w.startedWith(t, pass.Sync{ID: "main", Cron: nightly}.WithDefaults())
	w.expectUpdate()
	cut := errors.New("connection lost")
	w.handle.On("Trigger", mock.Anything, mock.Anything).Once().Return(cut)
	spec, err := schedule.Parse(nightly, "")
	require.NoError(t, err)
	size := 50
	_, err = w.manager.Apply(t.Context(), pass.Sync{ID: "main", Cron: nightly, BatchSize: &size}, spec, false)
	require.ErrorIs(t, err, cut)
	w.client.AssertNotCalled(t, "CancelWorkflow", mock.Anything, mock.Anything, mock.Anything)
}

func TestApplyLeavesAPassUnderTheSameConfigurationAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.runs()
	w.startedWith(t, pass.Sync{ID: "main", Cron: nightly})
	applied := w.apply(t, pass.Sync{ID: "main", Cron: nightly})
	require.Equal(t, Applied{ID: "main", ScheduleID: "counterparty-sync-main", Changes: []FieldChange{}}, applied)
}

// Every field of a schedule that another tool can change is named, and set back.
func TestApplyNamesAndRepairsEveryField(t *testing.T) {
	t.Parallel()
	payload := func(data string) *commonpb.Payload {
		return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(data)}
	}
	action := func(o *client.ScheduleOptions) *client.ScheduleWorkflowAction {
		return o.Action.(*client.ScheduleWorkflowAction)
	}
	tests := []struct {
		field  string
		damage func(o *client.ScheduleOptions, p *client.SchedulePolicies, s *client.ScheduleState)
		want   FieldChange
	}{
		{"no input", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Args = nil
		},
			changed("cron", "", nightly)},
		{"an input of another kind", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Args = []any{payload(`[1]`)}
		}, changed("schedule.input", "no sync: unable to decode: json: cannot unmarshal array into Go value of type pass.Sync", "that of the sync")},
		{"a field that there is not", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Args = []any{payload(`{"batch_size":10}`)}
		}, changed("schedule.input", `json: unknown field "batch_size"`, "that of the sync")},
		{"two inputs", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Args = append(action(o).Args, payload(`{}`))
		}, changed("schedule.input", "2 inputs, where a pass takes one", "that of the sync")},
		{"times", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			o.Spec.Calendars[0].Hour = []client.ScheduleRange{{Start: 5}}
		}, changed("schedule.spec", "no starts", "that of cron")},
		{"zone", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			o.Spec.TimeZoneName = "Europe/Moscow"
		}, changed("schedule.spec", "no starts", "that of cron")},
		{"an end", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			o.Spec.EndAt = time.Unix(1, 0)
		}, changed("schedule.spec", "no starts", "that of cron")},
		{"jitter", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			o.Spec.Jitter = time.Hour
		},
			changed("schedule.spec", "no starts", "that of cron")},
		{"overlap", func(_ *client.ScheduleOptions, p *client.SchedulePolicies, _ *client.ScheduleState) {
			p.Overlap = enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL
		}, changed("schedule.overlap", "AllowAll", "Skip")},
		{"catch-up window", func(_ *client.ScheduleOptions, p *client.SchedulePolicies, _ *client.ScheduleState) {
			p.CatchupWindow = 365 * 24 * time.Hour
		}, changed("schedule.catchupWindow", "8760h", "1h")},
		{"pause on failure", func(_ *client.ScheduleOptions, p *client.SchedulePolicies, _ *client.ScheduleState) {
			p.PauseOnFailure = true
		},
			changed("schedule.pauseOnFailure", "true", "false")},
		{"limited actions", func(_ *client.ScheduleOptions, _ *client.SchedulePolicies, s *client.ScheduleState) {
			s.LimitedActions, s.RemainingActions = true, 3
		}, changed("schedule.remainingActions", "3", "without limit")},
		{"workflow type", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Workflow = "Other"
		},
			changed("schedule.workflowType", "Other", "CounterpartySync")},
		{"workflow id", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).ID = "other"
		},
			changed("schedule.workflowId", "other", "counterparty-sync-main")},
		{"task queue", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).TaskQueue = "other"
		},
			changed("schedule.taskQueue", "other", "queue")},
		{"run timeout", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).WorkflowRunTimeout = time.Hour
		}, changed("schedule.workflowRunTimeout", "1h", "0s")},
		{"execution timeout", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).WorkflowExecutionTimeout = time.Hour
		}, changed("schedule.workflowExecutionTimeout", "1h", "0s")},
		{"task timeout", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).WorkflowTaskTimeout = time.Minute
		}, changed("schedule.workflowTaskTimeout", "1m", "10s")},
		{"retry policy", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).RetryPolicy = &temporal.RetryPolicy{MaximumAttempts: 3}
		}, changed("schedule.retryPolicy", "3 attempts", "none")},
		{"memo", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Memo = map[string]any{"state": 1}
		}, changed("schedule.memo", "state", "")},
		{"search attributes", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).TypedSearchAttributes = temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Own").ValueSet("x"))
		}, changed("schedule.searchAttributes", "Own", "")},
		{"priority", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).Priority = temporal.Priority{PriorityKey: 1}
		}, changed("schedule.priority", `{"PriorityKey":1,"FairnessKey":"","FairnessWeight":0}`, `{"PriorityKey":0,"FairnessKey":"","FairnessWeight":0}`)},
		{"version", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).VersioningOverride = &client.AutoUpgradeVersioningOverride{}
		}, changed("schedule.versioningOverride", "*internal.AutoUpgradeVersioningOverride", "<nil>")},
		{"summary", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).StaticSummary = ""
		},
			changed("schedule.summary", "", "main")},
		{"details", func(o *client.ScheduleOptions, _ *client.SchedulePolicies, _ *client.ScheduleState) {
			action(o).StaticDetails = "own"
		}, changed("schedule.details", "own", optionsOf(t, nightly, true).Action.(*client.ScheduleWorkflowAction).StaticDetails)},
	}
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			t.Parallel()
			damaged, state := optionsOf(t, nightly, true), client.ScheduleState{}
			policy := client.SchedulePolicies{Overlap: damaged.Overlap, CatchupWindow: damaged.CatchupWindow}
			tt.damage(&damaged, &policy, &state)
			w := newWorld(t, damaged, state, client.ScheduleInfo{})
			w.policy(policy)
			w.expectUpdate()
			applied := w.apply(t, pass.Sync{ID: "main", Cron: nightly})
			require.Contains(t, applied.Changes, tt.want)
			if strings.HasPrefix(tt.want.Field, "schedule.") {
				require.Contains(t, string(page), "`"+tt.want.Field+"`", "docs/operations.md tells what comes of it")
			}
			want := optionsOf(t, nightly, true)
			require.Equal(t, &want.Spec, w.updated.Spec)
			require.Equal(t, want.Action, w.updated.Action)
			require.Equal(t, &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow}, w.updated.Policy)
			require.Equal(t, &client.ScheduleState{}, w.updated.State)
		})
	}
}

func changed(field, was, became string) FieldChange {
	return FieldChange{Field: field, Was: was, Became: became}
}

// A change that leaves what has been walked as it is does not throw a night's walk away.
func TestApplyLeavesAPassAloneUnlessWhatItDoesChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.runs()
	w.startedWith(t, pass.Sync{ID: "main", Cron: nightly}.WithDefaults())
	w.expectUpdate()
	applied := w.apply(t, pass.Sync{ID: "main", Name: "other", Cron: nightly, Lookahead: new(2), RetryDelays: &[]pass.Duration{}})
	require.Equal(t, []FieldChange{changed("name", "main", "other"), changed("retryDelays", `["10s","1m","10m"]`, "[]"), changed("lookahead", "16", "2")}, applied.Changes)
	require.NotNil(t, w.updated)
	require.Empty(t, applied.Stopped)
	require.False(t, applied.Reset)
	require.Equal(t, "pass-1", applied.GoesOn)
	require.Empty(t, w.updated.Action.(*client.ScheduleWorkflowAction).Args[0].(pass.Sync).ResetAt, "the next pass goes on from where this one gets to")
}

// A pass that sees the change itself, before apply comes to it, has had the next one started: two would walk all nodes twice.
func TestApplyStartsNoneBesideThePassThatFollowedByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, optionsOf(t, nightly, true), client.ScheduleState{}, running)
	w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(describedAsRunning(), nil).Once()
	ended := describedAsRunning()
	payload, err := converter.GetDefaultDataConverter().ToPayload(pass.Result{Ended: pass.Stopped, Replaced: "the configuration changed"})
	require.NoError(t, err)
	ended.WorkflowExecutionInfo.Status = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	ended.WorkflowExecutionInfo.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload}}
	w.client.On("DescribeWorkflowExecution", mock.Anything, "pass-1", "run-1").Return(ended, nil)
	w.startedWith(t, pass.Sync{ID: "main", Cron: nightly}.WithDefaults())
	w.expectUpdate()
	applied := w.apply(t, pass.Sync{ID: "main", Cron: nightly, BatchSize: new(50)})
	require.Empty(t, applied.Stopped)
	require.False(t, applied.Restarted)
	w.handle.AssertNotCalled(t, "Trigger", mock.Anything, mock.Anything)
	w.client.AssertNotCalled(t, "CancelWorkflow", mock.Anything, mock.Anything, mock.Anything)
}
