package kontur

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// pacer decides when a request may go out, and whose: it needs a free slot, no pause, and a turn by the rate. Whose turn it
// is, is settled when there is one and not before, so that a later request does not queue behind the other class.
type pacer struct {
	// between is the least time between two requests: bursts are what a server's own limit is made against.
	between time.Duration

	mu sync.Mutex
	// clients is among how many the rate is shared out while both classes ask; lastly is when a request of each began or
	// ended.
	clients int
	lastly  [classes]time.Time
	// slots is how many requests may be in flight, free how many more.
	slots, free int
	// next is when the rate has a turn again, until the end of the pause that the server asked for.
	next, until time.Time
	// waiting are those who stand in line, in the order in which they came, by class.
	waiting [classes][]*waiter
	shares  shares
	// armed: a timer rings when there may be a turn. awaited: a request was queued for the next turn before it came.
	armed, awaited bool
}

// waiter is one request in a queue.
type waiter struct {
	deadline time.Time // zero if there is none
	// turn gets nil when it may go out, or why it never may.
	turn chan error
	// came is when it stood in line, began when it had its turn. charged: that was at the cost of the other class.
	came, began time.Time
	charged     bool
}

// newPacer allows perSecond requests in even steps and shares them out: reports get so many percent while passes wait, too.
func newPacer(perSecond float64, concurrency, reportPercent int) *pacer {
	return &pacer{
		between: time.Duration(float64(time.Second) / perSecond),
		clients: 1,
		slots:   concurrency, free: concurrency,
		shares: shares{reportPercent: reportPercent},
	}
}

// pauseError says that a pause will last longer than the caller has time.
type pauseError struct{ left time.Duration }

func (e *pauseError) Error() string { return fmt.Sprintf("a pause of %s is left", e.left) }

// enter waits for a turn of the class of ctx. On success, the caller calls leave when its request ended. The error is that
// of ctx, or a *pauseError at once if a pause outlasts the deadline of ctx.
func (p *pacer) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	class, w := classOf(ctx), &waiter{turn: make(chan error, 1), came: time.Now()}
	w.deadline, _ = ctx.Deadline()

	p.mu.Lock()
	if p.idle(class, w.came) {
		p.shares.ahead = 0 // what a class has not had is no use to it when it has asked for nothing since
	}
	p.waiting[class] = append(p.waiting[class], w)
	p.refuseLate(class)
	p.grant()
	p.mu.Unlock()

	select {
	case err = <-w.turn:
	case <-ctx.Done():
		err = p.giveUp(class, w, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return func() { p.leave(class, w) }, nil
}

// giveUp takes a waiter out of the line. One that has had its turn meanwhile gives the slot back.
func (p *pacer) giveUp(class Class, w *waiter, why error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting[class], w); i >= 0 {
		p.waiting[class] = slices.Delete(p.waiting[class], i, i+1)
		return why
	}
	if <-w.turn == nil {
		p.free++
		p.grant()
	}
	return why
}

func (p *pacer) leave(class Class, w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// One that hung for minutes asked all the while: what it had is not forgotten when its class asks again.
	p.lastly[class] = time.Now()
	if others := p.waiting[class.other()]; len(others) > 0 {
		// A request that took more than its turn kept the slot from those who waited.
		more := time.Since(later(w.began, others[0].came)) / time.Duration(p.slots)
		if w.charged {
			more -= p.between
		}
		p.shares.charge(class, max(0, more))
	}
	p.free++
	p.grant()
}

// pause keeps all requests back for d from now on. A shorter pause does not shorten a longer one.
func (p *pacer) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = later(p.until, time.Now().Add(d))
	for class := range p.waiting {
		p.refuseLate(Class(class))
	}
}

// refuseLate refuses those that have less time than the pause lasts. Call it with the lock held, as what follows.
func (p *pacer) refuseLate(class Class) {
	left := time.Until(p.until)
	if left <= 0 {
		return
	}
	p.waiting[class] = slices.DeleteFunc(p.waiting[class], func(w *waiter) bool {
		late := !w.deadline.IsZero() && w.deadline.Before(p.until)
		if late {
			w.turn <- &pauseError{left: left}
		}
		return late
	})
}

// grant hands out the turns that there are.
func (p *pacer) grant() {
	for p.free > 0 && slices.ContainsFunc(p.waiting[:], func(line []*waiter) bool { return len(line) > 0 }) {
		now := time.Now()
		ready := later(p.next, p.until)
		if wait := ready.Sub(now); wait > 0 {
			p.lookAgain(wait)
			return
		}
		class := p.shares.next(len(p.waiting[ForPass]) > 0, len(p.waiting[ForReport]) > 0)
		line := p.waiting[class]
		p.waiting[class] = line[1:]
		p.free--
		p.lastly[class], line[0].began = now, now
		if line[0].charged = len(p.waiting[class.other()]) > 0; line[0].charged {
			p.shares.charge(class, p.between)
		}
		step := p.step(now)
		p.next = now.Add(step)
		if p.awaited && now.Sub(ready) < step {
			// A timer that rings a little late must not lower the rate; time in which nothing was asked is lost.
			p.next = ready.Add(step)
		}
		p.awaited = false
		line[0].turn <- nil
	}
}

// bothFor is how long a class counts as one that asks, after it did.
const bothFor = 10 * time.Second

// step is the time from a turn to the next one. Each class has the rate for all clients from who gives them their work; what
// both ask together must not go beyond it.
func (p *pacer) step(now time.Time) time.Duration {
	if p.idle(ForPass, now) || p.idle(ForReport, now) {
		return p.between
	}
	return p.between * time.Duration(p.clients)
}

// idle reports whether a class has not asked for a while.
func (p *pacer) idle(class Class, now time.Time) bool {
	return len(p.waiting[class]) == 0 && now.Sub(p.lastly[class]) > bothFor
}

// lookAgain looks for turns after a while, once for all who wait. A pause that began meanwhile makes it look once more.
func (p *pacer) lookAgain(wait time.Duration) {
	p.awaited = true
	if p.armed {
		return
	}
	p.armed = true
	time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.armed = false
		p.grant()
	})
}

func later(a, b time.Time) time.Time { return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare) }
