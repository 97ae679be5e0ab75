package kontur

import (
	"context"
	"time"
)

// Class is on whose behalf Kontur.Focus is asked. Each class has a queue of its own in front of the slots, and while
// both wait each gets its share of the turns: hundreds of reports don't keep a pass waiting, nor a pass a person's report.
type Class int

// The classes.
const (
	// ForPass is the class of who says nothing: batches of passes, and whatever else the worker asks.
	ForPass Class = iota
	// ForReport is the class of reports about one counterparty.
	ForReport

	classes = 2
)

// other is the one that the class shares with.
func (c Class) other() Class { return ForPass + ForReport - c }

// String is the name of the class in metrics.
func (c Class) String() string {
	if c == ForReport {
		return "report"
	}
	return "pass"
}

type classKey struct{}

// WithClass returns a context for calls of the class.
func WithClass(ctx context.Context, c Class) context.Context {
	return context.WithValue(ctx, classKey{}, c)
}

func classOf(ctx context.Context) Class {
	c, _ := ctx.Value(classKey{}).(Class)
	return c
}

// ShareRate makes the client one of several with the same RequestsPerSecond, all of which together may ask so often: each keeps
// to its part.
func (c *Client) ShareRate(clients int) {
	c.pace.mu.Lock()
	defer c.pace.mu.Unlock()
	c.pace.clients = max(1, clients)
}

// shares settle whose turn it is while both wait. With 50 percent the classes alternate, with 25 every fourth turn is a
// report's. In truth it is time that counts, which for quick requests is turns: where a source hangs, each question to it
// holds a slot for minutes, and the other class would get one turn in between.
type shares struct {
	reportPercent int
	// ahead is what reports have had beyond their share, of what either class had while the other waited.
	ahead time.Duration
}

// next is whose turn it is. Who waits alone takes every turn.
func (s *shares) next(pass, report bool) Class {
	if report && (!pass || s.ahead < 0) {
		return ForReport
	}
	return ForPass
}

// charge notes what a class had while the other waited.
func (s *shares) charge(class Class, had time.Duration) {
	if class == ForReport {
		s.ahead += had * time.Duration(100-s.reportPercent) / 100
	} else {
		s.ahead -= had * time.Duration(s.reportPercent) / 100
	}
}
