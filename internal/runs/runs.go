// Package runs reads what Temporal keeps of the past: which runs a schedule has started, which run counts after a reset,
// what a run was started with, and which runs and schedules there are. What the answers mean is left to the callers, and
// so are the words of their errors: unless a function says otherwise, an error is Temporal's own.
//
// It changes nothing and, but for Ask, needs no worker.
//
// Words: an execution names one run of a workflow; a reset ends a run and makes a new one with the events of the old one
// up to some point.
package runs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/wire"
)

// QueryTimeout bounds a question to a run where a person waits for the answer. Without a worker Temporal would let it wait half a
// minute.
const QueryTimeout = 5 * time.Second

// Execution names a run of a workflow. With no RunID it is the latest one.
type Execution struct{ WorkflowID, RunID string }

// Of is the execution that the API names.
func Of(x *commonpb.WorkflowExecution) Execution {
	return Execution{WorkflowID: x.GetWorkflowId(), RunID: x.GetRunId()}
}

// IsNotFound reports whether Temporal knows no such thing, or no longer keeps it.
func IsNotFound(err error) bool {
	_, notFound := errors.AsType[*serviceerror.NotFound](err)
	return notFound
}

// maxResets is far above what anybody resets by hand: a chain without end must not be followed for ever.
const maxResets = 1000

// Latest describes the run that counts: a reset makes a new one, of which a schedule never hears. A reset that made the
// run but is overlooked; an empty but overlooks none.
func Latest(ctx context.Context, c client.Client, x Execution, but string) (Execution, *workflow.WorkflowExecutionInfo, error) {
	for range maxResets {
		d, err := c.DescribeWorkflowExecution(ctx, x.WorkflowID, x.RunID)
		if err != nil {
			return x, nil, err
		}
		next := d.GetWorkflowExtendedInfo().GetResetRunId()
		if next == "" || next == but {
			return x, d.GetWorkflowExecutionInfo(), nil
		}
		x.RunID = next
	}
	return x, nil, fmt.Errorf("%s was reset more than %d times", x.WorkflowID, maxResets)
}

// All names a run with all that resets made of it, and the ones that it was made of as far as they are kept, the first one
// first.
func All(ctx context.Context, c client.Client, x Execution) ([]Execution, error) {
	d, err := c.DescribeWorkflowExecution(ctx, x.WorkflowID, x.RunID)
	if err != nil {
		return nil, err
	}
	if first := d.GetWorkflowExecutionInfo().GetFirstRunId(); first != "" {
		if _, err := c.DescribeWorkflowExecution(ctx, x.WorkflowID, first); err == nil {
			x.RunID = first
		}
	}
	var all []Execution
	for {
		d, err := c.DescribeWorkflowExecution(ctx, x.WorkflowID, x.RunID)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
		x.RunID = d.GetWorkflowExtendedInfo().GetResetRunId()
		if x.RunID == "" || slices.Contains(all, x) {
			return all, nil
		}
	}
}

// Started names the runs that a schedule started last, the latest one first: none if there is no such schedule.
func Started(ctx context.Context, c client.Client, scheduleID string) ([]Execution, error) {
	schedule, err := c.ScheduleClient().GetHandle(ctx, scheduleID).Describe(ctx)
	if IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe schedule %s: %w", scheduleID, err)
	}
	return Recent(schedule.Info), nil
}

// Forgotten reports whether a schedule has started runs of which it no longer knows which: it keeps the last few. It has not if
// there is no such schedule.
func Forgotten(ctx context.Context, c client.Client, scheduleID string) (bool, error) {
	schedule, err := c.ScheduleClient().GetHandle(ctx, scheduleID).Describe(ctx)
	if IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("describe schedule %s: %w", scheduleID, err)
	}
	return schedule.Info.NumActions > len(schedule.Info.RecentActions), nil
}

// Recent names the runs that a schedule started last, the latest one first.
func Recent(info client.ScheduleInfo) []Execution {
	var recent []Execution
	for _, action := range slices.Backward(info.RecentActions) {
		if started := action.StartWorkflowResult; started != nil {
			recent = append(recent, First(*started))
		}
	}
	return recent
}

// First names the run that a schedule says it has started.
func First(started client.ScheduleWorkflowExecution) Execution {
	return Execution{started.WorkflowID, started.FirstExecutionRunID}
}

// Newest names the run that a schedule started last; ok is false if there was none.
func Newest(info client.ScheduleInfo) (newest Execution, ok bool) {
	if n := len(info.RunningWorkflows); n > 0 {
		return First(info.RunningWorkflows[n-1]), true
	}
	if recent := Recent(info); len(recent) > 0 {
		return recent[0], true
	}
	return Execution{}, false
}

// Arguments reads what a run was started with: the first event of its history has it.
func Arguments(ctx context.Context, c client.Client, x Execution) ([]*commonpb.Payload, error) {
	for first, err := range Events(ctx, c, x) {
		return first.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads(), err
	}
	return nil, errors.New("its history is empty")
}

// Input reads the one argument that a run was started with: the zero T if it had none.
func Input[T any](ctx context.Context, c client.Client, x Execution) (input T, err error) {
	arguments, err := Arguments(ctx, c, x)
	if err == nil {
		err = codec.Decoded.FromPayloads(&commonpb.Payloads{Payloads: arguments}, &input)
	}
	return input, err
}

// Events reads the events of a run, page by page.
func Events(ctx context.Context, c client.Client, x Execution) iter.Seq2[*history.HistoryEvent, error] {
	return func(yield func(*history.HistoryEvent, error) bool) {
		events := c.GetWorkflowHistory(ctx, x.WorkflowID, x.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Ask asks a run, and waits for the answer at most so long.
func Ask[T any](ctx context.Context, c client.Client, x Execution, q wire.Query[T], wait time.Duration) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return q.Ask(ctx, c, x.WorkflowID, x.RunID)
}

// List reads the runs that a visibility query finds, so many from the server at a time; 0 is what the server likes.
func List(ctx context.Context, c client.Client, query string, atOnce int) iter.Seq2[*workflow.WorkflowExecutionInfo, error] {
	return func(yield func(*workflow.WorkflowExecutionInfo, error) bool) {
		var token []byte
		for {
			page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: int32(atOnce), NextPageToken: token})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, info := range page.GetExecutions() {
				if !yield(info, nil) {
					return
				}
			}
			if token = page.GetNextPageToken(); len(token) == 0 {
				return
			}
		}
	}
}

// Quoted is a text as a value of a visibility query.
func Quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// Schedules reads the list of all schedules.
func Schedules(ctx context.Context, c client.Client) iter.Seq2[*client.ScheduleListEntry, error] {
	return func(yield func(*client.ScheduleListEntry, error) bool) {
		list, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{})
		for err == nil && list.HasNext() {
			var entry *client.ScheduleListEntry
			if entry, err = list.Next(); err == nil && !yield(entry, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, fmt.Errorf("list schedules: %w", err))
		}
	}
}
