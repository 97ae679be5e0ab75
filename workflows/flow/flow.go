// Package flow is what the workflows of this program have in common: it calls, receives and answers what packages pass and
// report name on the wire, with the types that belong to the names; and it says in words why something failed.
//
// It decides nothing: what happens next is the business of the workflows, and how long an activity may take that of their
// policies.go.
package flow

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/excerpt"
)

// maxSummary keeps summaries below the 400 bytes that Temporal takes.
const maxSummary = 200

// Summary shortens a text to what Temporal takes as the summary of an activity or a timer.
func Summary(text string) string { return excerpt.Cut(text, maxSummary) }

// Sleep waits. Summary is for people. It fails only if ctx is cancelled before its time.
func Sleep(ctx workflow.Context, d time.Duration, summary string) error {
	return workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: Summary(summary)}).Get(ctx, nil)
}

// Await waits until the condition holds, and reports whether it did before the time was up. Summary is for people.
func Await(ctx workflow.Context, timeout time.Duration, summary string, condition func() bool) (bool, error) {
	return workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout: timeout, TimerOptions: workflow.TimerOptions{Summary: Summary(summary)},
	}, condition)
}

// Uncancelled is ctx for what is to be finished although the workflow is cancelled: a write that has begun. Contexts
// belong to one coroutine, so each makes its own.
func Uncancelled(ctx workflow.Context) workflow.Context {
	finish, _ := workflow.NewDisconnectedContext(ctx)
	return finish
}
