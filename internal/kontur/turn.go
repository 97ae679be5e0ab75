package kontur

import (
	"context"
	"time"
)

// Turn bounds and measures the requests of one caller from the moment on at which they go out. The wait for a free slot
// and for the rate is ours, and must not be held against the server.
type Turn struct {
	limit time.Duration
	spent time.Duration
	late  bool
}

// NewTurn makes a Turn in which the requests may take limit, all together. It is for one call of Query at a time.
func NewTurn(limit time.Duration) *Turn { return &Turn{limit: limit} }

// Spent is how long the requests have taken.
func (t *Turn) Spent() time.Duration { return t.spent }

// Late reports whether a request was ended because the limit was reached.
func (t *Turn) Late() bool { return t.late }

type turnKey struct{}

// WithTurn returns a context for calls that the turn bounds and measures.
func WithTurn(ctx context.Context, t *Turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// begin bounds a request by the timeout, and by what the turn of ctx has left. The returned function ends it.
func begin(ctx context.Context, timeout time.Duration) (bounded context.Context, within time.Duration, end func()) {
	t, ok := ctx.Value(turnKey{}).(*Turn)
	if !ok {
		bounded, cancel := context.WithTimeout(ctx, timeout)
		return bounded, timeout, cancel
	}
	within = min(timeout, t.limit-t.spent)
	bounded, cancel := context.WithTimeout(ctx, within)
	started := time.Now()
	return bounded, within, func() {
		t.spent += time.Since(started)
		// Whatever ended the request, its time is over.
		t.late = t.late || bounded.Err() == context.DeadlineExceeded && ctx.Err() == nil
		cancel()
	}
}
