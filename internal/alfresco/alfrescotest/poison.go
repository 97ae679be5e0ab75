package alfrescotest

import "net/http"

// PoisonGet makes each request fail that reads one of these nodes from the database, with either API, and nothing else.
func (s *Server) PoisonGet(nodeIDs ...string) (remove func()) { return s.poison(nodeIDs, Get, Query) }

// PoisonPut makes each request fail that writes one of these nodes, with either API, and nothing else.
func (s *Server) PoisonPut(nodeIDs ...string) (remove func()) { return s.poison(nodeIDs, Put, Mutate) }

func (s *Server) poison(nodeIDs []string, operations ...Operation) (remove func()) {
	var faults []Fault
	for _, id := range nodeIDs {
		for _, op := range operations {
			faults = append(faults, Fault{Operation: op, NodeID: id, Status: http.StatusInternalServerError, Summary: "a behaviour failed"})
		}
	}
	return s.Inject(faults...)
}
