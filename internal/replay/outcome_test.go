package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// asleep is a workflow whose only command is a timer.
func asleep(ctx workflow.Context) error { return workflow.Sleep(ctx, time.Minute) }

var asleepReplayer = Replayer{Register: func(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(asleep, workflow.RegisterOptions{Name: "Asleep"})
}}

// recording is the beginning of a run: its start, its first turn, and what that decided.
func recording(workflowType string, decided ...*history.HistoryEvent) *history.History {
	events := append([]*history.HistoryEvent{
		{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &history.WorkflowExecutionStartedEventAttributes{
				WorkflowId: "run", OriginalExecutionRunId: "8d1a", WorkflowType: &common.WorkflowType{Name: workflowType}, TaskQueue: &taskqueue.TaskQueue{Name: "q"}}}},
		{EventType: enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, Attributes: &history.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &history.WorkflowTaskScheduledEventAttributes{}}},
		{EventType: enums.EVENT_TYPE_WORKFLOW_TASK_STARTED, Attributes: &history.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &history.WorkflowTaskStartedEventAttributes{ScheduledEventId: 2}}},
		{EventType: enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, Attributes: &history.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &history.WorkflowTaskCompletedEventAttributes{ScheduledEventId: 2, StartedEventId: 3}}},
	}, decided...)
	for i, event := range events {
		event.EventId, event.EventTime = int64(i+1), timestamppb.New(time.Date(2026, 11, 21, 0, 0, i, 0, time.UTC))
	}
	return &history.History{Events: events}
}

func timer() *history.HistoryEvent {
	return &history.HistoryEvent{EventType: enums.EVENT_TYPE_TIMER_STARTED, Attributes: &history.HistoryEvent_TimerStartedEventAttributes{
		TimerStartedEventAttributes: &history.TimerStartedEventAttributes{TimerId: "5", WorkflowTaskCompletedEventId: 4}}}
}

func activity() *history.HistoryEvent {
	return &history.HistoryEvent{EventType: enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, Attributes: &history.HistoryEvent_ActivityTaskScheduledEventAttributes{
		ActivityTaskScheduledEventAttributes: &history.ActivityTaskScheduledEventAttributes{
			ActivityId: "5", ActivityType: &common.ActivityType{Name: "Fetch"}, TaskQueue: &taskqueue.TaskQueue{Name: "q"}, WorkflowTaskCompletedEventId: 4}}}
}

func loaded(id string, h *history.History, err error) Run {
	return Run{Type: "Asleep", WorkflowID: id, RunID: "8d1a", load: func(context.Context) (*history.History, error) { return h, err }}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	young := recording("Asleep")
	young.Events = young.Events[:2]
	tests := []struct {
		name   string
		give   Run
		want   Verdict
		event  int64
		kind   Kind
		reason string
	}{
		{name: "the same", give: loaded("a", recording("Asleep", timer()), nil), want: Replays},
		{name: "something else", give: loaded("b", recording("Asleep", activity()), nil), want: Broke, event: 5, kind: Commands, reason: "Fetch"},
		{name: "a workflow that this build has not", give: loaded("c", recording("Awake", timer()), nil), want: Broke, event: 1, kind: UnknownType, reason: "no workflow of type Awake"},
		{name: "a run that has only begun", give: loaded("d", young, nil), want: TooYoung, reason: "no workflow task"},
		{name: "a history that retention took", give: loaded("e", nil, fmt.Errorf("fetch: %w", serviceerror.NewNotFound("gone"))), want: Gone, reason: "no longer there"},
		{name: "a server that fails", give: loaded("f", nil, errors.New("unavailable")), want: Unreadable, reason: "unavailable"},
		{name: "no events", give: loaded("g", &history.History{}, nil), want: Unreadable, reason: "first event"},
	}
	var runs []Run
	for _, tt := range tests {
		runs = append(runs, tt.give)
	}
	told := map[string]Verdict{}
	outcomes := asleepReplayer.CheckAll(t.Context(), runs, func(o Outcome) { told[o.WorkflowID] = o.Verdict })
	require.Len(t, outcomes, len(tests), "one failure does not end the rest")
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := outcomes[i]
			require.Equal(t, tt.give.WorkflowID, got.WorkflowID, "in the order of the runs")
			require.Equal(t, tt.want, got.Verdict, got.Reason)
			require.Equal(t, tt.want, told[got.WorkflowID])
			require.Equal(t, tt.event, got.Event)
			require.Equal(t, tt.kind, got.Kind)
			require.Contains(t, got.Reason, tt.reason)
			require.Equal(t, tt.want == Broke, got.Hint != "")
		})
	}
	counts := Count(outcomes)
	require.Equal(t, Counts{Replays: 1, Broke: 2, Gone: 1, TooYoung: 1, Unreadable: 2}, counts)
	require.Equal(t, len(tests), counts.Total())
}

func TestProof(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give Counts
		want bool
	}{
		{"all replay", Counts{Replays: 2}, true},
		{"some are gone or have only begun", Counts{Replays: 1, Gone: 3, TooYoung: 2}, true},
		{"none", Counts{}, false},
		{"all are gone", Counts{Gone: 3}, false},
		{"one broke", Counts{Replays: 99, Broke: 1}, false},
		{"one can't be read", Counts{Replays: 99, Unreadable: 1}, false},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.give.Proof(), tt.name)
	}
}

func TestCheckWorksOnSeveralAtATime(t *testing.T) {
	t.Parallel()
	// Each of the first four waits until all four have begun.
	var begun atomic.Int64
	all := make(chan struct{})
	run := loaded("a", nil, nil)
	run.load = func(context.Context) (*history.History, error) {
		if begun.Add(1) == atOnce {
			close(all)
		}
		<-all
		return recording("Asleep", timer()), nil
	}
	outcomes := asleepReplayer.CheckAll(t.Context(), slices.Repeat([]Run{run}, 10), func(Outcome) {})
	require.Equal(t, 10, Count(outcomes).Replays)
}

func TestCheckStopsWhenItIsCalledOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	first, later := loaded("first", recording("Asleep", timer()), nil), loaded("later", nil, nil)
	later.load = func(ctx context.Context) (*history.History, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	outcomes := asleepReplayer.CheckAll(ctx, append([]Run{first}, slices.Repeat([]Run{later}, 20)...), func(Outcome) { cancel() })
	require.Len(t, outcomes, 1, "what was called off has no verdict")
	require.Equal(t, "first", outcomes[0].WorkflowID)
}

func TestCheckOfNothing(t *testing.T) {
	t.Parallel()
	require.Empty(t, asleepReplayer.CheckAll(t.Context(), nil, func(Outcome) { require.Fail(t, "there is nothing to tell") }))
}
