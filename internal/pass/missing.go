package pass

import (
	"fmt"
	"slices"
	"strings"

	"counterparty-sync/internal/sourcestate"
)

// MaxMissing bounds the ids and identifiers that a Missing names.
const MaxMissing = 20

// Missing is what a walk was narrowed to and no node has: Count in all, of which some are named.
type Missing struct {
	Count int      `json:"count"`
	Nodes []string `json:"nodes,omitempty"`
	// IDs are INNs or OGRNs, as in Selection.
	IDs []string `json:"ids,omitempty"`
}

// Missing is what is chosen and was not met; nil if all was. before is what was missing of other choices of the walk.
func (o *Selection) Missing(met Selection, before *Missing) *Missing {
	var m Missing
	if before != nil {
		m = Missing{Count: before.Count, Nodes: slices.Clone(before.Nodes), IDs: slices.Clone(before.IDs)}
	}
	note := func(into *[]string, asked, met []string) {
		known := make(map[string]bool, len(met))
		for _, one := range met {
			known[one] = true
		}
		for _, one := range asked {
			if _, unknown := DbidOf(one); known[one] || unknown {
				continue // a node that was found by its dbid has another name
			}
			known[one] = true // asked for twice, it is missing once
			if m.Count++; len(m.Nodes)+len(m.IDs) < MaxMissing {
				*into = append(*into, one)
			}
		}
	}
	note(&m.Nodes, o.Nodes, met.Nodes)
	note(&m.IDs, o.IDs, met.IDs)
	if m.Count == 0 {
		return nil
	}
	return &m
}

// String says on one line what is missing.
func (m *Missing) String() string {
	names := slices.Concat(m.Nodes, m.IDs)
	text := fmt.Sprintf("%d asked for and not found", m.Count)
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if more := m.Count - len(names); more > 0 && len(names) > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Why says what may be the reason.
func (m *Missing) Why() string {
	text := "gone, of another type, or not in the search index yet"
	if m.Count > len(m.Nodes) {
		text += "; or typed in a language that ALFRESCO_LANGUAGES lacks"
	}
	return text
}

// within is m with as many names as a number of bytes of JSON holds, and how many bytes these take.
func (m *Missing) within(room int) (short *Missing, taken int) {
	short = &Missing{Count: m.Count}
	add := func(into *[]string, names []string) {
		for _, name := range names {
			length := len(`"",`) + sourcestate.LengthInJSON(name)
			if taken+length > room {
				return
			}
			taken += length
			*into = append(*into, name)
		}
	}
	add(&short.Nodes, m.Nodes)
	add(&short.IDs, m.IDs)
	return short, taken
}
