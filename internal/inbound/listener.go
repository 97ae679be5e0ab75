package inbound

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
)

// listener keeps the number of open connections at or below a cap.
type listener struct {
	net.Listener
	most int

	mu     sync.Mutex
	open   map[*connection]struct{}
	closed bool
	// moment counts the moments at which connections fell silent; it orders them.
	moment int64
	// changed tells whoever waits for a place that one may be there.
	changed *sync.Cond
}

func newListener(outer net.Listener, most int) *listener {
	l := &listener{Listener: outer, most: most, open: map[*connection]struct{}{}}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// connection is one that was accepted.
type connection struct {
	net.Conn
	listener *listener
	// Both are under the listener's lock.
	answering bool
	silentAt  int64 // in moments of the listener
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.admit(c)
}

// admit makes room for a connection. Those that are being answered end by themselves, within their time.
func (l *listener) admit(c net.Conn) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.open) >= l.most && !l.closed {
		silent := l.longestSilent()
		if silent == nil {
			l.changed.Wait()
			continue
		}
		delete(l.open, silent)
		_ = silent.Conn.Close()
	}
	if l.closed {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	l.moment++
	admitted := &connection{Conn: c, listener: l, silentAt: l.moment}
	l.open[admitted] = struct{}{}
	return admitted, nil
}

// longestSilent is nil if all connections are being answered.
func (l *listener) longestSilent() *connection {
	var longest *connection
	for c := range l.open {
		if !c.answering && (longest == nil || c.silentAt < longest.silentAt) {
			longest = c
		}
	}
	return longest
}

// Close implements net.Listener. Connections stay.
func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.changed.Broadcast()
	return l.Listener.Close()
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	c.listener.changed.Signal()
	return c.Conn.Close()
}

// answers marks the connection while a request on it is being answered. Over plain HTTP it is one at a time.
func (c *connection) answers(answering bool) {
	c.listener.mu.Lock()
	c.answering = answering
	c.listener.moment++
	c.silentAt = c.listener.moment
	c.listener.mu.Unlock()
	if !answering {
		c.listener.changed.Signal()
	}
}

// connectionKey finds a request's connection in its context.
type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, accepted(c))
}

// accepted is the connection of the listener, which TLS may have around it.
func accepted(c net.Conn) *connection {
	if around, ok := c.(*tls.Conn); ok {
		c = around.NetConn()
	}
	known, _ := c.(*connection)
	return known
}

// answering tells the listener which connections it may not close: those whose request has come as a whole.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connectionKey{}).(*connection); ok && c != nil {
			whole := r.Body == nil || r.Body == http.NoBody
			c.answers(whole)
			if !whole {
				r = r.WithContext(r.Context())
				r.Body = arriving{r.Body, c}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// arriving is the body of a request. Until it has been read to its end the connection is silent: nobody can tell a caller who
// is slow from one who only keeps the place, and a handler that refuses the request reads none of it.
type arriving struct {
	io.ReadCloser
	c *connection
}

// Read implements io.Reader.
func (a arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err == io.EOF {
		a.c.answers(true)
	}
	return n, err
}

// answered takes note that the whole answer is on its way: when the handler returns it is not yet.
func answered(c net.Conn, state http.ConnState) {
	if known := accepted(c); known != nil && state == http.StateIdle {
		known.answers(false)
	}
}
