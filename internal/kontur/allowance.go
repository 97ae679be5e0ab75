package kontur

import (
	"context"
	"time"
)

// Allowance bounds and measures the requests of one caller from the moment on at which they go out. The wait for a free slot
// and for the rate is ours, and must not be held against the server.
type Allowance struct {
	limit time.Duration
	spent time.Duration
	late  bool
}

// NewAllowance makes an Allowance by which the requests may take limit, all together. It is for one call of Query at a
// time.
func NewAllowance(limit time.Duration) *Allowance { return &Allowance{limit: limit} }

// Spent is how long the requests have taken.
func (a *Allowance) Spent() time.Duration { return a.spent }

// Late reports whether a request was ended because the limit was reached.
func (a *Allowance) Late() bool { return a.late }

type allowanceKey struct{}

// WithAllowance returns a context for calls that the allowance bounds and measures.
func WithAllowance(ctx context.Context, a *Allowance) context.Context {
	return context.WithValue(ctx, allowanceKey{}, a)
}

// begin bounds a request by the timeout, and by what the allowance of ctx has left. The returned function ends it.
func begin(ctx context.Context, timeout time.Duration) (bounded context.Context, within time.Duration, end func()) {
	a, ok := ctx.Value(allowanceKey{}).(*Allowance)
	if !ok {
		a = NewAllowance(timeout)
	}
	within = min(timeout, a.limit-a.spent)
	bounded, cancel := context.WithTimeout(ctx, within)
	started := time.Now()
	return bounded, within, func() {
		a.spent += time.Since(started)
		// Whatever ended the request, its time is over.
		a.late = a.late || bounded.Err() == context.DeadlineExceeded && ctx.Err() == nil
		cancel()
	}
}
