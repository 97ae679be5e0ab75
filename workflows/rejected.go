package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// again are nodes that earlier passes could not bring up to date. A pass that walks all nodes comes to them by itself; one
// that walks new nodes only tries them first, in segments of their own that do not move the checkpoint.
type again struct {
	// nodes are what is left to be tried, pass.MaxOnly in each segment.
	nodes [][]string
	// cursor is the dbid up to which those of the first part are done.
	cursor int64
}

// findRejected asks which nodes to try again.
func (p *passRun) findRejected(ctx workflow.Context) {
	schedule := scheduleOf(ctx)
	if schedule == "" || p.sync.AdHoc != nil || p.sync.Start != pass.Checkpoint || p.result.ResumedFrom == nil {
		return
	}
	found, err := flow.Execute(journalPolicy(ctx), pass.FindRejected, pass.FindRejectedRequest{ScheduleID: schedule, RunID: p.result.RunID})
	if err != nil {
		workflow.GetLogger(ctx).Warn("rejected nodes are not tried again: they could not be looked up", "sync", p.sync.ID, "error", err)
		return
	}
	if found.Left > 0 || len(found.Gaps) > 0 {
		workflow.GetLogger(ctx).Warn("not all rejected nodes are tried again", "sync", p.sync.ID, "left", found.Left, "gaps", found.Gaps,
			"hint", "a pass from the beginning tries them: starter trigger "+p.sync.ID+" --reset")
	}
	p.again.nodes = slices.Collect(slices.Chunk(found.Nodes, pass.MaxSelection))
}

// triesAgain reports whether the segment walks nodes that were rejected before.
func (p *passRun) triesAgain() bool { return len(p.again.nodes) > 0 }

// nextAgain goes on to the next nodes that were rejected, or to the new ones.
func (p *passRun) nextAgain() {
	p.again.nodes, p.again.cursor = p.again.nodes[1:], 0
	p.ahead, p.written = nil, nil
}

// walk is what the next segment walks: configuration and cursor.
func (p *passRun) walk() (pass.Sync, int64) {
	if p.triesAgain() {
		return p.sync.WithSelection(p.again.nodes[0]), p.again.cursor
	}
	return p.sync, p.checkpoint()
}
