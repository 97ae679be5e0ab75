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

// Await waits until the condition holds, and reports whether it did before the time was up. It wakes the workflow after each
// stretch, so that what else is due is seen; a stretch of 0 is the whole time.
func Await(ctx workflow.Context, timeout time.Duration, stretch func(workflow.Context) time.Duration, summary string, condition func() bool) (bool, error) {
	until := workflow.Now(ctx).Add(timeout)
	for {
		left := until.Sub(workflow.Now(ctx))
		wait := left
		if most := stretch(ctx); most > 0 {
			wait = min(left, most)
		}
		held, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: Summary(summary)},
		}, condition)
		if held || err != nil || wait == left {
			return held, err
		}
	}
}

// Uncancelled is ctx for what is to be finished although the workflow is cancelled: a write that has begun. Contexts
// belong to one coroutine, so each makes its own.
func Uncancelled(ctx workflow.Context) workflow.Context {
	finish, _ := workflow.NewDisconnectedContext(ctx)
	return finish
}
