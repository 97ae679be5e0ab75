package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// maxKeptAnswers bounds the bytes of answers that a worker keeps. Those of a batch are some 10 kB per source.
const maxKeptAnswers = 4 << 20

// answersPage is how many events are read at once where an answer is not kept: those of a few batches.
const answersPage = 100

// Answers brings what a source answered about a batch from QuerySource to DiffAndUpdate. It stands in the history of the segment
// once, as the result of QuerySource; the input of DiffAndUpdate only says where. The worker that asked keeps it until it is
// written. Another one, and one that was started meanwhile, reads it in the history. It is safe for concurrent use.
type Answers struct {
	mu sync.Mutex
	// kept are in the order in which they came, bytes is their size.
	kept  []keptAnswer
	bytes int

	// reading lets one read at a time: what it finds is mostly what the others look for.
	reading sync.Mutex
}

type keptAnswer struct {
	segment workflow.Execution
	pass.Answer
	projections json.RawMessage
}

// keep keeps an answer that stands in the history of a segment, or will soon. Where there is no room the oldest ones go.
func (a *Answers) keep(segment workflow.Execution, answer pass.Answer, projections json.RawMessage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(projections) > maxKeptAnswers || a.index(segment, answer) >= 0 {
		return
	}
	a.kept = append(a.kept, keptAnswer{segment, answer, projections})
	for a.bytes += len(projections); a.bytes > maxKeptAnswers; {
		a.remove(0)
	}
}

// forget lets go of answers that are written.
func (a *Answers) forget(segment workflow.Execution, answers []pass.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, answer := range answers {
		if i := a.index(segment, answer); i >= 0 {
			a.remove(i)
		}
	}
}

// of are the projections of an answer, if they are kept.
func (a *Answers) of(segment workflow.Execution, answer pass.Answer) (json.RawMessage, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.index(segment, answer)
	if i < 0 {
		return nil, false
	}
	return a.kept[i].projections, true
}

func (a *Answers) index(segment workflow.Execution, answer pass.Answer) int {
	return slices.IndexFunc(a.kept, func(k keptAnswer) bool { return k.segment == segment && k.Answer == answer })
}

func (a *Answers) remove(i int) {
	a.bytes -= len(a.kept[i].projections)
	a.kept = slices.Delete(a.kept, i, i+1)
}

// find returns the projections of each source. An answer that is neither kept nor in the history is an error: nothing is compared
// with less than what was answered.
func (a *Answers) find(ctx context.Context, temporal client.Client, answers []pass.Answer) (map[string][]counterparty.Projection, error) {
	segment := activity.GetInfo(ctx).WorkflowExecution
	found := make(map[string][]counterparty.Projection, len(answers))
	for _, answer := range answers {
		data, ok := a.of(segment, answer)
		if !ok {
			var err error
			if data, err = a.read(ctx, temporal, segment, answer); err != nil {
				return nil, fmt.Errorf("what %s answered, in the history of workflow %s, run %s: %w", answer.Source, segment.ID, segment.RunID, err)
			}
		}
		var projections []counterparty.Projection
		if err := json.Unmarshal(data, &projections); err != nil {
			return nil, fmt.Errorf("what %s answered, activity %s: %w", answer.Source, answer.Activity, err)
		}
		found[answer.Source] = projections
	}
	return found, nil
}

// read looks for an answer in the history, from its end on: it was given a short time ago. It keeps what it finds of other
// answers, which will be looked for next.
func (a *Answers) read(ctx context.Context, temporal client.Client, segment workflow.Execution, answer pass.Answer) (json.RawMessage, error) {
	a.reading.Lock()
	defer a.reading.Unlock()
	if data, ok := a.of(segment, answer); ok {
		return data, nil
	}
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: activity.GetInfo(ctx).Namespace, MaximumPageSize: answersPage,
		Execution: &common.WorkflowExecution{WorkflowId: segment.ID, RunId: segment.RunID},
	}
	results := map[int64]*history.ActivityTaskCompletedEventAttributes{}
	for {
		page, err := temporal.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, request)
		if err != nil {
			return nil, err
		}
		data, err := a.pick(page.GetHistory().GetEvents(), results, segment, answer)
		if data != nil || err != nil {
			return data, err
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil, fmt.Errorf("activity %s has no result there", answer.Activity)
		}
	}
}

// pick goes back over events and keeps the answers among them. It returns the one that is sought, or nil. The id of an activity
// stands in the event that scheduled it, its result in a later one, which results has by the number of the former.
func (a *Answers) pick(
	events []*history.HistoryEvent, results map[int64]*history.ActivityTaskCompletedEventAttributes, segment workflow.Execution, sought pass.Answer,
) (found json.RawMessage, err error) {
	for _, event := range events {
		if completed := event.GetActivityTaskCompletedEventAttributes(); completed != nil {
			results[completed.GetScheduledEventId()] = completed
			continue
		}
		scheduled, completed := event.GetActivityTaskScheduledEventAttributes(), results[event.GetEventId()]
		if completed == nil || scheduled.GetActivityType().GetName() != string(pass.QuerySource) {
			continue
		}
		var result pass.QuerySourceResult
		if err := codec.Decoded.FromPayloads(completed.GetResult(), &result); err != nil {
			if scheduled.GetActivityId() == sought.Activity {
				return nil, err
			}
			continue
		}
		a.keep(segment, result.Answer, result.Projections)
		if result.Answer == sought {
			found = result.Projections
		}
	}
	return found, nil
}
