package alfrescotest

import (
	"net/http"
	"slices"
	"time"

	"counterparty-sync/internal/simulate"
)

// Request is one request as it came in.
type Request struct {
	Operation Operation
	Method    string
	Path      string
	Query     string // raw
	Header    http.Header
	Body      []byte
	Time      time.Time
}

// Write is one update that was carried out.
type Write struct {
	NodeID     string
	User       string
	Properties map[string]any // as sent; nil stands for "unset"
	Time       time.Time
}

// Writes returns the latest writes in the order in which they took effect.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// Forget empties the record and sets all counts to zero.
func (s *Server) Forget() {
	s.Record.Forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = nil
}

func (s *Server) wrote(w Write) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = simulate.Keep(s.writes, w, s.RecordLimit)
}
