// Package simulate is the skeleton that simulators of other systems share, in the style of net/http/httptest: a server
// with an address, faults to inject and a record of the requests that came in. A simulator embeds its three types.
//
// It knows the rules of servers in general and those of no vendor: what is asked, what is answered and what a fault does
// to an answer is the simulator's.
//
// Words: a fault is what a simulator does wrong on demand; a kind is what requests are counted by.
package simulate

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"counterparty-sync/internal/inbound"
)

// limits are wide: a test may ask for much at once, and answers may be slow on purpose. Idle outlasts the clients' own time.
var limits = inbound.Limits{Connections: 1024, Read: time.Minute, Idle: 2 * time.Minute, HeaderBytes: 1 << 20}

// Server is the part of a simulator that is about connections. The zero value is one without a network.
type Server struct {
	url   string
	done  chan struct{} // closed by Close, so that slow answers end
	close func()        // nil without a network
}

// Listen takes the address, such as 127.0.0.1:8080, and answers there until Close.
func (s *Server) Listen(address string, handler http.Handler) error {
	server, err := inbound.Listen(address, handler, limits, nil, nil)
	if err != nil {
		return err
	}
	s.url, s.done = "http://"+server.Addr().String(), make(chan struct{})
	s.close = sync.OnceFunc(func() {
		close(s.done)
		_ = server.Close()
	})
	go func() {
		if err := server.Serve(); err != nil {
			panic(fmt.Sprintf("simulate: %v", err))
		}
	}()
	return nil
}

// URL is the address, without a slash at the end; empty for a server without a network.
func (s *Server) URL() string { return s.url }

// Close cuts all connections. It may be called more than once.
func (s *Server) Close() {
	if s.close != nil {
		s.close()
	}
}

// WaitUntil is Wait until an answer is due. What a simulator itself does for an answer is part of how long it takes: it does that a
// little before.
func (s *Server) WaitUntil(ctx context.Context, due time.Time) bool {
	return s.Wait(ctx, time.Until(due))
}

// Wait makes an answer slow. It returns false if the caller, whose request has ctx, or the server went away meanwhile.
func (s *Server) Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}
