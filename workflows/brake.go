package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// brake stops a pass before it changes more than its sync allows, until a person says that it may.
type brake struct {
	// approved: a person has seen the evidence. It holds for the rest of this pass.
	approved bool
	// hold is the last one, waiting says that the pass waits for its answer. answer is what was said about it; nil if nothing yet.
	hold    *pass.Hold
	waiting bool
	answer  *pass.Approval
}

// in is what the pass has changed, with what holds it; nil if the sync has no limits.
func (b *brake) in(spent *pass.Brake) *pass.Brake {
	if spent == nil {
		return nil
	}
	return &pass.Brake{Changed: spent.Changed, Emptied: spent.Emptied, Hold: b.hold}
}

// forSegment is what the next segment has to know; nil lets it write as fast as it can.
func (b *brake) forSegment(r pass.Result) *pass.SegmentBrake {
	if r.Brake == nil || b.approved {
		return nil
	}
	return &pass.SegmentBrake{Changed: r.Brake.Changed, Emptied: r.Brake.Emptied, Processed: r.CountProcessedNodes}
}

// begin puts the pass into APPROVAL_WAITING.
func (b *brake) begin(evidence *pass.Evidence, until time.Time) {
	next := pass.Hold{Number: 1, Until: until, Evidence: evidence}
	if b.hold != nil {
		next.Number = b.hold.Number + 1
	}
	b.hold, b.waiting, b.answer = &next, true, nil
}

// await waits for the answer of a person, or until the time is up. Approved says afterwards whether the pass may go on.
func (b *brake) await(ctx workflow.Context, timeout time.Duration) error {
	waiting, stop := workflow.WithCancel(ctx)
	answered, err := flow.Await(waiting, timeout, "waits for approval until "+md.Time(b.hold.Until), func() bool { return b.answer != nil })
	stop() // the timer, too: the Web UI would show it until its time has come
	b.waiting = false
	if err != nil {
		return err
	}
	ended := *b.hold
	ended.Answer = pass.Forgotten
	if answered {
		ended.Answer = b.answer.Answer
	}
	b.hold, b.approved = &ended, ended.Answer == pass.Approved
	return nil
}

// hear takes the answer to the hold that waits. It reports false for a stale one and one for another pass, which must not let
// anything pass.
func (b *brake) hear(answer pass.Approval, runID string) bool {
	known := answer.Answer == pass.Approved || answer.Answer == pass.Refused
	if !b.waiting || b.answer != nil || !known || answer.Hold != b.hold.Number || answer.RunID != "" && answer.RunID != runID {
		return false
	}
	b.answer = &answer
	return true
}

// refusal is the failure of a pass that was not approved.
func (b *brake) refusal(failure *pass.Failure, timeout time.Duration) *pass.Failure {
	refusal := pass.Failure{
		Type:    pass.FailureRefused,
		Source:  pass.WriteSource,
		Message: "refused by an operator: " + failure.Message,
		Hint:    "nothing more was changed; check the data and the mapping, and if nothing is wrong, start the pass again and approve it",
	}
	switch {
	case b.answer == nil:
		refusal.Type, refusal.Message = pass.FailureNotApproved, fmt.Sprintf("not approved within %s: %s", pass.Duration(timeout), failure.Message)
	case b.answer.Reason != "":
		refusal.Message = fmt.Sprintf("refused by an operator (%s): %s", excerpt.Bytes(b.answer.Reason, pass.MaxReasonLength), failure.Message)
	}
	return &refusal
}

// spentBefore is what the walk has changed before a pass that found it as r; nil if the sync has no limits.
func spentBefore(r pass.Result, sync pass.Sync, previous *pass.Result) *pass.Brake {
	switch {
	case !sync.HasBrake():
		return nil
	case r.CountProcessedNodes > 0 && previous.Brake != nil:
		return &pass.Brake{Changed: previous.Brake.Changed, Emptied: previous.Brake.Emptied}
	case r.CountProcessedNodes > 0:
		return &pass.Brake{Changed: int64(previous.Counts.Updated)} // a pass without a brake
	}
	return &pass.Brake{}
}

// spend counts the nodes of batches that were not committed: the next pass finds them equal, and would change as many others
// beyond the limit.
func spend(brake *pass.Brake, written []counterparty.NodeOutcome) *pass.Brake {
	if brake == nil || len(written) == 0 {
		return brake
	}
	spent := *brake
	nodes := map[string]bool{}
	for _, outcome := range written {
		if !nodes[outcome.NodeID] {
			nodes[outcome.NodeID] = true
			spent.Changed++
		}
		spent.Emptied += int64(outcome.Emptied())
	}
	return &spent
}
