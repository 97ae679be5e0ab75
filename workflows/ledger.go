package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// ledger is what the pass has committed.
//
// Anybody who may send signals may send a segment's progress. So a signal is for people only, until the next one: what
// counts is the segment's last word, or, where it ended without one, what its own history shows that it reported.
type ledger struct {
	// base is the pass as the current segment found it; what only other parts of the pass know of it is not kept up to date.
	base pass.Result
	// progress is what the current segment has committed. chosen: it walks chosen nodes, which leave the checkpoint alone.
	// listening: it has not had its last word, so that its signals are shown.
	progress          pass.Progress
	segment           int
	chosen, listening bool
	// inherited are the nodes that the pass before had walked of this walk.
	inherited int64
}

// total is base with what the current segment has committed.
func (l *ledger) total() pass.Result {
	r := l.base
	r.Commit(l.base, l.progress, l.chosen)
	return r
}

// open begins the account of the next segment.
func (l *ledger) open(chosen bool) {
	l.base, l.progress = l.total(), pass.Progress{}
	l.segment++
	l.chosen, l.listening = chosen, true
}

// hear takes what the current segment says that it has committed. It reports whether there is something new to show.
func (l *ledger) hear(progress pass.Progress) bool {
	if !l.listening || progress.Segment != l.segment || progress.Batches <= 0 {
		return false // of an earlier segment, or after its last word
	}
	l.progress = progress
	return true
}

// settle adopts what the current segment has committed, whatever signals said.
func (l *ledger) settle(progress pass.Progress) { l.progress, l.listening = progress, false }

// advances reports whether the current segment says that it has committed something.
func (l *ledger) advances() bool { return l.listening && l.progress.Batches > 0 }

// committedBy is what a segment that was lost has committed, as far as its history knows. Where that can't be read it is
// nothing: its nodes are walked again, and found equal.
func committedBy(ctx workflow.Context, syncID string, segment workflow.Execution, number int) pass.ReadProgressResult {
	none := pass.ReadProgressResult{Progress: pass.Progress{Segment: number}}
	if segment.RunID == "" {
		return none // it never began
	}
	found, err := flow.Execute(progressPolicy.on(flow.Uncancelled(ctx), "what had the lost segment committed?"), pass.ReadProgress, pass.ReadProgressRequest{WorkflowID: segment.ID, RunID: segment.RunID})
	if err != nil || found.Gone {
		workflow.GetLogger(ctx).Warn("what a lost segment committed is not known; its nodes are walked again", "sync", syncID,
			"segment", segment.ID, "error", err)
		return none
	}
	found.Progress.Segment = number
	return found
}
