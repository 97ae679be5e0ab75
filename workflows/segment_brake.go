package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// braked reports whether the segment may change no more than its sync allows.
func (s *segmentRun) braked() bool { return s.request.Brake != nil }

// turn waits until every batch before this one is committed, because a budget holds only if one batch at a time is
// written. Without a brake it is always the batch's turn.
func (s *segmentRun) turn(ctx workflow.Context, b *batch) error {
	if !s.braked() || s.first(b) {
		return nil
	}
	s.enter(ctx, b, "waits for its turn to be written, because of the brake")
	return workflow.Await(ctx, func() bool { return s.first(b) })
}

func (s *segmentRun) first(b *batch) bool { return len(s.batches) > 0 && s.batches[0] == b }

// budget is what the batch, whose turn it is, may change; nil if there is no limit.
func (s *segmentRun) budget(b *batch) *pass.Budget {
	if !s.braked() {
		return nil
	}
	budget := s.sync.Left(s.spent(), s.allNodes(b))
	return &budget
}

// spent is what the walk has changed before the batch whose turn it is.
func (s *segmentRun) spent() pass.Brake {
	return pass.Brake{
		Changed: s.request.Brake.Changed + int64(s.result.Counts.Updated) + s.result.AlsoChanged,
		Emptied: s.request.Brake.Emptied + s.result.Emptied,
	}
}

// allNodes is about how many nodes the walk has: those before the batch, and those that the fetch has seen from it on. If
// nobody knows how many these are it is those that were fetched, which makes a share smaller and never larger.
func (s *segmentRun) allNodes(b *batch) int64 {
	return s.request.Brake.Processed + int64(s.result.Counts.Total()) + max(b.total, int64(len(b.nodes)))
}

// held is the failure of a batch that would change more than the brake allows.
func (s *segmentRun) held(b *batch, held *pass.Evidence) *pass.Failure {
	evidence := *held
	evidence.Written = nil // for the next try, and not for people
	return &pass.Failure{
		Type:   pass.FailureHeld,
		Source: pass.WriteSource,
		Message: fmt.Sprintf("the brake holds the pass before it writes the batch after dbid %s, in which %d of %d nodes differ: %s",
			md.Number(b.after), held.Changed, held.Nodes, s.sync.Exceeded(*held, s.spent(), s.allNodes(b))),
		Evidence: &evidence,
	}
}
