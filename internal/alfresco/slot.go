package alfresco

import (
	"context"
	"net/http"
)

// slot is the right to have a request in flight: one at a time, and as many after one another as belong together.
type slot struct{ c *Client }

// take waits for a slot. The caller gives it back.
func (c *Client) take(ctx context.Context, operation string) (slot, error) {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return slot{}, ended(operation, ctx)
	}
	s := slot{c}
	if ctx.Err() != nil { // select picks at random if both were ready
		s.giveBack()
		return slot{}, ended(operation, ctx)
	}
	return s, nil
}

func (s slot) giveBack() { <-s.c.slots }

// do sends a request when a slot is free.
func (c *Client) do(ctx context.Context, k call) (answer, error) {
	s, err := c.take(ctx, k.operation)
	if err != nil {
		return answer{}, err
	}
	defer s.giveBack()
	return s.do(ctx, k)
}

// do sends a request when the login is not being tried by another one. It returns an error if there was no answer, or if
// the login failed; any other status is the caller's to judge.
func (s slot) do(ctx context.Context, k call) (a answer, err error) {
	probing, err := s.c.standing.begin(ctx, k.operation)
	if err != nil {
		return answer{}, err
	}
	defer func() { err = s.c.standing.end(probing, a, err) }() // in a panic too, or others would wait for ever
	return s.loggedIn(ctx, k)
}

// loggedIn sends a request. With a ticket, one 401 is answered by a new login and a second try: nothing was carried out
// then, so that this is safe for a PUT too.
func (s slot) loggedIn(ctx context.Context, k call) (answer, error) {
	c := s.c
	header, err := c.session.header(ctx, c, "")
	if err != nil {
		return answer{}, err
	}
	a, err := c.send(ctx, k, header)
	if err == nil && a.status == http.StatusUnauthorized && c.session.auth == Ticket {
		if header, err = c.session.header(ctx, c, header); err != nil {
			return answer{}, err
		}
		a, err = c.send(ctx, k, header)
	}
	if err == nil && a.status == http.StatusUnauthorized {
		err = classify(k.operation, a)
	}
	return a, err
}

// change sends a request that changes nodes, and is the only way to send one. What was begun isn't cut short by ctx:
// whether it took effect would be unknown. It is not repeated either, but as keeping does: its time-out bounds it, and the
// caller compares anew.
func (s slot) change(ctx context.Context, k call) (answer, error) {
	if ctx.Err() != nil {
		return answer{}, ended(k.operation, ctx)
	}
	return s.do(context.WithoutCancel(ctx), k)
}
