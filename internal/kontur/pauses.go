package kontur

import (
	"fmt"
	"slices"
	"time"
)

// pauses keep requests back because the server asked for that, or does not answer.
type pauses struct {
	// limited and silent are until when a method is not asked: because it was answered with 429, and because it was not
	// answered.
	limited, silent map[string]time.Time
}

// until is when a method may be asked again.
func (p *pauses) until(method string) time.Time {
	return later(p.all(), p.ofMethod(method))
}

// all is until when no method is asked: as long as two are limited. A 429 does not say whether it is that method's or the
// key's, and the vendor publishes no limits: so it is taken for the method's until another method has one meanwhile. When the
// first of the two pauses ends, a request finds out whether the other is the method's: it may be one of hours.
func (p *pauses) all() time.Time {
	var last, second time.Time
	for _, end := range p.limited {
		if end.After(last) {
			last, second = end, last
		} else {
			second = later(second, end)
		}
	}
	return second
}

// ofMethod is until when the method is paused by itself.
func (p *pauses) ofMethod(method string) time.Time { return later(p.limited[method], p.silent[method]) }

// pauseError says that a pause is not waited for in line.
type pauseError struct {
	left time.Duration
	// silent: it is one of a method that does not answer, and not one that the server asked for.
	silent bool
}

func (e *pauseError) Error() string { return fmt.Sprintf("a pause of %s is left", e.left) }

// limit keeps a method back for d from now on, because it was answered with 429. A shorter pause does not shorten a longer one.
func (p *pacer) limit(method string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.pauses.limited[method] = later(p.pauses.limited[method], now.Add(d))
	p.refuse(now)
}

// silence keeps the method of a request that got no answer in time back for as long as nothing was heard, up to the patience
// that there is with it. So a method that hangs takes half of a slot's time at most, whoever asks for it.
func (p *pacer) silence(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	until := now.Add(min(now.Sub(w.heard), p.patience))
	p.pauses.silent[w.method] = later(p.pauses.silent[w.method], until)
	p.refuse(now)
}

// refuse tells those who are not to wait in line for the end of a pause: whom it outlasts, and reports whose method is
// paused by itself. Reports are many, and have few places in their worker: those that wait there for one method would keep
// out the others. They wait elsewhere, where people see why.
func (p *pacer) refuse(now time.Time) {
	for class, line := range p.waiting {
		p.waiting[class] = slices.DeleteFunc(line, func(w *waiter) bool {
			until := p.pauses.until(w.method)
			outlasted := !w.deadline.IsZero() && w.deadline.Before(until)
			if !until.After(now) || !outlasted && !(w.class == ForReport && p.pauses.ofMethod(w.method).After(now)) {
				return false
			}
			w.turn <- &pauseError{left: until.Sub(now), silent: p.pauses.silent[w.method].After(later(p.pauses.all(), p.pauses.limited[w.method]))}
			return true
		})
	}
}

// pausesEnd is when the first of the pauses ends for which somebody waits; zero if nobody does.
func (p *pacer) pausesEnd(now time.Time) time.Time {
	var end time.Time
	for _, line := range p.waiting {
		for _, w := range line {
			if until := p.pauses.until(w.method); until.After(now) && (end.IsZero() || until.Before(end)) {
				end = until
			}
		}
	}
	return end
}

// hear notes that something was heard about a request.
func (p *pacer) hear(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.heard = time.Now()
}

// reclaim ends the request of which nothing was heard for longest, if that is longer than there is patience with it while
// others wait. There is no further slot for them meanwhile: to the server, a request that hangs is in flight as well.
func (p *pacer) reclaim(now time.Time) {
	silent := slices.MinFunc(p.out, func(a, b *waiter) int { return a.heard.Compare(b.heard) })
	if slices.ContainsFunc(p.out, func(w *waiter) bool { return w.given }) {
		return // its slot is free in a moment
	}
	if end := silent.heard.Add(p.patience); end.After(now) {
		p.lookAgain(end)
		return
	}
	silent.given = true
	silent.giveUp()
}
