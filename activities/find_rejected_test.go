package activities_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// keptPasses is a server with passes of a schedule, oldest first; one without outcomes is no longer kept.
type keptPasses struct {
	client.Client
	schedules client.ScheduleClient
	passes    map[string]keptPass // by run id
}

type keptPass struct {
	ended    pass.Ended
	untried  string
	outcomes []counterparty.NodeOutcome
	failed   []pass.FailedNode // that could not be read
	open     []pass.OpenNode
}

// epoch is the time of events that have none.
var epoch = time.Unix(0, 0).UTC()

func (k *keptPasses) ScheduleClient() client.ScheduleClient { return k.schedules }

func (k *keptPasses) DescribeWorkflowExecution(_ context.Context, _, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	p, ok := k.passes[runID]
	if !ok {
		return nil, serviceerror.NewNotFound("gone")
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(pass.Result{Ended: p.ended, Untried: p.untried})
	if err != nil {
		return nil, err
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		FirstRunId: runID, Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload}},
	}}, nil
}

// GetWorkflowHistory gives a pass one segment, whose run id is the pass's and "/1".
func (k *keptPasses) GetWorkflowHistory(_ context.Context, workflowID, runID string, _ bool, _ enums.HistoryEventFilterType) client.HistoryEventIterator {
	if p, ok := k.passes[runID]; ok && len(p.outcomes) > 0 {
		return &listed{[]*historypb.HistoryEvent{{EventId: 1, Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
				WorkflowType:      &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)},
				WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID + "/segment-1", RunId: runID + "/1"}}}}}}
	}
	encode := func(value any) *commonpb.Payloads {
		payloads, _ := converter.GetDefaultDataConverter().ToPayloads(value)
		return payloads
	}
	for id, p := range k.passes {
		if id+"/1" != runID {
			continue
		}
		return &listed{[]*historypb.HistoryEvent{
			{EventId: 1, EventType: enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
				ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
					ActivityType: &commonpb.ActivityType{Name: string(pass.DiffAndUpdate)}, Input: encode(pass.DiffAndUpdateRequest{})}}},
			{EventId: 2, EventType: enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
				ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
					ScheduledEventId: 1, Result: encode(pass.DiffAndUpdateResult{Nodes: p.outcomes, Open: p.open})}}},
			{EventId: 3, EventType: enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
				ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
					ActivityType: &commonpb.ActivityType{Name: string(pass.FetchBatch)}, Input: encode(pass.FetchBatchRequest{})}}},
			{EventId: 4, EventType: enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
				ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
					ScheduledEventId: 3, Result: encode(pass.FetchBatchResult{Batches: []pass.FetchedBatch{{Failed: p.failed}}})}}},
		}}
	}
	return &listed{}
}

type listed struct{ events []*historypb.HistoryEvent }

func (l *listed) HasNext() bool { return len(l.events) > 0 }

func (l *listed) Next() (*historypb.HistoryEvent, error) {
	event := l.events[0]
	l.events = l.events[1:]
	return event, nil
}

func TestFindRejected(t *testing.T) {
	t.Parallel()
	rejects := func(ended pass.Ended, nodes ...string) keptPass {
		p := keptPass{ended: ended, outcomes: []counterparty.NodeOutcome{{NodeID: "well", Outcome: counterparty.Updated}, {NodeID: "gone", Outcome: counterparty.Gone}}}
		for i, node := range nodes {
			p.outcomes = append(p.outcomes, counterparty.NodeOutcome{NodeID: node,
				Outcome: []counterparty.Outcome{counterparty.Rejected, counterparty.NotFound, counterparty.Ambiguous, counterparty.InvalidID}[i%4]})
		}
		return p
	}
	stands := func(node string, outcome counterparty.Outcome) counterparty.NodeOutcome {
		return counterparty.NodeOutcome{NodeID: node, Outcome: outcome, Asked: &epoch}
	}
	untried := rejects(pass.Completed, "b", "c")
	untried.untried = "no answer"
	unread := rejects(pass.Completed, "a")
	unread.failed = []pass.FailedNode{{Dbid: 7, Reason: "status 500"}}
	open := rejects(pass.Failed, "b")
	open.open = []pass.OpenNode{{NodeID: "o", Reason: "status 500", Tries: 4}}
	tests := []struct {
		name   string
		passes map[string]keptPass
		want   pass.FindRejectedResult
	}{
		{"what was never written", map[string]keptPass{"run-1": rejects(pass.Completed, "a"), "run-2": open},
			pass.FindRejectedResult{Nodes: []string{"b", "o", "a"}}},
		{"of the last pass, whatever the reason", map[string]keptPass{"run-1": rejects(pass.Completed, "x"), "run-2": rejects(pass.Completed, "a", "b", "c", "d")},
			pass.FindRejectedResult{Nodes: []string{"a", "d"}, Standing: []counterparty.NodeOutcome{stands("b", counterparty.NotFound), stands("c", counterparty.Ambiguous)}}},
		{"of an answer that can't be right, and of one that was taken over", map[string]keptPass{"run-2": {ended: pass.Completed, outcomes: []counterparty.NodeOutcome{
			{NodeID: "a", Outcome: counterparty.Ambiguous, AskAgain: true}, {NodeID: "b", Outcome: counterparty.Failed}, notFound("c")}}},
			pass.FindRejectedResult{Nodes: []string{"a", "b"}, Standing: []counterparty.NodeOutcome{notFound("c")}}},
		{"nodes that could not be read, too", map[string]keptPass{"run-2": unread}, pass.FindRejectedResult{Nodes: []string{"a", "dbid:7"}}},
		{"back to the last one that completed", map[string]keptPass{"run-0": rejects(pass.Completed, "x"), "run-1": rejects(pass.Completed, "a", "b"), "run-2": rejects(pass.Failed, "b", "c")},
			pass.FindRejectedResult{Nodes: []string{"b", "a"}, Standing: []counterparty.NodeOutcome{stands("c", counterparty.NotFound)}}},
		{"back over one that completed and did not try them", map[string]keptPass{"run-0": rejects(pass.Completed, "x"), "run-1": rejects(pass.Completed, "a", "b"), "run-2": untried},
			pass.FindRejectedResult{Nodes: []string{"b", "a"}, Standing: []counterparty.NodeOutcome{stands("c", counterparty.NotFound)}}},
		{"none that is kept completed", map[string]keptPass{"run-2": rejects(pass.Running, "a")},
			pass.FindRejectedResult{Nodes: []string{"a"}, Gaps: []string{workflowID}}},
		{"nothing is kept", map[string]keptPass{}, pass.FindRejectedResult{Gaps: []string{workflowID}}},
		{"nothing was rejected", map[string]keptPass{"run-2": rejects(pass.Completed)}, pass.FindRejectedResult{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var actions []client.ScheduleActionResult
			for _, run := range []string{"run-0", "run-1", "run-2", thisPass} {
				actions = append(actions, client.ScheduleActionResult{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: run}})
			}
			handle, schedules := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}
			handle.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Info: client.ScheduleInfo{RecentActions: actions}}, nil)
			schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
			w := &world{temporal: &keptPasses{schedules: schedules, passes: tt.passes}}
			got, err := execute[pass.FindRejectedResult](w.environment(), string(pass.FindRejected), pass.FindRejectedRequest{ScheduleID: scheduleID, RunID: thisPass})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// What there is no room for is asked about: too much is asked then, never too little.
func TestFindRejectedReturnsNoMoreOutcomesThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	var p keptPass
	p.ended = pass.Completed
	for n := range 5000 {
		p.outcomes = append(p.outcomes, counterparty.NodeOutcome{NodeID: fmt.Sprint(n), Outcome: counterparty.Ambiguous, Reason: strings.Repeat("ab ", 100)})
	}
	handle, schedules := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}
	handle.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Info: client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: "run-1"}}}}}, nil)
	schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
	w := &world{temporal: &keptPasses{schedules: schedules, passes: map[string]keptPass{"run-1": p}}}
	got, err := execute[pass.FindRejectedResult](w.environment(), string(pass.FindRejected), pass.FindRejectedRequest{ScheduleID: scheduleID, RunID: thisPass})
	require.NoError(t, err)
	require.Greater(t, len(got.Standing), 2500)
	require.LessOrEqual(t, counterparty.Size(got.Standing), pass.MaxStandingFound)
	require.Len(t, got.Nodes, 5000-len(got.Standing))
}

// A schedule knows its last passes only. If none of them has tried what the earlier ones rejected, that is forgotten, which is said.
func TestFindRejectedSaysWhatTheScheduleNoLongerKnows(t *testing.T) {
	t.Parallel()
	untried := keptPass{ended: pass.Completed, untried: "no answer", outcomes: []counterparty.NodeOutcome{{NodeID: "a", Outcome: counterparty.Rejected}}}
	for started, gaps := range map[int][]string{2: nil, 3: {"all before " + workflowID}} {
		var actions []client.ScheduleActionResult
		for _, run := range []string{"run-1", thisPass} {
			actions = append(actions, client.ScheduleActionResult{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: run}})
		}
		handle, schedules := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}
		handle.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Info: client.ScheduleInfo{NumActions: started, RecentActions: actions}}, nil)
		schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
		w := &world{temporal: &keptPasses{schedules: schedules, passes: map[string]keptPass{"run-1": untried}}}
		got, err := execute[pass.FindRejectedResult](w.environment(), string(pass.FindRejected), pass.FindRejectedRequest{ScheduleID: scheduleID, RunID: thisPass})
		require.NoError(t, err)
		require.Equal(t, pass.FindRejectedResult{Nodes: []string{"a"}, Gaps: gaps}, got)
	}
}

// A pass over all nodes comes to the others by itself.
func TestFindRejectedOfThoseWithoutAnOutcome(t *testing.T) {
	t.Parallel()
	open := keptPass{ended: pass.Failed, outcomes: []counterparty.NodeOutcome{{NodeID: "a", Outcome: counterparty.Rejected}}, open: []pass.OpenNode{{NodeID: "o"}}}
	handle, schedules := &mocks.ScheduleHandle{}, &mocks.ScheduleClient{}
	handle.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Info: client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{
		{StartWorkflowResult: &client.ScheduleWorkflowExecution{WorkflowID: workflowID, FirstExecutionRunID: "run-1"}}}}}, nil)
	schedules.On("GetHandle", mock.Anything, scheduleID).Return(handle)
	w := &world{temporal: &keptPasses{schedules: schedules, passes: map[string]keptPass{"run-1": open}}}
	got, err := execute[pass.FindRejectedResult](w.environment(), string(pass.FindRejected), pass.FindRejectedRequest{ScheduleID: scheduleID, RunID: thisPass, OpenOnly: true})
	require.NoError(t, err)
	require.Equal(t, []string{"o"}, got.Nodes)
}
