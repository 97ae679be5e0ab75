package kontur

import (
	"fmt"
	"time"

	"counterparty-sync/internal/authority"
)

// Kind is what is wrong with a call, as far as it makes a difference what to do next.
type Kind string

// The kinds of errors. Their texts are values of a metric's label.
const (
	// Unavailable: no connection, a time-out, a cut answer, 5xx. It may get better by itself.
	Unavailable Kind = "Unavailable"
	// RateLimited: too many requests; Error.RetryAfter says how long to wait. The client keeps all calls of the method back so
	// long, and all calls as long as that holds for two methods.
	RateLimited Kind = "RateLimited"
	// BadKey: the key is missing, wrong or expired.
	BadKey Kind = "BadKey"
	// Forbidden: the contract does not cover the method, or its quota is used up.
	Forbidden Kind = "Forbidden"
	// BadResponse: an answer that breaks the contract: no JSON array, a redirect, a body that is too large.
	BadResponse Kind = "BadResponse"
	// BadRequest: the server does not know the address or calls the request wrong; so does this client, for a method or a
	// kind of identifier that it does not know.
	BadRequest Kind = "BadRequest"
	// Untrusted: the server has a certificate of an unknown authority.
	Untrusted Kind = "Untrusted"
)

// Error is a call that failed. It holds nothing but clean text: no URL, no key, no cause that has them.
type Error struct {
	Method string
	Kind   Kind
	// Status is that of the HTTP response, 0 if there was none.
	Status int
	// Text is what happened: the server's words, cut to 300 characters, or ours.
	Text string
	// Hint is the next step for a person.
	Hint string
	// RetryAfter is how long the server asks to wait; RateLimited only.
	RetryAfter time.Duration
	// NotAsked: the request did not go out, because its method is paused.
	NotAsked bool
	// timedOut: the time for the answer was over; within is how long it was.
	timedOut bool
	within   time.Duration
	// broken: a connection that stood ended, or the time for an answer over it.
	broken bool
}

// MayBeOne reports whether the call may have failed because of one of those that it was about: whatever is wrong with the
// key, the contract, the limits or the way to the server can't be.
func (e *Error) MayBeOne() bool {
	switch e.Kind {
	case BadResponse:
		return true
	case BadRequest:
		return e.Status != 0
	case Unavailable:
		return e.Status != 0 || e.broken
	}
	return false
}

// Error implements error on one line, without the hint.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("ask Kontur.Focus %s: %s", e.Method, e.Text)
	}
	return fmt.Sprintf("ask Kontur.Focus %s: status %d: %s", e.Method, e.Status, e.Text)
}

// hints are the next steps by kind, where the place that makes the error knows nothing better.
var hints = map[Kind]string{
	Unavailable: "if it lasts, check the network, the proxy and KONTUR_URL",
	RateLimited: "lower KONTUR_RPS or KONTUR_CONCURRENCY if it happens often",
	BadKey:      "check KONTUR_KEY or KONTUR_KEY_FILE; the key may have expired",
	Forbidden:   "the contract may lack this method or its quota may be used up; `starter check` shows both",
	BadResponse: "check that KONTUR_URL leads to Kontur.Focus and not to a proxy or a login page",
	BadRequest:  "check KONTUR_URL; this version may not know the API that answers there",
	Untrusted:   authority.Hint,
}

func newError(method string, kind Kind, status int, text string) *Error {
	return &Error{Method: method, Kind: kind, Status: status, Text: text, Hint: hints[kind]}
}
