package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// leftovers are nodes that earlier passes could not bring up to date. A pass that walks all nodes comes to them by itself;
// one that walks new nodes only tries them first, in segments of their own that do not move the checkpoint.
type leftovers struct {
	// parts are what is left to be tried, pass.MaxSelection in each segment.
	parts []leftoverPart
	// cursor is the dbid up to which those of the first part are done.
	cursor int64
	// untried is why they are not all tried; empty if they are.
	untried string
}

// leftoverPart is what one segment walks: nodes, and of some of them an outcome that may still hold.
type leftoverPart struct {
	nodes    []string
	standing []counterparty.NodeOutcome
}

// findLeftovers asks which nodes to try again. A pass over all nodes that goes on with the walk of one that ended too early does not
// come to the nodes that were open then, and tries these only. A pass that was rewound comes to some of them by itself, and leaves the others to
// the one after it.
func findLeftovers(ctx workflow.Context, sync pass.Sync, r pass.Result, before *pass.Result) leftovers {
	schedule := scheduleOf(ctx)
	openOnly := sync.Start != pass.Checkpoint
	if schedule == "" || sync.AdHoc != nil || r.ResumedFrom == nil || openOnly && (before == nil || before.Open == 0) {
		return leftovers{}
	}
	if r.Rewound {
		return leftovers{untried: "the checkpoint was set by hand"}
	}
	found, err := flow.Execute(journalPolicy.on(ctx, "which nodes were rejected before?"), pass.FindRejected, pass.FindRejectedRequest{ScheduleID: schedule, RunID: r.RunID, OpenOnly: openOnly})
	if err != nil {
		workflow.GetLogger(ctx).Warn("rejected nodes are not tried again: they could not be looked up", "sync", sync.ID, "error", err)
		return leftovers{untried: flow.Sentence(flow.FailureOf("look up the rejected nodes", err))}
	}
	if found.Left > 0 || len(found.Gaps) > 0 {
		workflow.GetLogger(ctx).Warn("not all rejected nodes are tried again", "sync", sync.ID, "left", found.Left, "gaps", found.Gaps,
			"hint", "a pass from the beginning tries them: starter trigger "+sync.ID+" --reset")
	}
	var l leftovers
	for nodes := range slices.Chunk(found.Nodes, pass.MaxSelection) {
		l.parts = append(l.parts, leftoverPart{nodes: nodes})
	}
	for outcomes := range slices.Chunk(found.Standing, pass.MaxSelection) {
		part := leftoverPart{standing: counterparty.Fit(outcomes, pass.MaxStanding)}
		for _, outcome := range outcomes {
			part.nodes = append(part.nodes, outcome.NodeID)
		}
		l.parts = append(l.parts, part)
	}
	return l
}

// walked reports whether segments walk them, and not the new nodes yet.
func (l *leftovers) walked() bool { return len(l.parts) > 0 }

// selection is what segments walk now.
func (l *leftovers) selection() *pass.Selection { return &pass.Selection{Nodes: l.parts[0].nodes} }

// input is what the next segment walks: configuration, the dbid after which it begins, and outcomes that may still hold.
func (l *leftovers) input(sync pass.Sync, checkpoint int64) (pass.Sync, int64, []counterparty.NodeOutcome) {
	if l.walked() {
		return sync.WithSelection(l.parts[0].nodes), l.cursor, l.parts[0].standing
	}
	return sync, checkpoint, nil
}

// next goes on to the next part of them, or to the new nodes.
func (l *leftovers) next() { l.parts, l.cursor = l.parts[1:], 0 }
