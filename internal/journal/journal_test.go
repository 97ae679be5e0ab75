package journal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// temporal is a server that keeps histories by run id.
type temporal struct {
	client.Client
	histories map[string][]*history.HistoryEvent
	resets    map[string]string // run id → that of the run that a reset made of it
	latest    string
	down      error
}

func (s *temporal) DescribeWorkflowExecution(_ context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if runID == "" {
		runID = s.latest
	}
	if _, ok := s.histories[runID]; !ok {
		return nil, serviceerror.NewNotFound("no execution")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: runID}, FirstRunId: "run"},
		WorkflowExtendedInfo:  &workflowpb.WorkflowExecutionExtendedInfo{ResetRunId: s.resets[runID]},
	}, nil
}

func (s *temporal) GetWorkflowHistory(_ context.Context, _, runID string, _ bool, _ enums.HistoryEventFilterType) client.HistoryEventIterator {
	events, ok := s.histories[runID]
	if !ok {
		return &iterator{err: serviceerror.NewNotFound("no history")}
	}
	return &iterator{events: events, err: s.down}
}

type iterator struct {
	events []*history.HistoryEvent
	err    error
}

func (i *iterator) HasNext() bool { return len(i.events) > 0 || i.err != nil }

func (i *iterator) Next() (*history.HistoryEvent, error) {
	if len(i.events) == 0 || i.err != nil {
		return nil, i.err
	}
	event := i.events[0]
	i.events = i.events[1:]
	return event, nil
}

// script is a history in the making.
type script struct{ events []*history.HistoryEvent }

func (s *script) add(event *history.HistoryEvent) int64 {
	event.EventId = int64(len(s.events) + 1)
	event.EventTime = timestamppb.New(noon.Add(time.Duration(event.EventId) * time.Second))
	s.events = append(s.events, event)
	return event.EventId
}

func payloads(t *testing.T, value any) *commonpb.Payloads {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayloads(value)
	require.NoError(t, err)
	return p
}

func (s *script) child(id, runID string) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, Attributes: &history.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
		ChildWorkflowExecutionStartedEventAttributes: &history.ChildWorkflowExecutionStartedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)}, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: runID},
		}}})
}

func (s *script) scheduled(t *testing.T, activity string, request any) int64 {
	return s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, Attributes: &history.HistoryEvent_ActivityTaskScheduledEventAttributes{
		ActivityTaskScheduledEventAttributes: &history.ActivityTaskScheduledEventAttributes{ActivityType: &commonpb.ActivityType{Name: activity}, Input: payloads(t, request)}}})
}

func (s *script) completed(t *testing.T, scheduled int64, result any) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, Attributes: &history.HistoryEvent_ActivityTaskCompletedEventAttributes{
		ActivityTaskCompletedEventAttributes: &history.ActivityTaskCompletedEventAttributes{ScheduledEventId: scheduled, Result: payloads(t, result)}}})
}

// batch is a DiffAndUpdate of nodes that ended well.
func (s *script) batch(t *testing.T, nodes []string, outcomes ...counterparty.NodeOutcome) {
	s.completed(t, s.scheduled(t, string(pass.DiffAndUpdate), request(nodes...)), pass.DiffAndUpdateResult{Nodes: outcomes})
}

// retried is a batch that was told what tries before it wrote.
func (s *script) retried(t *testing.T, nodes []string, written []counterparty.NodeOutcome, outcomes ...counterparty.NodeOutcome) {
	s.completed(t, s.scheduled(t, string(pass.DiffAndUpdate), retry(written, nodes...)), pass.DiffAndUpdateResult{Nodes: outcomes})
}

func retry(written []counterparty.NodeOutcome, nodes ...string) pass.DiffAndUpdateRequest {
	r := request(nodes...)
	r.Written = written
	return r
}

func unsure(o counterparty.NodeOutcome) counterparty.NodeOutcome {
	o.Unsure = true
	return o
}

func (s *script) failed(t *testing.T, nodes []string, written ...counterparty.NodeOutcome) {
	s.fail(t, s.scheduled(t, string(pass.DiffAndUpdate), request(nodes...)), written...)
}

func (s *script) fail(t *testing.T, at int64, written ...counterparty.NodeOutcome) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_ACTIVITY_TASK_FAILED, Attributes: &history.HistoryEvent_ActivityTaskFailedEventAttributes{
		ActivityTaskFailedEventAttributes: &history.ActivityTaskFailedEventAttributes{ScheduledEventId: at, Failure: &failurepb.Failure{
			Message: "status 500", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{
				Details: payloads(t, pass.FailureDetails{Written: written})}}}}}})
}

func (s *script) lost(t *testing.T, nodes []string, told ...counterparty.NodeOutcome) {
	at := s.scheduled(t, string(pass.DiffAndUpdate), request(nodes...))
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, Attributes: &history.HistoryEvent_ActivityTaskTimedOutEventAttributes{
		ActivityTaskTimedOutEventAttributes: &history.ActivityTaskTimedOutEventAttributes{ScheduledEventId: at, Failure: &failurepb.Failure{
			FailureInfo: &failurepb.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{
				LastHeartbeatDetails: payloads(t, pass.WriteHeartbeat{Changed: told})}}}}}})
}

func request(nodes ...string) pass.DiffAndUpdateRequest {
	r := pass.DiffAndUpdateRequest{By: counterparty.INN, Answers: []pass.Answer{{Source: "req"}}}
	for _, node := range nodes {
		r.Nodes = append(r.Nodes, pass.NodeRef{ID: node, Key: "inn-" + node, KPP: "kpp-" + node})
	}
	return r
}

func updated(node string, became any) counterparty.NodeOutcome {
	return counterparty.NodeOutcome{NodeID: node, Outcome: counterparty.Updated, Changes: []counterparty.Change{
		{Attribute: "idocs:okpo", Was: "old", Became: became, Source: "req"}}}
}

func outcome(node string, o counterparty.Outcome) counterparty.NodeOutcome {
	return counterparty.NodeOutcome{NodeID: node, Outcome: o, Reason: "because"}
}

// onePass is a server with one pass of the given segments.
func onePass(segments ...*script) *temporal {
	s := &temporal{histories: map[string][]*history.HistoryEvent{}, latest: "run"}
	var parent script
	for i, segment := range segments {
		runID := fmt.Sprintf("segment-run-%d", i+1)
		parent.child(fmt.Sprintf("pass/segment-%d", i+1), runID)
		s.histories[runID] = segment.events
	}
	s.histories["run"] = parent.events
	return s
}

func read(t *testing.T, s *temporal) ([]journal.Entry, journal.Coverage) {
	t.Helper()
	var all []journal.Entry
	coverage, err := (&journal.Reader{Temporal: s}).Read(t.Context(), "pass", "run", func(e journal.Entry) error {
		all = append(all, e)
		return nil
	})
	require.NoError(t, err)
	return all, coverage
}

// brief is an entry in a few words.
func brief(entries []journal.Entry) []string {
	var list []string
	for _, e := range entries {
		text := e.NodeID + " " + string(e.Outcome)
		for _, c := range e.Changes {
			text += fmt.Sprintf(" %v→%v", c.Was, c.Became)
		}
		if e.Unsure {
			text += " unsure"
		}
		list = append(list, text)
	}
	return list
}

func TestReadTellsEachNodeWithTimePassAndIdentifier(t *testing.T) {
	t.Parallel()
	var s script
	other := s.scheduled(t, string(pass.FetchBatch), pass.FetchBatchRequest{})
	s.completed(t, other, pass.FetchBatchResult{Batches: []pass.FetchedBatch{{Nodes: []pass.NodeRef{{ID: "a"}}}}})
	s.batch(t, []string{"a", "b", "c"}, updated("a", "new"), outcome("b", counterparty.Ambiguous))
	got, coverage := read(t, onePass(&s))
	require.Equal(t, []journal.Entry{
		{Time: noon.Add(4 * time.Second), Pass: "pass", RunID: "run", INN: "inn-a", KPP: "kpp-a", NodeOutcome: updated("a", "new")},
		{Time: noon.Add(4 * time.Second), Pass: "pass", RunID: "run", INN: "inn-b", KPP: "kpp-b", NodeOutcome: outcome("b", counterparty.Ambiguous),
			Hint: "give the node a KPP or an OGRN that identifies the company, or correct the one that it has"},
	}, got)
	require.Equal(t, journal.Coverage{Segments: 1}, coverage)
}

func TestReadTellsAWriteOnceHoweverOftenItWasTried(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	tests := []struct {
		name string
		give func(first, second *script)
		want []string
	}{
		{"the next try tells it again", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.retried(t, all, []counterparty.NodeOutcome{unsure(updated("a", "new"))}, updated("a", "new"), updated("b", "new"))
		}, []string{"a UPDATED old→new", "b UPDATED old→new"}},
		{"the next try finds that it was not made", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.retried(t, all, []counterparty.NodeOutcome{unsure(updated("a", "new"))})
		}, nil},
		{"the next try can't tell", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.retried(t, all, []counterparty.NodeOutcome{unsure(updated("a", "new"))}, unsure(updated("a", "new")))
		}, []string{"a UPDATED old→new unsure"}},
		{"nobody tried again", func(first, _ *script) {
			first.failed(t, all, unsure(updated("b", "new")), updated("a", "new"))
		}, []string{"a UPDATED old→new", "b UPDATED old→new unsure"}},
		{"a try after another one fails too", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			at := second.scheduled(t, string(pass.DiffAndUpdate), retry([]counterparty.NodeOutcome{unsure(updated("a", "new"))}, all...))
			second.fail(t, at, updated("a", "new"), unsure(updated("b", "new")))
		}, []string{"a UPDATED old→new", "b UPDATED old→new unsure"}},
		{"its worker was lost", func(first, second *script) {
			first.lost(t, all, unsure(updated("a", "new")))
			second.retried(t, all, []counterparty.NodeOutcome{unsure(updated("a", "new"))}, updated("a", "new"))
		}, []string{"a UPDATED old→new"}},
		{"its worker was lost for good", func(first, _ *script) {
			first.lost(t, all, unsure(updated("a", "new")))
		}, []string{"a UPDATED old→new unsure"}},
		{"a node was written twice", func(first, _ *script) {
			at := first.scheduled(t, string(pass.DiffAndUpdate), request(all...))
			first.completed(t, at, pass.DiffAndUpdateResult{
				Earlier: []counterparty.NodeOutcome{updated("a", "new")}, Nodes: []counterparty.NodeOutcome{updated("a", "newer")}})
		}, []string{"a UPDATED old→new", "a UPDATED old→newer"}},
		// The segment of the first try was lost, so that the second one was told nothing.
		{"the next try was not told, and tells it again", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.batch(t, all, updated("a", "new"), updated("b", "new"))
		}, []string{"a UPDATED old→new", "b UPDATED old→new"}},
		{"the next try was not told, and finds it equal", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.batch(t, all)
		}, []string{"a UPDATED old→new"}},
		{"the next try was not told, and the first write had not taken place", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.batch(t, all, outcome("a", counterparty.Rejected))
		}, []string{"a REJECTED"}},
		{"the next try was not told, and the first write had surely taken place", func(first, second *script) {
			first.failed(t, all, updated("a", "new"))
			second.batch(t, all, outcome("a", counterparty.Rejected))
		}, []string{"a UPDATED old→new", "a REJECTED"}},
		{"the next try was not told, and the register changed", func(first, second *script) {
			first.failed(t, all, unsure(updated("a", "new")))
			second.batch(t, all, updated("a", "newer"))
		}, []string{"a UPDATED old→new unsure", "a UPDATED old→newer"}},
		{"a segment that was lost is walked again", func(first, second *script) {
			first.batch(t, all, updated("a", "new"), outcome("b", counterparty.NotFound))
			second.batch(t, all, outcome("b", counterparty.NotFound), outcome("c", counterparty.NotFound))
		}, []string{"a UPDATED old→new", "b NOT_FOUND", "c NOT_FOUND"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var first, second script
			tt.give(&first, &second)
			got, _ := read(t, onePass(&first, &second))
			require.Equal(t, tt.want, brief(got))
		})
	}
}

func TestReadNamesWhatTemporalNoLongerKeeps(t *testing.T) {
	t.Parallel()
	var first, second script
	first.batch(t, []string{"a"}, updated("a", "new"))
	second.batch(t, []string{"b"}, updated("b", "new"))
	s := onePass(&first, &second)
	delete(s.histories, "segment-run-1")
	got, coverage := read(t, s)
	require.Equal(t, []string{"b UPDATED old→new"}, brief(got))
	require.Equal(t, journal.Coverage{Segments: 2, Gaps: []string{"pass/segment-1"}}, coverage)

	delete(s.histories, "run")
	_, err := (&journal.Reader{Temporal: s}).Read(t.Context(), "pass", "run", nil)
	require.ErrorIs(t, err, journal.ErrGone)
}

// A reset makes a new run of the pass, with the events of the old one up to some point.
func TestReadTellsWhatAllRunsOfAResetPassDid(t *testing.T) {
	t.Parallel()
	var first, second, third script
	first.batch(t, []string{"a"}, updated("a", "new"))
	second.batch(t, []string{"b"}, updated("b", "new"))
	third.batch(t, []string{"c"}, updated("c", "new"))
	s := onePass(&first, &second)
	var again script
	again.child("pass/segment-1", "segment-run-1")
	again.child("pass/segment-2", "segment-run-3")
	s.histories["again"], s.histories["segment-run-3"] = again.events, third.events
	s.resets, s.latest = map[string]string{"run": "again"}, "again"
	for _, runID := range []string{"run", "again", ""} {
		var got []journal.Entry
		_, err := (&journal.Reader{Temporal: s}).Read(t.Context(), "pass", runID, func(e journal.Entry) error {
			got = append(got, e)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{"a UPDATED old→new", "b UPDATED old→new", "c UPDATED old→new"}, brief(got))
	}
}

func TestReadEndsWithTheErrorOfItsReaderOrOfTemporal(t *testing.T) {
	t.Parallel()
	var s script
	s.batch(t, []string{"a"}, updated("a", "new"))
	enough := errors.New("enough")
	_, err := (&journal.Reader{Temporal: onePass(&s)}).Read(t.Context(), "pass", "run", func(journal.Entry) error { return enough })
	require.ErrorIs(t, err, enough)
	down := onePass(&s)
	down.down = errors.New("no connection")
	_, err = (&journal.Reader{Temporal: down}).Read(t.Context(), "pass", "run", nil)
	require.ErrorContains(t, err, "no connection")
}

func TestFilter(t *testing.T) {
	t.Parallel()
	entry := journal.Entry{Time: noon, INN: "1", NodeOutcome: counterparty.NodeOutcome{NodeID: "a", Outcome: counterparty.Updated,
		Changes:  []counterparty.Change{{Attribute: "idocs:okpo"}, {Attribute: "idocs:kpp"}},
		Reported: []counterparty.Change{{Attribute: "idocs:ogrn"}}}}
	tests := []struct {
		name string
		give journal.Filter
		want []string // attributes left; nil if the entry is left out
	}{
		{"none", journal.Filter{}, []string{"idocs:okpo", "idocs:kpp", "idocs:ogrn"}},
		{"node", journal.Filter{Nodes: []string{"b", "a"}}, []string{"idocs:okpo", "idocs:kpp", "idocs:ogrn"}},
		{"another node", journal.Filter{Nodes: []string{"b"}}, nil},
		{"identifier", journal.Filter{IDs: []string{"1"}}, []string{"idocs:okpo", "idocs:kpp", "idocs:ogrn"}},
		{"another identifier", journal.Filter{IDs: []string{"2"}}, nil},
		{"attribute", journal.Filter{Attributes: []string{"idocs:kpp"}}, []string{"idocs:kpp"}},
		{"attribute that was reported only", journal.Filter{Attributes: []string{"idocs:ogrn"}}, []string{"idocs:ogrn"}},
		{"another attribute", journal.Filter{Attributes: []string{"idocs:inn"}}, nil},
		{"outcome", journal.Filter{Outcomes: []counterparty.Outcome{counterparty.Gone}}, nil},
		{"rejected", journal.Filter{Rejected: true}, nil},
		{"since then", journal.Filter{Since: noon}, []string{"idocs:okpo", "idocs:kpp", "idocs:ogrn"}},
		{"since later", journal.Filter{Since: noon.Add(time.Second)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := tt.give.Apply(entry)
			var left []string
			for _, c := range append(got.Changes, got.Reported...) {
				left = append(left, c.Attribute)
			}
			require.Equal(t, tt.want, left)
			require.Equal(t, tt.want != nil, ok)
			require.Len(t, entry.Changes, 2, "the entry itself stays")
		})
	}
}

func TestRejectedHasAHintForEachOutcomeThatCanBeMended(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[counterparty.Outcome]bool{
		counterparty.Updated: false, counterparty.Unchanged: false, counterparty.Gone: false,
		counterparty.NotFound: true, counterparty.Ambiguous: true, counterparty.InvalidID: true, counterparty.Rejected: true,
	} {
		require.Equal(t, want, journal.Rejected(outcome), outcome)
	}
}
