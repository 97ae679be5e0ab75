package simulate

import (
	"maps"
	"slices"
	"sync"
)

// Record is what a simulator remembers of the requests that came in. K is what they are counted by, R a request.
type Record[K comparable, R any] struct {
	// RecordLimit is how many of the latest requests are kept. It is set before the first request.
	RecordLimit int

	mu             sync.Mutex
	requests       []*R
	counts         map[K]int
	inFlight, most int
}

// Requests returns the latest requests, oldest first.
func (r *Record[K, R]) Requests() []R {
	r.mu.Lock()
	defer r.mu.Unlock()
	copied := make([]R, len(r.requests))
	for i, request := range r.requests {
		copied[i] = *request
	}
	return copied
}

// Count is the number of requests since the start or the last Forget: all of them, or those of the given kinds.
func (r *Record[K, R]) Count(kinds ...K) int {
	n := 0
	for kind, count := range r.Counts() {
		if len(kinds) == 0 || slices.Contains(kinds, kind) {
			n += count
		}
	}
	return n
}

// Counts are the numbers of requests by kind since the start or the last Forget.
func (r *Record[K, R]) Counts() map[K]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// MaxConcurrent is the largest number of requests that were in flight at once since the start or the last Forget.
func (r *Record[K, R]) MaxConcurrent() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// Forget empties the record and sets all counts to zero.
func (r *Record[K, R]) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests, r.counts, r.most = nil, nil, r.inFlight
}

// Begin is for the simulator: it notes a request and returns how many are in flight, this one included. The simulator
// changes the request no more, but in End.
func (r *Record[K, R]) Begin(kind K, request *R) (inFlight int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = Keep(r.requests, request, r.RecordLimit)
	if r.counts == nil {
		r.counts = map[K]int{}
	}
	r.counts[kind]++
	r.inFlight++
	r.most = max(r.most, r.inFlight)
	return r.inFlight
}

// End is for the simulator: it notes the end of a request, of which change, if not nil, may note more.
func (r *Record[K, R]) End(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inFlight--
	if change != nil {
		change()
	}
}

// Keep appends to a list of what is latest. A tenth is dropped when the limit is reached, so that a long run stays
// bounded and appending cheap.
func Keep[T any](list []T, item T, limit int) []T {
	if len(list) >= limit {
		list = slices.Delete(list, 0, min(len(list), max(1, limit/10)))
	}
	return append(list, item)
}
