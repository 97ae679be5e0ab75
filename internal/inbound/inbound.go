// Package inbound listens for HTTP in such a way that no caller can use up what the process needs for its own work: file
// descriptors and time. It knows no paths and no tokens, and it speaks plain HTTP.
//
//   - limits: how many connections may be open at once, and how long each step may take
//   - silent: a connection without a request that has come as a whole and is being answered
package inbound

import (
	"context"
	"crypto/tls"
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
	// accepts is the listener, with TLS around its connections if that is spoken.
	accepts net.Listener
}

// Certificate is the certificate for a connection that comes now.
type Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Listen takes the address, such as 127.0.0.1:8080. Serve answers, over TLS 1.2 or later if there is a certificate and else over plain
// HTTP; the log gets what goes wrong with connections. Whoever speaks plain HTTP where TLS is spoken is told so, with status 400.
func Listen(address string, handler http.Handler, l Limits, certificate Certificate, errorLog *log.Logger) (*Server, error) {
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
	// One request at a time on a connection: what keeps its place, and for how long, rests on that.
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	s := &Server{http: server, listener: newListener(outer, l.Connections)}
	s.accepts = s.listener
	if certificate != nil {
		s.accepts = tls.NewListener(s.listener, &tls.Config{GetCertificate: certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until the server is closed or shut down, which is no error.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.accepts); !errors.Is(err, http.ErrServerClosed) {
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
