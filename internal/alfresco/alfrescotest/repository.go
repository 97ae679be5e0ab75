package alfrescotest

import (
	"fmt"
	"time"
)

// Node is a node of the repository.
type Node struct {
	// Dbid is sys:node-dbid; 0 takes the next one.
	Dbid int64
	// ID is made from Dbid if it is empty.
	ID string
	// Name is made from idocs:fullOrganizationName or Dbid if it is empty.
	Name string
	// Type is idocs:contractor if it is empty.
	Type       string
	Properties map[string]any
	// Language is that of who made the node, in which its texts are indexed; that of WithLanguage if it is empty.
	Language   string
	CreatedAt  time.Time // the server's clock if it is zero
	ModifiedAt time.Time // CreatedAt if it is zero

	// ReadOnly: the accounts may not write it (403).
	ReadOnly bool
	// Locked: somebody else holds a lock (409).
	Locked bool
	// Forbidden: the accounts may not read it (403; searches count it and leave it out).
	Forbidden bool
	// BrokenAspect: it has an aspect of a model that was removed, over which the metadata web script fails.
	BrokenAspect bool
	// Protected are properties that a case process protects, which only the Records API heeds.
	Protected []string
}

// Add creates nodes and returns their ids. A node that the content model doesn't allow panics: the test is wrong then.
func (s *Server) Add(nodes ...Node) []string {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	ids := make([]string, 0, len(nodes))
	for _, n := range nodes {
		ids = append(ids, s.store.add(n))
	}
	return ids
}

// Get returns a copy of a node.
func (s *Server) Get(id string) (Node, bool) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	if r := s.store.nodes[id]; r != nil {
		return r.clone(), true
	}
	return Node{}, false
}

// Nodes returns copies of all nodes of the type, subtypes included, in the order of their dbid.
func (s *Server) Nodes(nodeType string) []Node {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	hits := s.store.database[nodeType]
	nodes := make([]Node, 0, len(hits))
	for _, h := range hits {
		nodes = append(nodes, s.store.nodes[h.id].clone())
	}
	return nodes
}

// Edit changes properties as a person in the user interface would, in the node's language, whatever flags the node has. Nil unsets.
func (s *Server) Edit(id string, properties map[string]any) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r := s.store.nodes[id]
	if r == nil {
		return fmt.Errorf("edit node %s: no such node", id)
	}
	converted, refused := convertAll(properties)
	if refused != nil {
		return fmt.Errorf("edit node %s: %s", id, refused.key)
	}
	s.store.apply(r, converted, "person", r.Language)
	return nil
}

// SetFlags changes what the accounts may do with a node.
func (s *Server) SetFlags(id string, readOnly, locked, forbidden bool) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if r := s.store.nodes[id]; r != nil {
		r.ReadOnly, r.Locked, r.Forbidden = readOnly, locked, forbidden
	}
}

// BreakAspects gives nodes an aspect of a model that was removed.
func (s *Server) BreakAspects(ids ...string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range ids {
		s.store.nodes[id].BrokenAspect = true
	}
}

// Delete deletes nodes from the database, and from the index unless that lags.
func (s *Server) Delete(ids ...string) {
	for _, id := range ids {
		s.store.delete(id, false)
	}
}

// DeleteLeavingGhosts deletes nodes from the database; the index keeps them for ever.
func (s *Server) DeleteLeavingGhosts(ids ...string) {
	for _, id := range ids {
		s.store.delete(id, true)
	}
}

// AddGhosts puts entries of nodes that don't exist into the index, for every dbid from first to last.
func (s *Server) AddGhosts(nodeType string, first, last int64) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for dbid := first; dbid <= last; dbid++ {
		s.store.index.add(nodeType, hit{dbid: dbid, id: fmt.Sprintf("00000000-0000-4000-9000-%012x", dbid), created: s.store.options.now(), language: languageOf(s.store.options.language)})
	}
	s.store.lastDbid = max(s.store.lastDbid, last)
}

// SetReadOnly makes the whole repository refuse writes, or take them again.
func (s *Server) SetReadOnly(readOnly bool) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.readOnly = readOnly
}
