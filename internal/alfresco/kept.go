package alfresco

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// idleTimeout is how long a connection is kept without a request: less than Tomcat's 20 s (connectionTimeout, which
// keepAliveTimeout follows), so that the server is hardly ever the one to close it.
const idleTimeout = 15 * time.Second

// keeping is a transport that sends a request once more where a kept connection broke before any byte of an answer: the
// server has closed it, and nothing is wrong. One that changes nodes is not sent again blindly, for it may have been carried
// out: its error is a *brokenKept, and the caller compares anew.
type keeping struct {
	kept http.RoundTripper
	// fresh makes a connection for each request. A second try on another kept one might break in the same way.
	fresh http.RoundTripper
}

// brokenKept is the error of a request on a kept connection that broke before any byte of an answer.
type brokenKept struct{ error }

// Unwrap returns what the network said.
func (b *brokenKept) Unwrap() error { return b.error }

func isBrokenKept(err error) bool {
	_, ok := errors.AsType[*brokenKept](err)
	return ok
}

// connectionKey has a connection in the context of a request.
type connectionKey struct{}

// connection is how a request uses connections.
type connection struct {
	// once: it is not sent again. fresh: it gets a connection of its own.
	once, fresh bool
}

// newKeeping makes a fresh transport out of one that keeps connections.
func newKeeping(t *http.Transport) keeping {
	fresh := t.Clone()
	fresh.DisableKeepAlives = true
	return keeping{kept: t, fresh: fresh}
}

// RoundTrip implements http.RoundTripper.
func (k keeping) RoundTrip(r *http.Request) (*http.Response, error) {
	use, _ := r.Context().Value(connectionKey{}).(connection)
	if use.fresh {
		return k.fresh.RoundTrip(r)
	}
	var reused, answered atomic.Bool
	traced := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn:              func(c httptrace.GotConnInfo) { reused.Store(c.Reused) }, // of the last one: net/http may try several
		GotFirstResponseByte: func() { answered.Store(true) },
	})
	response, err := k.kept.RoundTrip(r.WithContext(traced))
	if err == nil || !reused.Load() || answered.Load() || r.Context().Err() != nil || errors.Is(err, errNotAllowed) {
		return response, err
	}
	if use.once {
		return nil, &brokenKept{err}
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return k.fresh.RoundTrip(again)
}
