package kontur

import "context"

// Class is on whose behalf Kontur.Focus is asked. Each class stands in a line of its own in front of the slots, and while
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

// ShareRate tells the client that it is one of several with the same RequestsPerSecond, all of which together may ask so
// often. Who hands them their work holds that for each class by itself, so that a client keeps to its part only while it
// asks for both.
func (c *Client) ShareRate(clients int) { c.pace.shareRate(clients) }

// shares settle whose turn it is. With 50 percent the classes alternate, with 25 every fourth turn is a report's.
type shares struct {
	reportPercent int
	// owed is what reports have coming from turns that passes got, in percent of a turn.
	owed int
}

// next is whose turn it is, of those who wait. A class that waits alone takes every turn and owes nothing for it.
func (s *shares) next(pass, report bool) Class {
	switch {
	case !report:
		return ForPass
	case !pass:
		return ForReport
	}
	if s.owed += s.reportPercent; s.owed < 100 {
		return ForPass
	}
	s.owed -= 100
	return ForReport
}
