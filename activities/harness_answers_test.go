package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// segmentHistory is a Temporal that has the history of the segment to which activities of a test environment belong.
type segmentHistory struct {
	client.Client
	said *said
}

func (s segmentHistory) WorkflowService() workflowservice.WorkflowServiceClient { return s.said }

// said is that history.
type said struct {
	workflowservice.WorkflowServiceClient

	mu     sync.Mutex
	events []*historypb.HistoryEvent // in order
	// pageSize is of how many events a page has at most; 0: as many as are asked for.
	pageSize int
	reads    int
}

// add puts an activity with its result into the history.
func (s *said) add(t testing.TB, activityType, activityID string, result any) {
	t.Helper()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(result)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	scheduled := int64(len(s.events) + 1)
	s.events = append(s.events,
		&historypb.HistoryEvent{EventId: scheduled, Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{ActivityId: activityID, ActivityType: &common.ActivityType{Name: activityType}},
		}},
		&historypb.HistoryEvent{EventId: scheduled + 1, Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
			ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: scheduled, Result: payloads},
		}})
}

func (s *said) GetWorkflowExecutionHistoryReverse(
	_ context.Context, r *workflowservice.GetWorkflowExecutionHistoryReverseRequest, _ ...grpc.CallOption,
) (*workflowservice.GetWorkflowExecutionHistoryReverseResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if r.GetExecution().GetWorkflowId() != "default-test-workflow-id" || r.GetExecution().GetRunId() != "default-test-run-id" || r.GetNamespace() != "default-test-namespace" {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	left := len(s.events)
	if token := r.GetNextPageToken(); len(token) > 0 {
		if _, err := fmt.Sscan(string(token), &left); err != nil {
			return nil, serviceerror.NewInvalidArgument("no token")
		}
	}
	size := int(r.GetMaximumPageSize())
	if s.pageSize > 0 {
		size = min(size, s.pageSize)
	}
	page := slices.Clone(s.events[max(0, left-size):left])
	slices.Reverse(page)
	response := &workflowservice.GetWorkflowExecutionHistoryReverseResponse{History: &historypb.History{Events: page}}
	if left -= len(page); left > 0 {
		response.NextPageToken = fmt.Append(nil, left)
	}
	return response, nil
}

// answers puts what a source said into the history of the segment.
func (w *world) answers(t testing.TB, source string, projections []counterparty.Projection) pass.Answer {
	t.Helper()
	if w.said == nil {
		w.said = &said{}
	}
	data, err := json.Marshal(projections)
	require.NoError(t, err)
	answer := pass.Answer{Source: source, Activity: fmt.Sprint(len(w.said.events) + 5), Attempt: 1}
	w.said.add(t, string(pass.QuerySource), answer.Activity, pass.QuerySourceResult{Answer: answer, Projections: data})
	return answer
}

// projections are those of an answer.
func projections(t testing.TB, result pass.QuerySourceResult) []counterparty.Projection {
	t.Helper()
	var read []counterparty.Projection
	require.NoError(t, json.Unmarshal(result.Projections, &read))
	return read
}
