// Package inbound listens for HTTP in such a way that no caller can use up what the process needs for its own work: file
// descriptors and time. It knows no paths and no tokens, and it speaks plain HTTP.
//
//   - limits: how many connections may be open at once, and how long each step may take
//   - silent: a connection without a request that has come as a whole and is being answered
package inbound

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"
)

// Limits bound what callers can take. All of them must be set, but Write.
type Limits struct {
	// Connections may be open at once, whatever they do. The next one takes the place of the one that has been silent
	// longest; where all are being answered it waits outside, in the backlog of the operating system.
	Connections int
	// Read bounds the time in which a request arrives, and its header by itself.
	Read time.Duration
	// Write bounds the time from the end of a request's header to the end of its answer; 0 is no bound.
	Write time.Duration
	// Idle bounds the time in which a connection may wait for its next request.
	Idle time.Duration
	// HeaderBytes bounds the header of a request.
	HeaderBytes int
}

// Server is a listener with its handler.
type Server struct {
	http     *http.Server
	listener *listener
}

// Listen takes the address, such as 127.0.0.1:8080. Serve answers; the log gets what goes wrong with connections.
func Listen(address string, handler http.Handler, l Limits, errorLog *log.Logger) (*Server, error) {
	outer, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:           answering(handler),
		ReadHeaderTimeout: l.Read,
		ReadTimeout:       l.Read,
		WriteTimeout:      l.Write,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    l.HeaderBytes,
		ErrorLog:          errorLog,
		ConnContext:       withConnection,
		ConnState:         answered,
	}
	return &Server{http: server, listener: newListener(outer, l.Connections)}, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until the server is closed or shut down, which is no error.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP at %s: %w", s.Addr(), err)
	}
	return nil
}

// Shutdown takes no more requests and waits until those under way are answered, or ctx ends: then it cuts them.
func (s *Server) Shutdown(ctx context.Context) {
	if s.http.Shutdown(ctx) != nil {
		_ = s.Close()
	}
}

// Close cuts all connections.
func (s *Server) Close() error {
	defer s.listener.Close() // one that never served is unknown to the server
	return s.http.Close()
}
