package journal_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// told is what a segment sent to its pass.
func (s *script) told(t *testing.T, signal string, progress pass.Progress) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, Attributes: &history.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{
		SignalExternalWorkflowExecutionInitiatedEventAttributes: &history.SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalName: signal, Input: payloads(t, progress)}}})
}

// signalled is what somebody sent to the workflow.
func (s *script) signalled(t *testing.T, progress pass.Progress) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, Attributes: &history.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
		WorkflowExecutionSignaledEventAttributes: &history.WorkflowExecutionSignaledEventAttributes{SignalName: string(pass.ProgressSignal), Input: payloads(t, progress)}}})
}

// returned is the end of a segment in its own history.
func (s *script) returned(t *testing.T, result pass.SegmentResult) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, Attributes: &history.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
		WorkflowExecutionCompletedEventAttributes: &history.WorkflowExecutionCompletedEventAttributes{Result: payloads(t, result)}}})
}

// childReturned is that end in the history of its pass.
func (s *script) childReturned(t *testing.T, result pass.SegmentResult) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, Attributes: &history.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{
		ChildWorkflowExecutionCompletedEventAttributes: &history.ChildWorkflowExecutionCompletedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)}, Result: payloads(t, result)}}})
}

func (s *script) remembered(t *testing.T, result pass.Result) {
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, Attributes: &history.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{
		WorkflowPropertiesModifiedEventAttributes: &history.WorkflowPropertiesModifiedEventAttributes{
			UpsertedMemo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payloads(t, result).Payloads[0]}}}}})
}

// begun is a segment that the pass starts after the memo that it writes for it.
func (s *script) begun(t *testing.T, memo pass.Result, sync pass.Sync, id, runID string) {
	s.remembered(t, memo)
	s.add(&history.HistoryEvent{EventType: enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, Attributes: &history.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
		StartChildWorkflowExecutionInitiatedEventAttributes: &history.StartChildWorkflowExecutionInitiatedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: string(pass.SegmentWorkflow)}, Input: payloads(t, pass.SegmentRequest{Sync: sync})}}})
	s.child(id, runID)
}

func upTo(dbid int64, nodes int) pass.Progress {
	return pass.Progress{LastDbid: dbid, Batches: dbid / 10, Counts: counterparty.Counts{Updated: nodes}, Asked: int64(nodes), Emptied: 1}
}

func at(dbid int64, nodes int) pass.Result {
	return pass.Result{State: pass.State{LastModifiedNodeDbid: &dbid, CountProcessedNodes: int64(nodes)}, Counts: counterparty.Counts{Updated: nodes},
		Batches: dbid / 10, Brake: &pass.Brake{Changed: int64(nodes)}}
}

func TestCommittedIsWhatTheSegmentItselfTold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script func(*script)
		want   pass.Progress
	}{
		{"nothing", func(*script) {}, pass.Progress{}},
		{"its last word to the pass", func(s *script) {
			s.told(t, string(pass.ProgressSignal), upTo(10, 10))
			s.told(t, string(pass.ProgressSignal), upTo(20, 20))
			s.told(t, "other", upTo(30, 30))
		}, upTo(20, 20)},
		{"and not what others told it", func(s *script) {
			s.told(t, string(pass.ProgressSignal), upTo(10, 10))
			s.signalled(t, upTo(99_999_999, 5))
		}, upTo(10, 10)},
		{"its result before all", func(s *script) {
			s.told(t, string(pass.ProgressSignal), upTo(10, 10))
			s.returned(t, pass.SegmentResult{Progress: upTo(30, 30)})
		}, upTo(30, 30)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s script
			tt.script(&s)
			reader := &journal.Reader{Temporal: &temporal{histories: map[string][]*history.HistoryEvent{"run": s.events}}}
			got, err := reader.Committed(t.Context(), "segment", "run")
			require.NoError(t, err)
			require.Equal(t, tt.want, got.Progress)
		})
	}
	_, err := (&journal.Reader{Temporal: &temporal{}}).Committed(t.Context(), "segment", "run")
	require.ErrorIs(t, err, journal.ErrGone)
	down := &temporal{histories: map[string][]*history.HistoryEvent{"run": nil}, down: errors.New("refused")}
	_, err = (&journal.Reader{Temporal: down}).Committed(t.Context(), "segment", "run")
	require.ErrorContains(t, err, "refused")
}

// A signal changed the memo of a pass, which was cut off then. Its histories say where it was.
func TestStandingIsWhatTheHistoriesBearOut(t *testing.T) {
	t.Parallel()
	memo := at(99_999_999, 7)
	narrowed := pass.Sync{}.WithSelection([]string{"a"})
	tests := []struct {
		name   string
		script func(parent, segment *script)
		want   pass.Result // but for what no test here changes
	}{
		{"no segment: nothing that a signal could change", func(parent, _ *script) { parent.remembered(t, memo) }, memo},
		{"a segment that was cut off", func(parent, segment *script) {
			parent.begun(t, at(20, 15), pass.Sync{}, "segment", "segment-run")
			segment.told(t, string(pass.ProgressSignal), upTo(30, 10))
			parent.remembered(t, memo)
		}, at(30, 25)},
		{"a segment that told nothing", func(parent, _ *script) {
			parent.begun(t, at(20, 15), pass.Sync{}, "segment", "segment-run")
			parent.remembered(t, memo)
		}, at(20, 15)},
		{"a segment that had returned", func(parent, segment *script) {
			parent.begun(t, at(20, 15), pass.Sync{}, "segment", "segment-run")
			segment.told(t, string(pass.ProgressSignal), upTo(30, 10))
			parent.childReturned(t, pass.SegmentResult{Progress: upTo(40, 20)})
			parent.remembered(t, memo)
		}, at(40, 35)},
		{"the last one of several", func(parent, segment *script) {
			parent.begun(t, at(0, 0), pass.Sync{}, "first", "first-run")
			parent.childReturned(t, pass.SegmentResult{Progress: upTo(90, 90)})
			parent.begun(t, at(20, 15), pass.Sync{}, "segment", "segment-run")
			segment.told(t, string(pass.ProgressSignal), upTo(30, 10))
		}, at(30, 25)},
		{"a segment of chosen nodes leaves the checkpoint alone", func(parent, segment *script) {
			parent.begun(t, at(20, 15), narrowed, "segment", "segment-run")
			segment.told(t, string(pass.ProgressSignal), upTo(10, 10))
		}, at(20, 25)},
		{"a segment that Temporal no longer keeps: where it began", func(parent, _ *script) {
			parent.begun(t, at(20, 15), pass.Sync{}, "segment", "another-run")
			parent.remembered(t, memo)
		}, at(20, 15)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var parent, segment script
			tt.script(&parent, &segment)
			reader := &journal.Reader{Temporal: &temporal{histories: map[string][]*history.HistoryEvent{"run": parent.events, "segment-run": segment.events}}}
			got, err := reader.Standing(t.Context(), "pass", "run", memo)
			require.NoError(t, err)
			require.Equal(t, tt.want.LastModifiedNodeDbid, got.LastModifiedNodeDbid)
			require.Equal(t, tt.want.CountProcessedNodes, got.CountProcessedNodes)
			require.Equal(t, tt.want.Counts, got.Counts)
			require.Equal(t, tt.want.Brake.Changed, got.Brake.Changed)
		})
	}
	_, err := (&journal.Reader{Temporal: &temporal{}}).Standing(t.Context(), "pass", "run", memo)
	require.ErrorIs(t, err, journal.ErrGone)
}

// Which nodes the segment could not write it had not told yet: its history has them.
func TestStandingKnowsWhichNodesWereRejected(t *testing.T) {
	t.Parallel()
	var parent, segment script
	base := at(20, 15)
	base.Scope = &pass.Scope{Skipped: 3}
	parent.begun(t, base, pass.Sync{}, "segment", "segment-run")
	bad := outcome("b", counterparty.Ambiguous)
	bad.AskAgain = true
	segment.batch(t, []string{"a", "b", "c", "d"}, outcome("a", counterparty.Rejected), bad, outcome("c", counterparty.Ambiguous), updated("d", "new"))
	segment.told(t, string(pass.ProgressSignal), pass.Progress{LastDbid: 30, Batches: 1, Counts: counterparty.Counts{Rejected: 1}, Skipped: 4})
	memo := at(30, 16)
	memo.Scope = &pass.Scope{Skipped: 100, Partial: true}
	reader := &journal.Reader{Temporal: &temporal{histories: map[string][]*history.HistoryEvent{"run": parent.events, "segment-run": segment.events}}}
	got, err := reader.Standing(t.Context(), "pass", "run", memo)
	require.NoError(t, err)
	require.Equal(t, &pass.Scope{Skipped: 7, Partial: true, Rejected: []string{"a", "b"}}, got.Scope)
}
