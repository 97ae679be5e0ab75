package workflows

import "go.temporal.io/sdk/workflow"

// Every change of the commands of a workflow has one function here: whether a run does as the code says now. A run that
// began under an earlier release goes on as it began, whatever it is replayed by. The ids are names on the wire.
//
// Commands are activities, timers, children, signals, and upserts of memo and search attributes: which, and in which order.
// An activity's input counts as well. Summaries, details, queries and the values of a memo are no commands.

// setsSearchAttributes: a pass asks at its start whether it may set search attributes, and sets them on itself and on its
// segments. Since v0.2.0; runs of v0.1.0 neither ask nor set. The old way may go when none of these is open or kept.
func setsSearchAttributes(ctx workflow.Context) bool { return changed(ctx, "search-attributes") }

// writesMemoPerSegment: a pass writes its memo at the start of each segment, so that there is one from its first moment on.
// Since v0.2.0; runs of v0.1.0 write none before the first batch is committed. The old way may go when none of these is
// open or kept.
func writesMemoPerSegment(ctx workflow.Context) bool { return changed(ctx, "memo-per-segment") }

// failsWithoutNodes: a walk that finds no nodes where the one before found some fails. Since v0.3.0; runs of earlier
// releases complete. Only such a run asks. The old way may go when none of these is open or kept.
func failsWithoutNodes(ctx workflow.Context) bool { return changed(ctx, "no-nodes-fail") }

// guardsQuotas: segments read the quotas of Kontur.Focus and end before one might run out; the sync that a segment is given
// has its quotaReserve. Since v0.3.0; passes that began before give none to their segments, which go without then. The old
// way may go when none of these is open or kept.
func guardsQuotas(ctx workflow.Context) bool { return changed(ctx, "quotas") }

// readsChanges: a pass of a sync with changedOnly asks about what changed only. Since v0.3.0; a pass that began before asks
// about everybody. Only such a sync asks. The old way may go when none of these is open or kept.
func readsChanges(ctx workflow.Context) bool { return changed(ctx, "changed-only") }

// triesRejectedAgain: a pass that walks new nodes only tries first what earlier passes could not bring up to date. Since
// v0.3.0; runs of earlier releases walk the new nodes only. The old way may go when none of these is open or kept.
func triesRejectedAgain(ctx workflow.Context) bool { return changed(ctx, "rejected-again") }

// changed reports whether the run has the change.
func changed(ctx workflow.Context, id string) bool {
	return workflow.GetVersion(ctx, id, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}
