package replay_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// history makes a history as a server would, event by event.
type history struct {
	*historypb.History
	t *testing.T
	// done is the event in which the current turn ended.
	done int64
}

func newHistory(t *testing.T, workflowType string) *history {
	t.Helper()
	h := &history{History: &historypb.History{}, t: t}
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: workflowType}, TaskQueue: &taskqueuepb.TaskQueue{Name: "q"},
		}}})
	return h
}

// completed is a whole run of what asRecorded says.
func completed(t *testing.T) *history {
	t.Helper()
	r := asRecorded()
	h := newHistory(t, "Pass").turn().activity(r.first, "fetch", "q", r.give)
	h.turn().timer(time.Second)
	h.turn().memo("state").activity(r.second, "", r.queue, r.give)
	h.turn().child("Segment", r.child, r.give)
	h.turn().signal(r.signal, r.give)
	return h.complete(r.result)
}

func (h *history) add(e *historypb.HistoryEvent) int64 {
	e.EventId = int64(len(h.Events) + 1)
	e.EventTime = timestamppb.New(time.Date(2026, 1, 1, 0, 0, int(e.EventId), 0, time.UTC))
	h.Events = append(h.Events, e)
	return e.EventId
}

func (h *history) payloads(value any) *commonpb.Payloads {
	if value == nil {
		return nil
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(value)
	require.NoError(h.t, err)
	return p
}

func (h *history) summary(text string) *sdkpb.UserMetadata {
	if text == "" {
		return nil
	}
	return &sdkpb.UserMetadata{Summary: h.payloads(text).Payloads[0]}
}

func (h *history) begin() int64 {
	scheduled := h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{}}})
	return h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{ScheduledEventId: scheduled}}})
}

// turn is a workflow task that completed.
func (h *history) turn() *history {
	started := h.begin()
	h.done = h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
			ScheduledEventId: started - 1, StartedEventId: started, SdkMetadata: &sdkpb.WorkflowTaskCompletedMetadata{LangUsedFlags: []uint32{1, 2, 3, 4, 5}},
		}}})
	return h
}

func (h *history) failedTurn() *history {
	started := h.begin()
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
			ScheduledEventId: started - 1, StartedEventId: started,
		}}})
	return h
}

// activity is one that is done at once.
func (h *history) activity(name, summary, queue string, give any) *history {
	scheduled := h.schedule(name, summary, queue, give)
	started := h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: scheduled}}})
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
			ScheduledEventId: scheduled, StartedEventId: started,
		}}})
	return h
}

func (h *history) schedule(name, summary, queue string, give any) int64 {
	id := int64(len(h.Events) + 1)
	return h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, UserMetadata: h.summary(summary),
		Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
			ActivityId: strconv.FormatInt(id, 10), ActivityType: &commonpb.ActivityType{Name: name}, TaskQueue: &taskqueuepb.TaskQueue{Name: queue},
			Input: h.payloads(give), WorkflowTaskCompletedEventId: h.done,
		}}})
}

func (h *history) cancelActivity(scheduled int64) *history {
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes{ActivityTaskCancelRequestedEventAttributes: &historypb.ActivityTaskCancelRequestedEventAttributes{
			ScheduledEventId: scheduled, WorkflowTaskCompletedEventId: h.done,
		}}})
	return h
}

func (h *history) timer(d time.Duration) *history {
	id := int64(len(h.Events) + 1)
	started := h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_TIMER_STARTED,
		Attributes: &historypb.HistoryEvent_TimerStartedEventAttributes{TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{
			TimerId: strconv.FormatInt(id, 10), StartToFireTimeout: durationpb.New(d), WorkflowTaskCompletedEventId: h.done,
		}}})
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_TIMER_FIRED,
		Attributes: &historypb.HistoryEvent_TimerFiredEventAttributes{TimerFiredEventAttributes: &historypb.TimerFiredEventAttributes{
			TimerId: strconv.FormatInt(id, 10), StartedEventId: started,
		}}})
	return h
}

func (h *history) memo(key string) *history {
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED,
		Attributes: &historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{WorkflowPropertiesModifiedEventAttributes: &historypb.WorkflowPropertiesModifiedEventAttributes{
			WorkflowTaskCompletedEventId: h.done,
			UpsertedMemo:                 &commonpb.Memo{Fields: map[string]*commonpb.Payload{key: h.payloads("recorded").Payloads[0]}},
		}}})
	return h
}

func (h *history) child(name, id string, give any) *history {
	execution := &commonpb.WorkflowExecution{WorkflowId: id, RunId: "child-run"}
	kind := &commonpb.WorkflowType{Name: name}
	initiated := h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, UserMetadata: h.summary("segment"),
		Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
			WorkflowId: id, WorkflowType: kind, Input: h.payloads(give), WorkflowTaskCompletedEventId: h.done,
		}}})
	started := h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
			InitiatedEventId: initiated, WorkflowExecution: execution, WorkflowType: kind,
		}}})
	h.turn() // the start of a child wakes the workflow, which has nothing to do
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED,
		Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{
			InitiatedEventId: initiated, StartedEventId: started, WorkflowExecution: execution, WorkflowType: kind,
		}}})
	return h
}

func (h *history) signal(name string, give any) *history {
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
			SignalName: name, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "parent"}, Input: h.payloads(give),
			//lint:ignore SA1019 the SDK still finds the signal by it
			Control: strconv.Itoa(len(h.Events) + 1), WorkflowTaskCompletedEventId: h.done,
		}}})
	return h
}

func (h *history) complete(value any) *history {
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
			Result: h.payloads(value), WorkflowTaskCompletedEventId: h.done,
		}}})
	return h
}

func (h *history) fail(err error) *history {
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
			Failure: temporal.GetDefaultFailureConverter().ErrorToFailure(err), WorkflowTaskCompletedEventId: h.done,
		}}})
	return h
}

// cut is the history of a run that has come no further.
func cut(whole *historypb.History, length int) *historypb.History {
	h := proto.CloneOf(whole)
	h.Events = h.Events[:length]
	return h
}

// reset ends a turn as temporal workflow reset does.
func (h *history) reset(from, to string) *history {
	started := h.begin()
	h.add(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
			ScheduledEventId: started - 1, StartedEventId: started, Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, BaseRunId: from, NewRunId: to}}})
	return h
}
