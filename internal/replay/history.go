package replay

import (
	"bytes"
	"encoding/json"
	"errors"
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
	order []*task
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
	// decidedBy is the event in which the task that gave it ended; 0 for a cancellation, which the code does not ask for by
	// a call that can be seen.
	decidedBy int64
	command
	// input is what was given; empty where nothing is.
	input   []any
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
	memoCommand     = "the memo"
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

// takeApart sorts the events of a history, unless there is nothing in it to replay.
func takeApart(c converter.DataConverter, events []*historypb.HistoryEvent) (*tasks, error) {
	if len(events) == 0 || events[0].GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED {
		return nil, errors.New("its first event is not the start of a workflow")
	}
	t := &tasks{}
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
		recorded := read(c, e)
		if recorded == nil {
			continue
		}
		t.all = append(t.all, recorded)
		if recorded.kind == searchCommand && last == e.GetEventId()-1 {
			continue // it belongs to the version marker
		}
		if decided := completed[recorded.decidedBy]; decided != nil {
			decided.events = append(decided.events, recorded)
		}
		if recorded.kind == endCommand {
			t.end = recorded
		}
	}
	if len(t.order) == 0 {
		return nil, ErrNothingToReplay
	}
	return t, nil
}

// read is a command as an event recorded it; nil if the event is none.
func read(c converter.DataConverter, e *historypb.HistoryEvent) *event {
	recorded := &event{id: e.GetEventId()}
	var input *commonpb.Payloads
	var summary string
	if payload := e.GetUserMetadata().GetSummary(); payload != nil {
		_ = c.FromPayload(payload, &summary) // one that can't be read is none
	}
	attributes := attributesOf(e)
	switch a := attributes.(type) {
	case *historypb.ActivityTaskScheduledEventAttributes:
		recorded.command, input = anActivity(a.GetActivityType().GetName(), summary, a.GetTaskQueue().GetName()), a.GetInput()
	case *historypb.StartChildWorkflowExecutionInitiatedEventAttributes:
		recorded.command, input = aChild(a.GetWorkflowType().GetName(), summary, a.GetWorkflowId()), a.GetInput()
	case *historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes:
		recorded.command, input = aSignal(a.GetSignalName(), a.GetWorkflowExecution().GetWorkflowId()), a.GetInput()
	case *historypb.TimerStartedEventAttributes:
		recorded.command = aTimer(a.GetStartToFireTimeout().AsDuration(), summary)
	case *historypb.WorkflowPropertiesModifiedEventAttributes:
		recorded.command = aChange(memoCommand, slices.Sorted(maps.Keys(a.GetUpsertedMemo().GetFields())))
	case *historypb.UpsertWorkflowSearchAttributesEventAttributes:
		recorded.command = aChange(searchCommand, slices.Sorted(maps.Keys(a.GetSearchAttributes().GetIndexedFields())))
	case *historypb.TimerCanceledEventAttributes:
		recorded.command = aCancellation(timerCommand, a.GetStartedEventId())
	case *historypb.ActivityTaskCancelRequestedEventAttributes:
		recorded.command = aCancellation(activityCommand, a.GetScheduledEventId())
	case *historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes:
		recorded.command = command{kind: cancelCommand, words: "the cancellation of workflow " + a.GetWorkflowExecution().GetWorkflowId()}
	case *historypb.WorkflowExecutionCompletedEventAttributes:
		recorded.command, input = anEnd(completion), a.GetResult()
	case *historypb.WorkflowExecutionFailedEventAttributes:
		recorded.command, recorded.failure = anEnd(failed), a.GetFailure()
	case *historypb.WorkflowExecutionCanceledEventAttributes:
		recorded.command = anEnd(cancelled)
	case *historypb.WorkflowExecutionContinuedAsNewEventAttributes:
		recorded.command = anEnd(continueAsNew)
	default:
		return nil
	}
	recorded.input = decode(c, input)
	if decided, ok := attributes.(interface{ GetWorkflowTaskCompletedEventId() int64 }); ok && recorded.kind != cancelCommand {
		recorded.decidedBy = decided.GetWorkflowTaskCompletedEventId()
	}
	return recorded
}

// attributesOf is what an event of its type says; nil if it says nothing.
func attributesOf(e *historypb.HistoryEvent) any {
	event := e.ProtoReflect()
	which := event.WhichOneof(event.Descriptor().Oneofs().ByName("attributes"))
	if which == nil {
		return nil
	}
	return event.Get(which).Message().Interface()
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

// aChange is one of the memo or of search attributes.
func aChange(kind string, keys []string) command {
	return command{kind: kind, words: "a change of " + kind + " (" + strings.Join(keys, ", ") + ")"}
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

// decode reads payloads as the JSON that they hold. One that is no JSON, or can't be read, becomes a text that says so: it
// can still be compared.
func decode(c converter.DataConverter, payloads *commonpb.Payloads) []any {
	values := make([]any, len(payloads.GetPayloads()))
	for i, payload := range payloads.GetPayloads() {
		var raw json.RawMessage
		if err := c.FromPayload(payload, &raw); err != nil {
			values[i] = fmt.Sprintf("unreadable: %v", err)
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber() // a dbid may have more digits than a float
		if err := decoder.Decode(&values[i]); err != nil && len(raw) > 0 {
			values[i] = string(raw)
		}
	}
	return values
}
