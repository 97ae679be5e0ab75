package journal

import (
	"slices"
	"time"

	"counterparty-sync/internal/counterparty"
)

// Filter chooses entries. A zero field lets everything through.
type Filter struct {
	// Attributes leave of an entry only changes of these, and of entries only those with such a change.
	Attributes []string
	Nodes      []string
	// IDs are INNs or OGRNs, as the nodes have them.
	IDs      []string
	Outcomes []counterparty.Outcome
	// Rejected leaves the nodes that were not brought up to date.
	Rejected bool
	// Since leaves out what was before.
	Since time.Time
}

// Apply returns what a filter leaves of an entry; ok is false if that is nothing.
func (f Filter) Apply(e Entry) (left Entry, ok bool) {
	switch {
	case len(f.Nodes) > 0 && !slices.Contains(f.Nodes, e.NodeID),
		len(f.IDs) > 0 && !slices.Contains(f.IDs, e.ID()),
		len(f.Outcomes) > 0 && !slices.Contains(f.Outcomes, e.Outcome),
		f.Rejected && !Rejected(e.Outcome),
		e.Time.Before(f.Since):
		return Entry{}, false
	case len(f.Attributes) == 0:
		return e, true
	}
	only := func(changes []counterparty.Change) []counterparty.Change {
		return slices.DeleteFunc(slices.Clone(changes), func(c counterparty.Change) bool { return !slices.Contains(f.Attributes, c.Attribute) })
	}
	e.Changes, e.Reported = only(e.Changes), only(e.Reported)
	return e, len(e.Changes)+len(e.Reported) > 0
}
