package alfrescotest

// PoisonSearch makes each search fail in this way whose answer would show one of the nodes, and no other search: the index has
// them as before, and the repository can't show them. Of the fault counts what it does, and not what it matches.
func (s *Server) PoisonSearch(how Fault, ids ...string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range ids {
		s.store.poison[id] = how
	}
}

// CureSearch takes the poison away again.
func (s *Server) CureSearch(ids ...string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range ids {
		delete(s.store.poison, id)
	}
}

// poisoned is the answer of a search that would show these entries of the index; nil if it can. It expects the lock.
func (st *store) poisoned(page []hit) *reply {
	for _, h := range page {
		how, ok := st.poison[h.id]
		if node := st.nodes[h.id]; ok && node != nil && !node.Forbidden {
			return &reply{fault: &how}
		}
	}
	return nil
}
