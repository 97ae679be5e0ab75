package konturtest

import (
	"net/http"
	"slices"
	"sync"
)

// keys are the servers behind the further keys of a server.
type keys struct {
	mu      sync.Mutex
	servers []*Server
}

// AddKey lets the server take another key, of a contract of its own: quotas, watch list, limits, faults and the record of requests
// are those of the server that it returns, which is reached at the address of this one only. The register is the same. Two keys
// must differ in what stat takes for the key.
func (s *Server) AddKey(key string, opts ...Option) *Server {
	other := New(append([]Option{WithKey(key), WithClock(s.now)}, opts...)...)
	other.register = s.register
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	s.others.servers = append(s.others.servers, other)
	return other
}

// of finds the server of a further key that a request shows; nil if it shows none of them.
func (k *keys) of(r *http.Request) *Server {
	key := r.URL.Query().Get("key")
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, other := range k.servers {
		if key != "" && (key == other.key || key == other.key[:min(keyPrefix, len(other.key))]) {
			return other
		}
	}
	return nil
}

// all are the server and those of its further keys.
func (s *Server) all() []*Server {
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	return append([]*Server{s}, slices.Clone(s.others.servers)...)
}
