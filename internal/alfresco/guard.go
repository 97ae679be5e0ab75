package alfresco

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// errNotAllowed says that a request was held back at the last moment. Nothing of it was carried out.
var errNotAllowed = errors.New("held back")

// allowedKey holds in the context of a request what is asked before it leaves; nil is not asked.
type allowedKey struct{}

func withAllowed(ctx context.Context, allowed func() bool) context.Context {
	return context.WithValue(ctx, allowedKey{}, allowed)
}

// guarding is a transport that asks before the body of a request is put on the wire: after the connection was made, and
// again before the transport repeats the request on another one. Before that, any time may pass.
type guarding struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g guarding) RoundTrip(r *http.Request) (*http.Response, error) {
	allowed, _ := r.Context().Value(allowedKey{}).(func() bool)
	if allowed == nil || r.Body == nil {
		return g.next.RoundTrip(r)
	}
	guard := func(body io.ReadCloser) io.ReadCloser {
		return &guardedBody{ReadCloser: body, allowed: sync.OnceValue(func() bool { return r.Context().Err() == nil && allowed() })}
	}
	guarded := r.Clone(r.Context())
	guarded.Body = guard(r.Body)
	guarded.GetBody = func() (io.ReadCloser, error) {
		body, err := r.GetBody()
		return guard(body), err
	}
	return g.next.RoundTrip(guarded)
}

// guardedBody is a body that is not read unless it may be sent. A request whose body can't be read ends without an answer:
// its head alone carries nothing out.
type guardedBody struct {
	io.ReadCloser
	allowed func() bool
}

func (b *guardedBody) Read(into []byte) (int, error) {
	if !b.allowed() {
		return 0, errNotAllowed
	}
	return b.ReadCloser.Read(into)
}
