package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// retry counts the tries of what fails, and waits before them.
type retry struct {
	delays []pass.Duration
	// tries is the number of the try that is waited for or under way; 0 if nothing has failed.
	tries int
	// waiting: the pass waits until the time, or until it is woken.
	waiting, woken bool
	until          time.Time
}

// after says how long to wait after a failure; again is false if waiting can't help, or there is no try left.
func (r *retry) after(failure *pass.Failure) (delay time.Duration, again bool) {
	if !failure.Retryable || r.tries >= len(r.delays) {
		return 0, false
	}
	return time.Duration(r.delays[r.tries]), true
}

func (r *retry) begin(until time.Time) {
	r.tries++
	r.until, r.waiting = until, true
}

// await waits for the delay, unless it is woken before.
func (r *retry) await(ctx workflow.Context, delay time.Duration, why string) error {
	r.woken = false
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout:      delay,
		TimerOptions: workflow.TimerOptions{Summary: flow.Summary(fmt.Sprintf("retry %d of %d: %s", r.tries, len(r.delays), why))},
	}, func() bool { return r.woken })
	r.waiting = false
	return err
}

// hear ends the wait. A stale call must not shorten a later one.
func (r *retry) hear(signal pass.Retry) {
	if !r.waiting {
		return
	}
	if signal.ResetTries {
		r.tries = 0
	}
	r.woken = true
}
