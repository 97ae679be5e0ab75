package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// Anybody who may send signals may send a segment's progress. So a signal is for people only, until the next one: what
// counts is the segment's last word, or, where it ended without one, what its own history says that it told.

// hear shows what the current segment says that it has committed. It reports whether there is something new to show.
func (p *passRun) hear(progress pass.Progress) bool {
	if !p.listening || progress.Segment != p.segment || progress.Batches <= 0 {
		return false // of an earlier segment, or after its last word
	}
	p.take(progress)
	return true
}

// settle takes over what the current segment has committed, whatever signals said.
func (p *passRun) settle(progress pass.Progress) {
	p.listening, p.silent = false, progress.Silent
	p.take(progress)
}

func (p *passRun) take(progress pass.Progress) {
	p.result.Commit(p.base, progress, p.triesAgain())
	p.again.cursor = p.baseCursor
	if p.triesAgain() && progress.Batches > 0 {
		p.again.cursor = progress.LastDbid
	}
	p.sourcesWork()
}

// committed is what a segment that was lost has committed, as far as its history knows. Where that can't be read it is
// nothing: its nodes are walked again, and found equal.
func (p *passRun) committed(ctx workflow.Context, segment workflow.Execution) pass.ReadProgressResult {
	none := pass.ReadProgressResult{Progress: pass.Progress{Segment: p.segment}}
	if segment.RunID == "" {
		return none // it never began
	}
	found, err := flow.Execute(progressPolicy(uncancelled(ctx)), pass.ReadProgress, pass.ReadProgressRequest{WorkflowID: segment.ID, RunID: segment.RunID})
	if err != nil || found.Gone {
		workflow.GetLogger(ctx).Warn("what a lost segment committed is not known; its nodes are walked again", "sync", p.sync.ID,
			"segment", segment.ID, "error", err)
		return none
	}
	found.Progress.Segment = p.segment
	return found
}
