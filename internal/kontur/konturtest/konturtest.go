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
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/simulate"
)

// DefaultKey is the key of a server without WithKey. Only simulators know it.
const DefaultKey = "simulator-key-0123456789-abcdefghijklmno"

// Server is a simulated Kontur.Focus. Its methods are safe for concurrent use, and state may change while it serves.
type Server struct {
	simulate.Server
	simulate.Faults[Fault]
	simulate.Record[string, Request] // by method

	key        string
	now        func() time.Time
	hook       func(Request)
	tooMany    TooMany
	replay     *exchange.Replay // nil: a register and rules of its own
	fat        bool
	register   *register
	limits     limits
	quotas     quotas
	monitoring monitoring
	latency    atomic.Int64 // nanoseconds
	others     keys
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

// Start starts a server at an address such as 127.0.0.1:8081. The caller closes it.
func Start(addr string, opts ...Option) (*Server, error) {
	s := New(opts...)
	if err := s.Listen(addr, s); err != nil {
		return nil, fmt.Errorf("start the simulator of Kontur.Focus: %w", err)
	}
	return s, nil
}

// New makes a server without a network: an http.Handler, for tests that hand in time.
func New(opts ...Option) *Server {
	s := &Server{key: DefaultKey, now: time.Now, tooMany: Refuse, register: &register{byOGRN: map[string]*Company{}, byINN: map[string][]*Company{}}}
	s.RecordLimit = recordLimit
	s.limits.retryAfter = time.Second
	s.limits.form = Seconds
	s.monitoring.date = SinceDate
	s.SetQuotas(QuotaLine{Methods: slices.Sorted(maps.Keys(methods)), Limit: 1_000_000})
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Key is the key that the server takes.
func (s *Server) Key() string { return s.key }

// SetLatency changes the time that every answer takes.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }
