package kontur

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer decides when a request may go out: a free slot, no pause, and a turn by the rate.
type pacer struct {
	slots chan struct{}
	rate  *rate.Limiter

	mu    sync.Mutex
	until time.Time // the end of the pause that the server asked for
}

// newPacer allows perSecond requests in even steps: bursts are what a server's own limit is made against.
func newPacer(perSecond float64, concurrency int) *pacer {
	return &pacer{slots: make(chan struct{}, concurrency), rate: rate.NewLimiter(rate.Limit(perSecond), 1)}
}

// pauseError says that a pause will last longer than the caller has time.
type pauseError struct{ left time.Duration }

func (e *pauseError) Error() string { return fmt.Sprintf("a pause of %s is left", e.left) }

// enter waits for a turn. On success, the caller calls leave when its request ended. The error is that of ctx, or a
// *pauseError at once if the pause outlasts the deadline of ctx.
func (p *pacer) enter(ctx context.Context) (leave func(), err error) {
	for {
		if err := p.waitPause(ctx); err != nil {
			return nil, err
		}
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := p.waitTurn(ctx); err != nil {
			p.leave()
			return nil, err
		}
		if p.pauseLeft() == 0 {
			return p.leave, nil
		}
		// The request before this one was told to wait while this one stood in line. A pause is spent without a slot,
		// so that callers with less time are not stuck behind one with more.
		p.leave()
	}
}

func (p *pacer) leave() { <-p.slots }

// waitTurn waits for the rate. The limiter has an error of its own for a turn that comes after the deadline.
func (p *pacer) waitTurn(ctx context.Context) error {
	err := p.rate.Wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return context.DeadlineExceeded
	}
}

func (p *pacer) waitPause(ctx context.Context) error {
	for left := p.pauseLeft(); left > 0; left = p.pauseLeft() {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < left {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &pauseError{left: left}
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return nil
}

// pause keeps all requests back for d from now on. A shorter pause does not shorten a longer one.
func (p *pacer) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

func (p *pacer) pauseLeft() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, time.Until(p.until))
}
