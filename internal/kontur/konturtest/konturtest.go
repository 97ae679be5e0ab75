// Package konturtest is a simulator of Kontur.Focus in the style of net/http/httptest: a server with an address, state
// to fill, faults to inject and a record of requests. Tests and the sandbox use it.
//
// It follows what is known about the vendor's API (OpenAPI "Фокус API" 3.0, captured answers of 2020–2026) and is as
// strict and as odd: answers are shuffled, one INN may give several companies, malformed identifiers vanish silently,
// errors are plain text. Where the vendor's behaviour is unknown, an option decides. It shares no code with any client.
//
// Words: a company is what the register holds; its items are rendered from it, one for each method; a fault is a
// deviation from the rules; a quota line is a line of the contract.
package konturtest

import (
	"fmt"
	"io"
	"log"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"counterparty-sync/internal/inbound"
)

// DefaultKey is the key of a server without WithKey. Only simulators know it.
const DefaultKey = "simulator-key-0123456789-abcdefghijklmno"

// Server is a simulated Kontur.Focus. Its methods are safe for concurrent use, and state may change while it serves.
type Server struct {
	key        string
	seed       uint64
	now        func() time.Time
	hook       func(Request)
	tooMany    TooMany
	fat        bool
	register   register
	limits     limits
	quotas     quotas
	monitoring monitoring
	faults     faults
	record     record
	latency    atomic.Int64 // nanoseconds

	url  string
	http *inbound.Server
	done chan struct{}
	once sync.Once
}

// NewServer starts a server on a free loopback port and closes it when the test ends.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start("127.0.0.1:0", opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// wide are limits under which a test may ask for much at once, and answers may be slow on purpose. Idle outlasts the clients' own
// time.
var wide = inbound.Limits{Connections: 1024, Read: 10 * time.Second, Idle: 2 * time.Minute, HeaderBytes: 1 << 20}

// Start starts a server at an address such as 127.0.0.1:8081. The caller closes it.
func Start(addr string, opts ...Option) (*Server, error) {
	s := New(opts...)
	// Cut connections are wanted here and no news.
	server, err := inbound.Listen(addr, s, wide, log.New(io.Discard, "", 0))
	if err != nil {
		return nil, fmt.Errorf("start the simulator of Kontur.Focus: %w", err)
	}
	s.url = "http://" + server.Addr().String()
	s.http = server
	go func() { _ = s.http.Serve() }()
	return s, nil
}

// New makes a server without a network: an http.Handler, for tests that hand in time.
func New(opts ...Option) *Server {
	s := &Server{key: DefaultKey, seed: 1, now: time.Now, tooMany: Refuse, done: make(chan struct{})}
	s.limits.retryAfter = time.Second
	s.limits.form = Seconds
	s.monitoring.date = SinceDate
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Close stops the server and cuts what is still in flight. It may be called more than once.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.done)
		if s.http != nil {
			_ = s.http.Close()
		}
	})
}

// URL is the base URL, without /api3 and without a slash at the end; empty for a server made by New.
func (s *Server) URL() string { return s.url }

// Key is the key that the server takes.
func (s *Server) Key() string { return s.key }

// SetLatency changes the time that every answer takes.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }
