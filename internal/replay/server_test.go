package replay

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// visibility answers queries with so many runs each, in pages, and notes what it was asked.
type visibility struct {
	runs    int
	page    int
	queries []string
	asked   int
}

func (v *visibility) list(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) *workflowservice.ListWorkflowExecutionsResponse {
	v.asked++
	from := 0
	if len(r.NextPageToken) == 0 {
		v.queries = append(v.queries, r.Query)
	} else {
		_, _ = fmt.Sscan(string(r.NextPageToken), &from)
	}
	var answer workflowservice.ListWorkflowExecutionsResponse
	to := min(from+v.page, v.runs)
	for i := from; i < to; i++ {
		answer.Executions = append(answer.Executions, &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{WorkflowId: fmt.Sprintf("it's-%d", i), RunId: fmt.Sprint(i)},
			Type:      &common.WorkflowType{Name: "CounterpartySync"}, Status: enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
			StartTime: timestamppb.New(time.Unix(int64(i), 0)),
		})
	}
	if to < v.runs {
		answer.NextPageToken = []byte(fmt.Sprint(to))
	}
	return &answer
}

func newServer(t *testing.T, v *visibility) (*Server, *mocks.Client) {
	t.Helper()
	c := mocks.NewClient(t)
	c.On("ListWorkflow", mock.Anything, mock.Anything).Return(v.list, nil).Maybe()
	return &Server{Temporal: c, TaskQueue: "queue"}, c
}

func TestListAsks(t *testing.T) {
	t.Parallel()
	const onQueue = "' AND TaskQueue = 'queue'"
	const passes, segments, reports = "WorkflowType = 'CounterpartySync" + onQueue, "WorkflowType = 'SyncSegment" + onQueue, "WorkflowType = 'CounterpartyReport" + onQueue
	const ofMain = " AND TemporalScheduledById = 'counterparty-sync-main'"
	const ofPasses = ` AND ParentWorkflowId IN ('it\'s-0', 'it\'s-1')`
	tests := []struct {
		name string
		give Selection
		want []string
	}{
		{"all types", Selection{}, []string{passes, segments, reports}},
		{"one type", Selection{Types: []string{"report"}}, []string{reports}},
		{"a sync: its passes, and their segments", Selection{Sync: "main"}, []string{passes + ofMain, segments + ofPasses}},
		{"the segments of a sync", Selection{Sync: "main", Types: []string{"segment"}}, []string{passes + ofMain, segments + ofPasses}},
		{"the passes of a sync", Selection{Sync: "main", Types: []string{"pass"}}, []string{passes + ofMain}},
		{"statuses", Selection{Types: []string{"pass"}, Statuses: []string{"open", "timed-out"}}, []string{passes + " AND ExecutionStatus IN ('Running', 'TimedOut')"}},
		{"since", Selection{Types: []string{"pass"}, Since: time.Date(2026, 11, 21, 3, 0, 0, 0, time.FixedZone("MSK", 3*3600))},
			[]string{passes + " AND (CloseTime >= '2026-11-21T00:00:00Z' OR ExecutionStatus = 'Running')"}},
		{"a query", Selection{Types: []string{"pass"}, Query: "A = 1 OR B = 2"}, []string{passes + " AND (A = 1 OR B = 2)"}},
		{"conditions are about the passes of a sync", Selection{Sync: "main", Statuses: []string{"failed"}, Query: "A = 1"},
			[]string{passes + ofMain + " AND ExecutionStatus IN ('Failed') AND (A = 1)", segments + ofPasses}},
		{"no blank in an id ends the text", Selection{Sync: `a'b\c`, Types: []string{"pass"}}, []string{passes + ` AND TemporalScheduledById = 'counterparty-sync-a\'b\\c'`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &visibility{runs: 2, page: 10}
			server, _ := newServer(t, v)
			tt.give.Limit = 20
			runs, err := server.List(t.Context(), tt.give)
			require.NoError(t, err)
			require.Equal(t, tt.want, v.queries)
			wanted := len(tt.want)
			if tt.name == "the segments of a sync" {
				wanted = 1
			}
			require.Len(t, runs, 2*wanted)
			for _, query := range v.queries {
				require.NotContains(t, query, "ORDER BY")
			}
		})
	}
}

func TestListOfASyncWithoutPassesAsksForNoSegments(t *testing.T) {
	t.Parallel()
	v := &visibility{page: 10}
	server, _ := newServer(t, v)
	runs, err := server.List(t.Context(), Selection{Sync: "main", Limit: 5})
	require.NoError(t, err)
	require.Empty(t, runs)
	require.Len(t, v.queries, 1)
}

func TestListTakesPagesUpToTheLimit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ limit, want, asked int }{
		"within a page":      {3, 3, 1},
		"at a page's end":    {4, 4, 1},
		"beyond a page":      {5, 5, 2},
		"more than there is": {100, 10, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := &visibility{runs: 10, page: 4}
			server, _ := newServer(t, v)
			runs, err := server.List(t.Context(), Selection{Types: []string{"pass"}, Limit: tt.limit})
			require.NoError(t, err)
			require.Len(t, runs, tt.want)
			require.Equal(t, tt.asked, v.asked)
			require.Equal(t, "it's-0", runs[0].WorkflowID, "in the server's order")
			require.Equal(t, "timed-out", runs[0].Status)
		})
	}
}

func TestListSaysWhatFailed(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	c.On("ListWorkflow", mock.Anything, mock.Anything).Return(nil, serviceerror.NewInvalidArgument("unknown attribute"))
	_, err := (&Server{Temporal: c}).List(t.Context(), Selection{Limit: 1})
	require.EqualError(t, err, "list runs of CounterpartySync: unknown attribute")
}

// iterator gives events, then an error if there is one.
type iterator struct {
	events []*history.HistoryEvent
	err    error
}

func (i *iterator) HasNext() bool { return len(i.events) > 0 || i.err != nil }

func (i *iterator) Next() (*history.HistoryEvent, error) {
	if len(i.events) == 0 {
		return nil, i.err
	}
	event := i.events[0]
	i.events = i.events[1:]
	return event, nil
}

func TestHistoriesAreFetched(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		give iterator
		want Verdict
	}{
		"whole":             {iterator{events: recording("Asleep", timer()).Events}, Replays},
		"deleted meanwhile": {iterator{events: recording("Asleep").Events[:1], err: serviceerror.NewNotFound("workflow execution not found")}, Gone},
		"cut off":           {iterator{events: recording("Asleep").Events[:1], err: serviceerror.NewUnavailable("try later")}, Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := newServer(t, &visibility{runs: 1, page: 1})
			c.On("GetWorkflowHistory", mock.Anything, "it's-0", "0", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Return(&tt.give)
			runs, err := server.List(t.Context(), Selection{Types: []string{"pass"}, Limit: 1})
			require.NoError(t, err)
			outcomes := asleepReplayer.CheckAll(t.Context(), runs, func(Outcome) {})
			require.Len(t, outcomes, 1)
			require.Equal(t, tt.want, outcomes[0].Verdict, outcomes[0].Reason)
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		noRun  bool
		failed string
	}{
		"found":       {},
		"no workflow": {err: serviceerror.NewNotFound("none"), noRun: true},
		"no run id":   {err: serviceerror.NewInvalidArgument("Invalid RunId."), noRun: true},
		"down":        {err: errors.New("unavailable"), failed: "describe workflow w: unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mocks.NewClient(t)
			c.On("DescribeWorkflowExecution", mock.Anything, "w", "r").Return(&workflowservice.DescribeWorkflowExecutionResponse{
				WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: "w", RunId: "r"},
					Type: &common.WorkflowType{Name: "Foreign"}, Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}}, tt.err)
			run, err := (&Server{Temporal: c}).Find(t.Context(), "w", "r")
			switch {
			case tt.noRun:
				require.ErrorIs(t, err, ErrNoRun)
			case tt.failed != "":
				require.EqualError(t, err, tt.failed)
			default:
				require.NoError(t, err)
				require.Equal(t, [3]string{"Foreign", "r", "open"}, [3]string{run.Type, run.RunID, run.Status})
			}
		})
	}
}
