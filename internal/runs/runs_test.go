package runs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/runs"
)

// temporal is a server with the runs of one workflow.
type temporal struct {
	client.Client
	// resets are the runs that resets made, by the run that was reset.
	resets map[string]string
	first  string
	kept   map[string]bool
	pages  [][]string // run ids that a query finds
	asked  []int32    // page sizes
	events []*history.HistoryEvent
}

func (s *temporal) DescribeWorkflowExecution(_ context.Context, _, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if !s.kept[runID] {
		return nil, serviceerror.NewNotFound("gone")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{FirstRunId: s.first},
		WorkflowExtendedInfo:  &workflow.WorkflowExecutionExtendedInfo{ResetRunId: s.resets[runID]},
	}, nil
}

func (s *temporal) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	s.asked = append(s.asked, r.PageSize)
	page := len(r.NextPageToken)
	if page >= len(s.pages) {
		return nil, errors.New("no such page")
	}
	answer := &workflowservice.ListWorkflowExecutionsResponse{NextPageToken: append(r.NextPageToken, 'x')}
	for _, id := range s.pages[page] {
		answer.Executions = append(answer.Executions, &workflow.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{RunId: id}})
	}
	return answer, nil
}

func (s *temporal) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	return &iterator{s.events}
}

type iterator struct{ events []*history.HistoryEvent }

func (i *iterator) HasNext() bool { return len(i.events) > 0 }

func (i *iterator) Next() (*history.HistoryEvent, error) {
	event := i.events[0]
	i.events = i.events[1:]
	return event, nil
}

func at(runID string) runs.Execution { return runs.Execution{WorkflowID: "w", RunID: runID} }

// A chain of resets without end would be followed for ever.
func TestLatestFollowsABoundedNumberOfResets(t *testing.T) {
	t.Parallel()
	s := &temporal{first: "a", resets: map[string]string{"a": "b", "b": "a"}, kept: map[string]bool{"a": true, "b": true}}
	_, _, err := runs.Latest(t.Context(), s, at("a"), "")
	require.EqualError(t, err, "w was reset more than 1000 times")
}

func TestRunsOfAWorkflowThatWasReset(t *testing.T) {
	t.Parallel()
	s := &temporal{first: "a", resets: map[string]string{"a": "b", "b": "c"}, kept: map[string]bool{"a": true, "b": true, "c": true}}
	latest, _, err := runs.Latest(t.Context(), s, at("a"), "")
	require.NoError(t, err)
	require.Equal(t, at("c"), latest)
	latest, _, err = runs.Latest(t.Context(), s, at("a"), "c")
	require.NoError(t, err)
	require.Equal(t, at("b"), latest, "the run that asks does not count")
	for _, from := range []string{"a", "b", "c"} {
		all, err := runs.All(t.Context(), s, at(from))
		require.NoError(t, err)
		require.Equal(t, []runs.Execution{at("a"), at("b"), at("c")}, all)
	}

	delete(s.kept, "a")
	all, err := runs.All(t.Context(), s, at("b"))
	require.NoError(t, err)
	require.Equal(t, []runs.Execution{at("b"), at("c")}, all)
	_, _, err = runs.Latest(t.Context(), s, at("a"), "")
	require.True(t, runs.IsNotFound(err))
	_, err = runs.All(t.Context(), s, at("a"))
	require.True(t, runs.IsNotFound(err))
}

func TestListReadsNoMorePagesThanItsReaderTakes(t *testing.T) {
	t.Parallel()
	s := &temporal{pages: [][]string{{"1", "2"}, {}, {"3", "4"}}}
	var seen []string
	for info, err := range runs.List(t.Context(), s, "any", 2) {
		require.NoError(t, err)
		if seen = append(seen, info.GetExecution().GetRunId()); len(seen) == 3 {
			break
		}
	}
	require.Equal(t, []string{"1", "2", "3"}, seen)
	require.Equal(t, []int32{2, 2, 2}, s.asked)
	var failed error
	for _, err := range runs.List(t.Context(), s, "any", 0) {
		failed = err
	}
	require.EqualError(t, failed, "no such page")
}

func TestInputIsThatOfTheFirstEvent(t *testing.T) {
	t.Parallel()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads("in")
	require.NoError(t, err)
	started := func(input *commonpb.Payloads) *history.HistoryEvent {
		return &history.HistoryEvent{Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &history.WorkflowExecutionStartedEventAttributes{Input: input}}}
	}
	s := &temporal{events: []*history.HistoryEvent{started(payloads), {}}}
	got, err := runs.Input[string](t.Context(), s, at(""))
	require.NoError(t, err)
	require.Equal(t, "in", got)
	_, err = runs.Input[int](t.Context(), s, at(""))
	require.Error(t, err)

	s.events = []*history.HistoryEvent{started(nil)}
	got, err = runs.Input[string](t.Context(), s, at(""))
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = runs.Input[string](t.Context(), &temporal{}, at(""))
	require.EqualError(t, err, "its history is empty")
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	require.Equal(t, `'it\'s \\ here'`, runs.Quoted(`it's \ here`))
}
