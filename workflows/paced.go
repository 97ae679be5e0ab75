package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// paced makes a call and makes it again after the time that the other side asks to wait, within a bound. If it is told to
// wait again it waits at least as long as it has waited so far, up to pacingStep. What is the call in words; tell hears what
// is waited for.
func paced[T any](ctx workflow.Context, who, what string, tell func(string), call func(workflow.Context) (T, error)) (T, error) {
	var waited time.Duration
	for {
		value, err := call(ctx)
		wait, limited := retryAfter(err)
		wait = max(wait, min(waited, pacingStep))
		if !limited || waited+wait > maxPacing {
			return value, err
		}
		waited += wait
		asks := fmt.Sprintf("%s asks to wait %s", who, pass.Duration(wait))
		tell(asks + ", until " + md.Time(workflow.Now(ctx).Add(wait)))
		timer := workflow.TimerOptions{Summary: excerpt.Cut(asks+": "+what, maxSummary)}
		if err := workflow.NewTimerWithOptions(ctx, wait, timer).Get(ctx, nil); err != nil {
			var none T
			return none, err
		}
	}
}

// uncancelled is ctx for what is to be finished although the workflow is cancelled: a write that has begun. Contexts
// belong to one coroutine, so each makes its own.
func uncancelled(ctx workflow.Context) workflow.Context {
	finish, _ := workflow.NewDisconnectedContext(ctx)
	return finish
}

// canceled reports whether err only says that the batch was called off.
func canceled(err error) bool { return temporal.IsCanceledError(err) }
