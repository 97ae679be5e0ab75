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
	// wakes is how often starts of workers have ended a wait since the last commit.
	wakes int
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

// last reports whether no try is left after the one that is under way.
func (r *retry) last() bool { return len(r.delays) <= r.tries }

func (r *retry) begin(until time.Time) {
	r.tries++
	r.until, r.waiting, r.woken = until, true, false
}

// await waits for the delay, unless it is woken before.
func (r *retry) await(ctx workflow.Context, delay time.Duration, why string) error {
	_, err := flow.Await(ctx, delay, fmt.Sprintf("retry %d of %d: %s", r.tries, len(r.delays), why), func() bool { return r.woken })
	r.waiting = false
	return err
}

// committed begins anew: what failed before is done.
func (r *retry) committed() { r.tries, r.wakes = 0, 0 }

// hear ends the wait, and reports whether it does. A stale call must not shorten a later one, and starts of workers end no
// more than pass.MaxWakes: tries that are reset again and again would never be used up.
func (r *retry) hear(signal pass.Retry) bool {
	if !r.waiting || r.woken {
		return false
	}
	if seen := signal.NextTry; seen != nil {
		if r.wakes == pass.MaxWakes || !seen.Equal(r.until) {
			return false
		}
		r.wakes++
	}
	if signal.ResetTries {
		r.tries = 0
	}
	r.woken = true
	return true
}
