package workflows

import (
	"slices"

	"counterparty-sync/internal/pass"
)

// met is what nodes have of what a segment is narrowed to; nil if it walks all nodes.
type met struct {
	asked *pass.Selection
	found pass.Selection
	// unknown: a node could not be read, so that nobody knows whether it is one of those.
	unknown bool
}

func newMet(asked *pass.Selection) *met {
	if asked == nil {
		return nil
	}
	return &met{asked: asked}
}

// told is what a segment tells its pass.
func (m *met) told() *pass.Selection {
	if m == nil || m.unknown {
		return nil
	}
	return &m.found
}

// see notes nodes that were read, and that could not be. A node may be seen more than once.
func (m *met) see(batch pass.FetchedBatch) {
	if m == nil {
		return
	}
	note := func(into *[]string, asked []string, one string) {
		if slices.Contains(asked, one) && !slices.Contains(*into, one) {
			*into = append(*into, one)
		}
	}
	for _, node := range batch.Failed {
		m.unknown = m.unknown || !slices.Contains(m.asked.Nodes, node.ID())
	}
	for _, node := range batch.Nodes {
		note(&m.found.Nodes, m.asked.Nodes, node.ID)
		note(&m.found.IDs, m.asked.IDs, node.Key)
	}
}

// sought compares what a pass is narrowed to, or tries again, with what its segments met.
type sought struct {
	met pass.Selection
	// unknown: nobody knows what some segment met.
	unknown bool
	missing *pass.Missing
}

// add notes what a segment met; null if it does not know.
func (s *sought) add(found *pass.Selection) {
	if found == nil {
		s.unknown = true
		return
	}
	s.met.Nodes, s.met.IDs = append(s.met.Nodes, found.Nodes...), append(s.met.IDs, found.IDs...)
}

// compare is called when all that was chosen has been walked; nil is a walk over all nodes.
func (s *sought) compare(chosen *pass.Selection) {
	if chosen != nil && !s.unknown {
		s.missing = chosen.Missing(s.met, s.missing)
	}
	s.met, s.unknown = pass.Selection{}, false
}
