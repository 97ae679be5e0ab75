package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/history/v1"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// Committed is what a segment has committed by its own history: its result, or else what it reported to its pass last, with the
// nodes that the next walk has to ask about again, of batches behind that too. Anyone can send signals; a history is
// written by Temporal alone. A segment that is gone is ErrGone.
func (r *Reader) Committed(ctx context.Context, workflowID, runID string) (pass.SegmentResult, error) {
	var last *commonpb.Payloads
	var result pass.SegmentResult
	var again []string
	var open []pass.OpenNode
	writes, fetches := map[int64]bool{}, map[int64]bool{}
	remember := func(id string) {
		// One more than is remembered says that there are others.
		if len(again) <= pass.MaxRejected {
			again = append(again, id)
		}
	}
	err := r.events(ctx, runs.Execution{WorkflowID: workflowID, RunID: runID}, func(event *history.HistoryEvent) error {
		if sent := event.GetSignalExternalWorkflowExecutionInitiatedEventAttributes(); sent.GetSignalName() == string(pass.ProgressSignal) {
			last = sent.GetInput()
		}
		switch event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() {
		case string(pass.DiffAndUpdate):
			writes[event.GetEventId()] = true
		case string(pass.FetchBatch):
			fetches[event.GetEventId()] = true
		}
		if fetches[event.GetActivityTaskCompletedEventAttributes().GetScheduledEventId()] {
			failed, err := unreadBy(event)
			for _, node := range failed {
				remember(node.Outcome().NodeID)
			}
			return err
		}
		if completed := event.GetActivityTaskCompletedEventAttributes(); writes[completed.GetScheduledEventId()] {
			var written pass.DiffAndUpdateResult
			if err := decode(completed.GetResult(), &written); err != nil {
				return fmt.Errorf("event %d: %w", event.GetEventId(), err)
			}
			for _, id := range written.Again() {
				remember(id)
			}
			open = append(open, written.Open...)
		}
		if completed := event.GetWorkflowExecutionCompletedEventAttributes(); completed != nil {
			last = nil
			return decode(completed.GetResult(), &result)
		}
		return nil
	})
	if runs.IsNotFound(err) {
		return pass.SegmentResult{}, fmt.Errorf("%w: %s", ErrGone, workflowID)
	}
	if err == nil && last != nil {
		result.Rejected, result.Open = again, open
		err = decode(last, &result.Progress)
	}
	if err != nil {
		return pass.SegmentResult{}, fmt.Errorf("read what %s committed: %w", workflowID, err)
	}
	return result, nil
}

// Standing is where a pass really was that left no last word, given what its memo says. That has what signals said about the
// last segment, so it is made anew: of the memo as it was when the segment began, and of what the segment committed. Where
// Temporal no longer keeps the segment it is where that began. A pass that is gone is ErrGone.
func (r *Reader) Standing(ctx context.Context, workflowID, runID string, memo pass.Result) (pass.Result, error) {
	s := standing{result: memo}
	if err := r.events(ctx, runs.Execution{WorkflowID: workflowID, RunID: runID}, s.read); runs.IsNotFound(err) {
		return memo, fmt.Errorf("%w: %s", ErrGone, workflowID)
	} else if err != nil {
		return memo, fmt.Errorf("read pass %s: %w", workflowID, err)
	}
	if !s.begun {
		return memo, nil // no segment, nothing that a signal could have changed
	}
	if s.ended == nil && s.segment.RunID != "" {
		committed, err := r.Committed(ctx, s.segment.WorkflowID, s.segment.RunID)
		if err != nil && !errors.Is(err, ErrGone) {
			return memo, err
		}
		s.ended = &committed
	}
	return s.end()
}

// standing is what is read of a pass to know where it was.
type standing struct {
	result pass.Result
	// memo is the last one so far; base is that which the last segment found, begun says that there is one.
	memo, base *commonpb.Payload
	begun      bool
	request    struct {
		Sync pass.Sync `json:"sync"`
	}
	segment runs.Execution
	ended   *pass.SegmentResult
}

func (s *standing) read(event *history.HistoryEvent) error {
	isSegment := func(t *commonpb.WorkflowType) bool { return t.GetName() == string(pass.SegmentWorkflow) }
	if memo := event.GetWorkflowPropertiesModifiedEventAttributes().GetUpsertedMemo().GetFields()[pass.StateMemo]; memo != nil {
		s.memo = memo
	}
	if begun := event.GetStartChildWorkflowExecutionInitiatedEventAttributes(); isSegment(begun.GetWorkflowType()) {
		s.begun, s.base, s.segment, s.ended, s.request.Sync = true, s.memo, runs.Execution{}, nil, pass.Sync{}
		if err := decode(begun.GetInput(), &s.request); err != nil {
			return fmt.Errorf("event %d: %w", event.GetEventId(), err)
		}
	}
	if started := event.GetChildWorkflowExecutionStartedEventAttributes(); isSegment(started.GetWorkflowType()) {
		s.segment = runs.Of(started.GetWorkflowExecution())
	}
	if completed := event.GetChildWorkflowExecutionCompletedEventAttributes(); isSegment(completed.GetWorkflowType()) {
		s.ended = &pass.SegmentResult{}
		if err := decode(completed.GetResult(), s.ended); err != nil {
			return fmt.Errorf("event %d: %w", event.GetEventId(), err)
		}
	}
	return nil
}

// end puts together what was read.
func (s *standing) end() (pass.Result, error) {
	var base pass.Result
	if s.base != nil {
		if err := dataConverter.FromPayload(s.base, &base); err != nil {
			return s.result, fmt.Errorf("memo of pass %s: %w", s.result.WorkflowID, err)
		}
	}
	ended := cmp.Or(s.ended, &pass.SegmentResult{})
	s.result.Commit(base, ended.Progress, s.request.Sync.Selection() != nil)
	if s.result.Scope != nil && len(ended.Rejected) > 0 {
		walk := *s.result.Scope
		walk.Reject(ended.Rejected)
		s.result.Scope = &walk
	}
	return s.result, nil
}
