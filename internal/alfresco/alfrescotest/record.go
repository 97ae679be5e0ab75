package alfrescotest

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
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

// Requests returns the latest requests, oldest first.
func (s *Server) Requests() []Request {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return slices.Clone(s.recorder.requests)
}

// Writes returns the latest writes in the order in which they took effect.
func (s *Server) Writes() []Write {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return slices.Clone(s.recorder.writes)
}

// Count is the number of requests of an operation since the start or the last Forget.
func (s *Server) Count(op Operation) int {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return s.recorder.counts[op]
}

// Counts are the numbers of requests by operation since the start or the last Forget.
func (s *Server) Counts() map[Operation]int {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return maps.Clone(s.recorder.counts)
}

// MaxConcurrent is the largest number of requests that were in flight at once since the start or the last Forget.
func (s *Server) MaxConcurrent() int {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return s.recorder.maxInFlight
}

// Forget empties the record and sets all counts to zero.
func (s *Server) Forget() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests, s.recorder.writes, s.recorder.maxInFlight = nil, nil, s.recorder.inFlight
	clear(s.recorder.counts)
}

type recorder struct {
	limit int

	mu                    sync.Mutex
	requests              []Request
	writes                []Write
	counts                map[Operation]int
	inFlight, maxInFlight int
}

// begin notes a request; the returned function notes its end.
func (r *recorder) begin(req Request) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = appendCapped(r.requests, req, r.limit)
	r.counts[req.Operation]++
	r.inFlight++
	r.maxInFlight = max(r.maxInFlight, r.inFlight)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.inFlight--
	}
}

func (r *recorder) wrote(w Write) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = appendCapped(r.writes, w, r.limit)
}

// appendCapped drops the older half when the limit is reached, so that a long run stays bounded and appending cheap.
func appendCapped[T any](list []T, item T, limit int) []T {
	if len(list) >= limit {
		list = slices.Clone(list[len(list)-limit/2:])
	}
	return append(list, item)
}
