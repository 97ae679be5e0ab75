package alfresco

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// idleTimeout is how long a connection is kept without a request: less than Tomcat's 20 s (connectionTimeout, which
// keepAliveTimeout follows), so that the server is hardly ever the one to close it.
const idleTimeout = 15 * time.Second

// onceKey is in the context of requests that are not sent a second time.
type onceKey struct{}

// keeping is a transport that sends a request once more where a kept connection broke before any byte of an answer: the
// server has closed it, and nothing is wrong. All requests may be sent twice, but not those that write many nodes: those
// come right behind another one, and would write all of them again had they been carried out.
//
// What has grown old meanwhile is not sent: guarding asks again.
type keeping struct {
	kept http.RoundTripper
	// fresh makes a connection for each request. A second try on another kept one might break in the same way.
	fresh http.RoundTripper
}

// newKeeping makes a fresh transport out of one that keeps connections.
func newKeeping(t *http.Transport) keeping {
	fresh := t.Clone()
	fresh.DisableKeepAlives = true
	return keeping{kept: t, fresh: fresh}
}

// RoundTrip implements http.RoundTripper.
func (k keeping) RoundTrip(r *http.Request) (*http.Response, error) {
	var reused, answered atomic.Bool
	traced := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn:              func(c httptrace.GotConnInfo) { reused.Store(c.Reused) }, // of the last one: net/http may try several
		GotFirstResponseByte: func() { answered.Store(true) },
	})
	response, err := k.kept.RoundTrip(r.WithContext(traced))
	if err == nil || !reused.Load() || answered.Load() || r.Context().Err() != nil || errors.Is(err, errNotAllowed) || r.Context().Value(onceKey{}) != nil {
		return response, err
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return k.fresh.RoundTrip(again)
}

func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }
