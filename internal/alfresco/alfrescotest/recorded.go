package alfrescotest

import (
	"net/http"

	"counterparty-sync/internal/exchange"
)

// WithRecorded feeds the server with what a real one answered: it answers the requests of the recording as they were
// answered then, and all others with 501. It has no nodes.
func WithRecorded(exchanges []exchange.Exchange) Option {
	return func(o *options) { o.replay = exchange.NewReplay(exchange.Alfresco, exchanges) }
}

// recorded notes a request, and answers it out of the recording.
func (s *Server) recorded(w http.ResponseWriter, r *http.Request) {
	s.Begin(Recorded, &Request{Operation: Recorded, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Time: s.options.now()})
	defer s.End(nil)
	s.options.replay.ServeHTTP(w, r)
}
