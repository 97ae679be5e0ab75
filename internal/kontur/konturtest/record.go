package konturtest

import (
	"slices"
	"sync"
	"time"
)

// maxRecorded bounds the record: a sandbox may serve for days.
const maxRecorded = 5_000

// Request is what the server remembers of a request. The key is not in it.
type Request struct {
	// Verb is the HTTP method, Path the path, Method the API's method or empty for an unknown path.
	Verb, Path, Method string
	// Param is inn or ogrn, "inn+ogrn" if both are filled, empty if none is.
	Param string
	// IDs are the identifiers as they were sent, those of inn first.
	IDs []string
	// Query is the query with the key masked.
	Query string
	// Referer and UserAgent are headers; the key is masked.
	Referer, UserAgent string
	// Status is that of the answer; 0 while the request is in flight, and if it was cut before any answer.
	Status int
	Start  time.Time
}

type record struct {
	mu          sync.Mutex
	requests    []*Request
	calls       map[string]int // by method
	inFlight    int
	maxInFlight int
}

// Requests returns the last requests, 4,500 at least, oldest first.
func (s *Server) Requests() []Request {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	copied := make([]Request, 0, len(s.record.requests))
	for _, r := range s.record.requests {
		c := *r
		c.IDs = slices.Clone(r.IDs)
		copied = append(copied, c)
	}
	return copied
}

// Calls counts the requests since the start: all of them, or those for the given methods.
func (s *Server) Calls(method ...string) int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	n := 0
	for m, calls := range s.record.calls {
		if len(method) == 0 || slices.Contains(method, m) {
			n += calls
		}
	}
	return n
}

// MaxConcurrency is the largest number of requests that were in flight at once.
func (s *Server) MaxConcurrency() int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return s.record.maxInFlight
}

// ResetRecord forgets all requests, the count and the largest concurrency.
func (s *Server) ResetRecord() {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	s.record.requests, s.record.calls, s.record.maxInFlight = nil, nil, s.record.inFlight
}

// begin notes a request and returns the number in flight, this one included.
func (r *record) begin(req *Request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.calls[req.Method]++
	r.inFlight++
	r.maxInFlight = max(r.maxInFlight, r.inFlight)
	if len(r.requests) == maxRecorded {
		r.requests = slices.Delete(r.requests, 0, maxRecorded/10)
	}
	r.requests = append(r.requests, req)
	return r.inFlight
}

func (r *record) end(req *Request, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inFlight--
	req.Status = status
}
