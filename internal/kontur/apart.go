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
	// Known are identifiers about which a request went through before, so that it is paid: where nothing else goes through, one
	// about them shows whether anything does.
	Known []counterparty.Identifier
	// GiveUp: what was to be waited for has been waited for. If one of Known goes through, and IDs do not, it is theirs.
	GiveUp bool
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
// fails once more. Whatever goes through is handed out once.
//
// If nothing shows that others go through it is an outage, and the error is that of the first request that failed. So it is
// if too much fails: see the bounds of search. With GiveUp, for a few identifiers, and where waiting can't mend the error, one
// of Known shows whether others go through.
func (c *Client) QueryApart(ctx context.Context, q Question, taker Taker) (Apart, error) {
	if !slices.Contains(methods.All(), q.Method) {
		return Apart{}, newError(clean(q.Method, c.options.Key), BadRequest, 0, "not a method of Kontur.Focus that is known here")
	}
	return newSearch(q, taker, c.timeout(q.Method), func(n int) int { return c.weights.share(q.Method, n) },
		func(ids []counterparty.Identifier, within time.Duration, take func(Item) error) (Call, error) {
			return c.queryOnce(ctx, q.Method, ids, within, take)
		}).run()
}
