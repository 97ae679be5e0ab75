package workflows

import "go.temporal.io/sdk/workflow"

// Every change of the commands of a workflow has one function here: whether a run does as the code says now. A run that
// began under an earlier release goes on as it began, whatever it is replayed by. The ids are names on the wire.
//
// Commands are activities, timers, children, signals, and upserts of memo and search attributes: which, and in which order.
// An activity's input counts as well. Summaries, details, queries and the values of a memo are no commands.
//
// Until v1.0.0 is recorded none is needed: 0.x releases bind nobody, and their recordings are made anew under the next
// number. Package example shows what one looks like.

// Changed reports whether the run has the change: a run that passed this place before the change was there never has it,
// any other always.
func Changed(ctx workflow.Context, id string) bool {
	return workflow.GetVersion(ctx, id, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}
