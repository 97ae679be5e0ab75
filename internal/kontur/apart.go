package kontur

import (
	"context"
	"slices"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
)

// Question is what QueryApart asks.
type Question struct {
	Method string
	IDs    []counterparty.Identifier
	// GiveUp: nothing is to be waited for any more. Where all or most of IDs fail, and others go through, they are told apart all
	// the same.
	GiveUp bool
	// Known are identifiers about which a request went through before, so that it is paid: with GiveUp, one about them shows
	// whether others go through.
	Known []counterparty.Identifier
}

// Taker gets what is handed out. Take is as each of Query; Forget takes back the latest n items: their answer broke off.
type Taker interface {
	Take(item Item) error
	Forget(n int)
}

// Apart is what QueryApart came to.
type Apart struct {
	// Calls is how many requests it took, Further how many of them there were only because some failed.
	Calls, Further int
	// Failing are the identifiers that fail by themselves, in the order of the question.
	Failing []Failing
	// NoneThrough: all of them do.
	NoneThrough bool
}

// Failing is an identifier that fails by itself, and how it did last.
type Failing struct {
	ID  counterparty.Identifier
	Err *Error
}

// QueryApart asks like Query. Where a request fails in a way that may be that of one of its identifiers, it asks in parts,
// and tells those apart that fail while others go through: each of them fails, then something else goes through, then it
// fails twice more. Whatever goes through is handed out once.
//
// If nothing shows that others go through it is an outage, and the error is that of the first request that failed. Without
// GiveUp, so it is if most of the identifiers fail, or more than the bounds of search allow.
func (c *Client) QueryApart(ctx context.Context, q Question, taker Taker) (Apart, error) {
	if !slices.Contains(methods.All(), q.Method) {
		return Apart{}, newError(clean(q.Method, c.options.Key), BadRequest, 0, "not a method of Kontur.Focus that is known here")
	}
	s := newSearch(q, taker, c.timeout(q.Method))
	s.share = func(n int) int { return c.weights.share(q.Method, n) }
	s.once = func(ids []counterparty.Identifier, within time.Duration, take func(Item) error) (Call, error) {
		return c.queryOnce(ctx, q.Method, ids, within, take)
	}
	s.turn = func(failed time.Time) (func(bool), bool, error) {
		return c.turns.begin(ctx, searchKind{q.Method, q.GiveUp}, failed)
	}
	return s.run()
}
