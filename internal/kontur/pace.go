package kontur

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pacer decides when a request may go out, and whose: it needs a free slot, no pause that holds for it, and a turn by the
// rate. Whose turn it is, is settled when there is one and not before, so that a later request does not queue behind the
// other class, nor behind a method that is paused.
type pacer struct {
	// between is the least time between two requests: bursts are what a server's own limit is made against.
	between time.Duration
	// patience is how long a request that nothing is heard of keeps its slot from others.
	patience time.Duration

	mu sync.Mutex
	// clients is among how many the rate is shared out; lastly is when a request of each class began or ended.
	clients int
	lastly  [classes]time.Time
	// slots is how many requests may be in flight, out those that are.
	slots int
	out   []*waiter
	// next is when the rate has a turn again; pauses are what the server makes wait.
	next   time.Time
	pauses pauses
	// waiting are those who stand in line, in the order in which they came, by class.
	waiting [classes][]*waiter
	shares  shares
	// alarm looks for turns at rings; rings is zero if it is not set. awaited: a request was queued for the next turn before
	// it came.
	alarm   *time.Timer
	rings   time.Time
	awaited bool
}

// waiter is one request, in a queue and then in flight.
type waiter struct {
	method   string
	class    Class
	deadline time.Time // zero if there is none
	// turn gets nil when it may go out, or why it may not.
	turn chan error
	// came is when it stood in line, began when it had its turn. charged: that was at the cost of the other class.
	came, began time.Time
	charged     bool
	// heard is when something was last heard of the server. giveUp ends the request; given: it was called.
	heard  time.Time
	giveUp func()
	given  bool
}

// newPacer allows perSecond requests in even steps and shares them out: reports get so many percent while passes wait, too.
func newPacer(perSecond float64, concurrency, reportPercent int, patience time.Duration) *pacer {
	return &pacer{
		between:  time.Duration(float64(time.Second) / perSecond),
		patience: patience,
		clients:  1,
		slots:    concurrency,
		pauses:   pauses{limited: map[string]time.Time{}, silent: map[string]time.Time{}},
		shares:   shares{reportPercent: reportPercent},
	}
}

// enter waits for a turn of the method and of the class of ctx. On success, the caller calls leave when its request ended.
// GiveUp is called, once at most, if the request is to end because others need its slot. The error is that of ctx, or a
// *pauseError at once if a pause is not waited for in line.
func (p *pacer) enter(ctx context.Context, method string, giveUp func()) (*waiter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{method: method, class: classOf(ctx), turn: make(chan error, 1), came: time.Now(), giveUp: giveUp}
	w.deadline, _ = ctx.Deadline()

	p.mu.Lock()
	if p.idle(w.class, w.came) {
		p.shares.ahead = 0 // what a class has not had is no use to it when it has asked for nothing since
	}
	p.waiting[w.class] = append(p.waiting[w.class], w)
	p.refuse(w.came)
	p.grant()
	p.mu.Unlock()

	var err error
	select {
	case err = <-w.turn:
	case <-ctx.Done():
		err = p.abandon(w, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// abandon takes a waiter out of the line. One that has had its turn meanwhile gives the slot back.
func (p *pacer) abandon(w *waiter, why error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting[w.class], w); i >= 0 {
		p.waiting[w.class] = slices.Delete(p.waiting[w.class], i, i+1)
		return why
	}
	if <-w.turn == nil {
		p.free(w)
	}
	return why
}

func (p *pacer) leave(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// One that hung for minutes asked all the while: what it had is not forgotten when its class asks again.
	now := time.Now()
	p.lastly[w.class] = now
	if other := p.first(w.class.other(), now); other != nil {
		// A request that took more than its turn kept the slot from those who waited.
		more := now.Sub(later(w.began, other.came)) / time.Duration(p.slots)
		if w.charged {
			more -= p.between
		}
		p.shares.charge(w.class, max(0, more))
	}
	p.free(w)
}

// free gives the slot of a request to others. Call it with the lock held, as what follows.
func (p *pacer) free(w *waiter) {
	p.out = slices.DeleteFunc(p.out, func(o *waiter) bool { return o == w })
	p.grant()
}

// grant hands out the turns that there are.
func (p *pacer) grant() {
	for {
		now := time.Now()
		first := [classes]*waiter{ForPass: p.first(ForPass, now), ForReport: p.first(ForReport, now)}
		switch {
		case first == [classes]*waiter{}:
			p.lookAgain(p.pausesEnd(now))
			return
		case len(p.out) == p.slots:
			p.reclaim(now)
			return
		case p.next.After(now):
			p.awaited = true
			p.lookAgain(p.next)
			return
		}
		w := first[p.shares.next(first[ForPass] != nil, first[ForReport] != nil)]
		p.waiting[w.class] = slices.DeleteFunc(p.waiting[w.class], func(o *waiter) bool { return o == w })
		p.out = append(p.out, w)
		p.lastly[w.class], w.began, w.heard = now, now, now
		if w.charged = first[w.class.other()] != nil; w.charged {
			p.shares.charge(w.class, p.between)
		}
		ready, step := p.next, p.step()
		p.next = now.Add(step)
		if p.awaited && now.Sub(ready) < step {
			// A timer that rings a little late must not lower the rate; time in which nothing was asked is lost.
			p.next = ready.Add(step)
		}
		p.awaited = false
		w.turn <- nil
	}
}

// first is the first of a class whom no pause keeps back; nil if there is none.
func (p *pacer) first(class Class, now time.Time) *waiter {
	for _, w := range p.waiting[class] {
		if !p.pauses.until(w.method).After(now) {
			return w
		}
	}
	return nil
}

// unasked is how long a class has to ask for nothing before that counts as rest.
const unasked = 10 * time.Second

// step is the time from a turn to the next one: all clients together keep to the rate.
func (p *pacer) step() time.Duration { return p.between * time.Duration(p.clients) }

// idle reports whether a class has not asked for a while.
func (p *pacer) idle(class Class, now time.Time) bool {
	return len(p.waiting[class]) == 0 && now.Sub(p.lastly[class]) > unasked
}

// lookAgain looks for turns at a time, once for all who wait; never if that is zero.
func (p *pacer) lookAgain(at time.Time) {
	if at.IsZero() || !p.rings.IsZero() && !at.Before(p.rings) {
		return
	}
	if p.alarm != nil {
		p.alarm.Stop()
	}
	p.rings = at
	p.alarm = time.AfterFunc(time.Until(at), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rings = time.Time{}
		p.grant()
	})
}

func later(a, b time.Time) time.Time { return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare) }
