package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// brake stops a pass before it changes more than its sync allows, until a person says that it may.
type brake struct {
	// approved: a person has seen the evidence. It holds for the rest of this pass.
	approved bool
	// verdict is what was said about the hold that waits; nil if nothing yet.
	verdict *pass.Approval
}

// beginBrake takes over what the walk has changed so far. It comes after begin.
func (p *passRun) beginBrake(previous *pass.Result) {
	if !p.sync.HasBrake() {
		return
	}
	p.result.Brake = &pass.Brake{}
	if p.inherited > 0 && previous.Brake != nil {
		p.result.Brake.Changed, p.result.Brake.Emptied = previous.Brake.Changed, previous.Brake.Emptied
	} else if p.inherited > 0 {
		p.result.Brake.Changed = int64(previous.Counts.Updated) // a pass without a brake
	}
}

// segmentBrake is what the next segment has to know; nil lets it write as fast as it can.
func (p *passRun) segmentBrake() *pass.SegmentBrake {
	if p.result.Brake == nil || p.brake.approved {
		return nil
	}
	return &pass.SegmentBrake{Changed: p.result.Brake.Changed, Emptied: p.result.Brake.Emptied, Processed: p.result.CountProcessedNodes}
}

// spendWritten counts the nodes of batches that were not committed: the next pass finds them equal, and would change as
// many others beyond the limit.
func (p *passRun) spendWritten() {
	if p.result.Brake == nil || len(p.written) == 0 {
		return
	}
	spent := *p.result.Brake
	nodes := map[string]bool{}
	for _, outcome := range p.written {
		if !nodes[outcome.NodeID] {
			nodes[outcome.NodeID] = true
			spent.Changed++
		}
		spent.Emptied += int64(outcome.Emptied())
	}
	p.result.Brake, p.written = &spent, nil
}

// waitForApproval waits for a person. It returns the pass's failure if that one refuses or nobody answers in time, and nil
// on cancellation.
func (p *passRun) waitForApproval(ctx workflow.Context, failure *pass.Failure) error {
	began := workflow.Now(ctx)
	timeout := time.Duration(*p.sync.ApprovalTimeout)
	p.hold(failure, began.Add(timeout).UTC())
	p.publish(ctx)
	hold := *p.result.Brake.Hold
	workflow.GetLogger(ctx).Warn("pass waits for approval", "sync", p.sync.ID, "dbid", p.checkpoint(), "hold", hold.Number,
		"until", hold.Until, "error", failure.Message, "hint", approvalHint(p.sync.ID))

	p.brake.verdict = nil
	waiting, stop := workflow.WithCancel(ctx)
	answered, err := workflow.AwaitWithOptions(waiting, workflow.AwaitOptions{
		Timeout:      timeout,
		TimerOptions: workflow.TimerOptions{Summary: cut("waits for approval until "+md.Time(hold.Until), maxSummary)},
	}, func() bool { return p.brake.verdict != nil })
	stop() // the timer, too: the Web UI would show it until its time has come
	p.waited += workflow.Now(ctx).Sub(began)
	switch {
	case temporal.IsCanceledError(err):
		p.release("")
		return nil
	case err != nil:
		return err
	case !answered:
		p.release(pass.Forgotten)
		return p.giveUp(ctx, &pass.Failure{
			Type:    pass.FailureNotApproved,
			Source:  pass.WriteSource,
			Message: fmt.Sprintf("nobody approved within %s: %s", pass.Duration(timeout), failure.Message),
			Hint:    hintAfterHold,
		})
	case p.brake.verdict.Answer == pass.Refused:
		p.release(pass.Refused)
		return p.giveUp(ctx, &pass.Failure{Type: pass.FailureRefused, Source: pass.WriteSource, Message: p.refusal(failure), Hint: hintAfterHold})
	}
	p.release(pass.Approved)
	p.brake.approved = true
	workflow.GetLogger(ctx).Info("pass approved; it goes on without a brake", "sync", p.sync.ID, "dbid", p.checkpoint(), "hold", hold.Number,
		"reason", p.brake.verdict.Reason)
	p.publish(ctx)
	return nil
}

// hintAfterHold is what to do about a pass that was not approved.
const hintAfterHold = "nothing more was changed; see what is wrong with the data or the mapping, and if nothing is, start the pass again and approve it"

// approvalHint is what to do about a pass that waits.
func approvalHint(syncID string) string {
	return fmt.Sprintf("starter status %s shows what it would change; starter approve %s lets it go on, starter refuse %s ends it", syncID, syncID, syncID)
}

// hold puts the pass into APPROVAL_WAITING.
func (p *passRun) hold(failure *pass.Failure, until time.Time) {
	next := pass.Hold{Number: 1, Until: until, Evidence: failure.Evidence}
	state := *p.result.Brake
	if state.Hold != nil {
		next.Number = state.Hold.Number + 1
	}
	state.Hold = &next
	failure.Hint = approvalHint(p.sync.ID)
	text := sentence(failure)
	p.result.Brake = &state
	p.result.Status, p.result.TryCount, p.result.NextTry, p.result.Error = pass.ApprovalWaiting, 0, &until, &text
	p.sourcesWait(failure)
}

// release ends APPROVAL_WAITING.
func (p *passRun) release(verdict pass.Decision) {
	state := *p.result.Brake
	hold := *state.Hold
	hold.Answer = verdict
	state.Hold = &hold
	p.result.Brake = &state
	p.result.Status, p.result.NextTry, p.result.Error = pass.InProgress, nil, nil
}

// refusal is what the pass says after an operator has refused it.
func (p *passRun) refusal(failure *pass.Failure) string {
	if reason := p.brake.verdict.Reason; reason != "" {
		return fmt.Sprintf("refused by an operator (%s): %s", ellipsis(reason, pass.MaxReasonLength), failure.Message)
	}
	return "refused by an operator: " + failure.Message
}

// listenForApproval takes the answer to the hold that waits. A stale one, or one for another pass, must not let anything
// pass.
func (p *passRun) listenForApproval(ctx workflow.Context) {
	for {
		answer := flow.Receive(ctx, pass.ApprovalSignal)
		waiting := p.result.Waiting()
		known := answer.Answer == pass.Approved || answer.Answer == pass.Refused
		if waiting == nil || p.brake.verdict != nil || !known || answer.Hold != waiting.Number ||
			answer.RunID != "" && answer.RunID != p.result.RunID {
			workflow.GetLogger(ctx).Warn("approval ignored: it answers nothing that waits", "sync", p.sync.ID, "hold", answer.Hold, "answer", answer.Answer)
			continue
		}
		p.brake.verdict = &answer
	}
}
