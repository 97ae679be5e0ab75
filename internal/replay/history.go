package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
)

// tasks is a history by workflow task: what the code decided in each.
type tasks struct {
	workflowID, runID, workflowType string
	order                           []*task
	// end is the event that closed the run by the code's own decision; nil if the run is open or was ended from outside.
	end *event
	all []*event
	// runIDs are those of a run that was reset, and of the ones before it; none if it was not.
	runIDs []string
}

// task is one workflow task: the code runs until it has to wait.
type task struct {
	// started is the id of the event with which the task began: no other task has it.
	started int64
	// ended is the id of the event with which it ended; its commands follow.
	ended  int64
	events []*event
}

// event is a command as it was recorded.
type event struct {
	id int64
	command
	// input is what was given; empty where nothing is.
	input   []json.RawMessage
	failure *failurepb.Failure // of a run that failed
}

// command is what the code asks for.
type command struct {
	kind, name string
	// words are for people.
	words string
	// where is the task queue of an activity, the workflow id of a child, or the workflow that a signal goes to.
	where string
}

// Kinds of commands.
const (
	activityCommand = "activity"
	childCommand    = "child workflow"
	timerCommand    = "timer"
	signalCommand   = "signal"
	cancelCommand   = "cancellation"
	memoCommand     = "memo"
	searchCommand   = "search attributes"
	endCommand      = "end"
)

// The ends of a run that are its own decision.
const (
	completion    = "the completion of the run"
	failed        = "the failure of the run"
	cancelled     = "the end of the run as cancelled"
	continueAsNew = "the run's continue-as-new"
)

func sortEvents(c converter.DataConverter, events []*historypb.HistoryEvent) *tasks {
	start := events[0].GetWorkflowExecutionStartedEventAttributes()
	t := &tasks{workflowID: start.GetWorkflowId(), runID: start.GetOriginalExecutionRunId(), workflowType: start.GetWorkflowType().GetName()}
	completed := map[int64]*task{}
	var last int64 // the version marker before
	for _, e := range events {
		if a := e.GetWorkflowTaskCompletedEventAttributes(); a != nil {
			done := &task{started: a.GetStartedEventId(), ended: e.GetEventId()}
			completed[e.GetEventId()] = done
			t.order = append(t.order, done)
		}
		if a := e.GetMarkerRecordedEventAttributes(); a.GetMarkerName() == "Version" {
			last = e.GetEventId()
		}
		if a := e.GetWorkflowTaskFailedEventAttributes(); a.GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
			t.runIDs = append(t.runIDs, a.GetBaseRunId(), a.GetNewRunId())
		}
		recorded, decidedBy := read(c, e)
		if recorded == nil {
			continue
		}
		t.all = append(t.all, recorded)
		if recorded.kind == searchCommand && last == e.GetEventId()-1 {
			continue // it belongs to the version marker
		}
		if decided := completed[decidedBy]; decided != nil {
			decided.events = append(decided.events, recorded)
		}
		if recorded.kind == endCommand {
			t.end = recorded
		}
	}
	return t
}

func (t *tasks) event(id int64) *event {
	i := slices.IndexFunc(t.all, func(e *event) bool { return e.id == id })
	if i < 0 {
		return nil
	}
	return t.all[i]
}

// read is a command as an event recorded it, and the event in which the task that gave it ended; nil if the event is none.
// Cancellations belong to no task: the code does not ask for them by calls that can be seen.
func read(c converter.DataConverter, e *historypb.HistoryEvent) (recorded *event, decidedBy int64) {
	made := func(decidedBy int64, is command, input *commonpb.Payloads) (*event, int64) {
		return &event{id: e.GetEventId(), command: is, input: decode(c, input)}, decidedBy
	}
	summary := summaryOf(c, e.GetUserMetadata().GetSummary())
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		a := e.GetActivityTaskScheduledEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), anActivity(a.GetActivityType().GetName(), summary, a.GetTaskQueue().GetName()), a.GetInput())
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		a := e.GetStartChildWorkflowExecutionInitiatedEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), aChild(a.GetWorkflowType().GetName(), summary, a.GetWorkflowId()), a.GetInput())
	case enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		a := e.GetSignalExternalWorkflowExecutionInitiatedEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), aSignal(a.GetSignalName(), a.GetWorkflowExecution().GetWorkflowId()), a.GetInput())
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		a := e.GetTimerStartedEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), aTimer(a.GetStartToFireTimeout().AsDuration(), summary), nil)
	case enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
		a := e.GetWorkflowPropertiesModifiedEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), aMemo(slices.Sorted(maps.Keys(a.GetUpsertedMemo().GetFields()))), nil)
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		a := e.GetUpsertWorkflowSearchAttributesEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), searchAttributes(slices.Sorted(maps.Keys(a.GetSearchAttributes().GetIndexedFields()))), nil)
	case enumspb.EVENT_TYPE_TIMER_CANCELED:
		return made(0, aCancellation(timerCommand, e.GetTimerCanceledEventAttributes().GetStartedEventId()), nil)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
		return made(0, aCancellation(activityCommand, e.GetActivityTaskCancelRequestedEventAttributes().GetScheduledEventId()), nil)
	case enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		a := e.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes()
		return made(0, command{kind: cancelCommand, words: "the cancellation of workflow " + a.GetWorkflowExecution().GetWorkflowId()}, nil)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		a := e.GetWorkflowExecutionCompletedEventAttributes()
		return made(a.GetWorkflowTaskCompletedEventId(), anEnd(completion), a.GetResult())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		a := e.GetWorkflowExecutionFailedEventAttributes()
		recorded, decidedBy = made(a.GetWorkflowTaskCompletedEventId(), anEnd(failed), nil)
		recorded.failure = a.GetFailure()
		return recorded, decidedBy
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		return made(e.GetWorkflowExecutionCanceledEventAttributes().GetWorkflowTaskCompletedEventId(), anEnd(cancelled), nil)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return made(e.GetWorkflowExecutionContinuedAsNewEventAttributes().GetWorkflowTaskCompletedEventId(), anEnd(continueAsNew), nil)
	}
	return nil, 0
}

func anActivity(name, summary, queue string) command {
	return command{kind: activityCommand, name: name, where: queue, words: words(activityCommand, name, summary)}
}

func aChild(name, summary, id string) command {
	return command{kind: childCommand, name: name, where: id, words: words(childCommand, strings.TrimSpace(name+" "+id), summary)}
}

func aSignal(name, to string) command {
	return command{kind: signalCommand, name: name, where: to, words: words(signalCommand, name, "") + " to " + to}
}

func aTimer(d time.Duration, summary string) command {
	return command{kind: timerCommand, words: words(timerCommand, "of "+d.String(), summary)}
}

func aMemo(keys []string) command {
	return command{kind: memoCommand, words: "a change of the memo (" + strings.Join(keys, ", ") + ")"}
}

func searchAttributes(keys []string) command {
	return command{kind: searchCommand, words: "a change of search attributes (" + strings.Join(keys, ", ") + ")"}
}

func anEnd(how string) command { return command{kind: endCommand, name: how, words: how} }

func aCancellation(of string, id int64) command {
	return command{kind: cancelCommand, words: fmt.Sprintf("the cancellation of the %s of event %d", of, id)}
}

func words(kind, name, summary string) string {
	text := kind + " " + name
	if summary != "" {
		text += fmt.Sprintf(" %q", short(summary))
	}
	return text
}

func summaryOf(c converter.DataConverter, payload *commonpb.Payload) string {
	var text string
	if payload == nil || c.FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}

// decode reads payloads as the JSON that they hold. One that is no JSON, or can't be read, becomes a JSON string that
// says so: it can still be compared.
func decode(c converter.DataConverter, payloads *commonpb.Payloads) []json.RawMessage {
	values := make([]json.RawMessage, len(payloads.GetPayloads()))
	for i, payload := range payloads.GetPayloads() {
		if err := c.FromPayload(payload, &values[i]); err != nil {
			text, _ := json.Marshal(fmt.Sprintf("unreadable: %v", err))
			values[i] = text
		}
		if len(values[i]) == 0 {
			values[i] = json.RawMessage("null")
		}
	}
	return values
}
