package mapping

import (
	"slices"

	"counterparty-sync/internal/counterparty"
)

// Diff is what a node lacks.
type Diff struct {
	// Write holds the properties to write; nil unsets one. Empty if nothing differs. The memory is among them.
	Write map[string]any
	// Changes is what Write does to the mapped attributes, in the order of the mapping.
	Changes []counterparty.Change
	// Reported is what would change, were it not for the policies never and ifOurs, in the order of the mapping.
	Reported []counterparty.Change
	// Notes say which attributes could not be compared because an answer could not be read: "idocs:kpp: …"; and that the
	// memory can't be used, if it was needed.
	Notes []string
}

// Diff compares a node with the answers, by source, about its company. The unit and the KPP are those of the node as
// counterparty.Choose saw it.
//
// For each attribute the first entry in the file that has a value decides, with its own policy. An attribute for which
// any entry has a branch expression belongs to the place and not to the company: a branch takes only the values that
// such expressions give, and any other unit takes nothing. Where no entry has a value nothing happens, unless an entry says
// absent: clear and every answer could be read.
//
// If the mapping has a memory, every value that is written is remembered, whatever its policy; nothing is written for the
// memory's sake alone.
func (m *Mapping) Diff(nodeID string, properties map[string]any, unit counterparty.Unit, nodeKPP string, answers map[string]counterparty.Projection) Diff {
	var r Diff
	nodeKPP = counterparty.Bare(nodeKPP)
	memory := recall(nodeID, properties[m.memory])
	for _, a := range m.mapped {
		if a.local && unit == counterparty.OtherUnit {
			continue
		}
		value, by, notes := m.decide(a, a.local && unit == counterparty.Branch, nodeKPP, answers)
		r.Notes = append(r.Notes, notes...)
		if by == nil {
			continue
		}
		was := properties[a.name]
		if Equal(was, value) {
			if m.adopt && by.write != never {
				memory.note(a.name, was)
			}
			continue
		}
		change := counterparty.Change{Attribute: a.name, Was: counterparty.Told(was), Became: counterparty.Told(value), Source: by.source}
		switch {
		case by.write == never:
			change.Reason = counterparty.KeptNever
			r.Reported = append(r.Reported, change)
		case by.write == always || counterparty.IsEmpty(was) || by.write == ifOurs && memory.holds(a.name, was):
			if r.Write == nil {
				r.Write = map[string]any{}
			}
			r.Write[a.name] = value
			r.Changes = append(r.Changes, change)
			memory.note(a.name, value)
		case by.write == ifOurs:
			change.Reason = counterparty.KeptByHand
			r.Reported = append(r.Reported, change)
		}
	}
	m.remember(&r, memory)
	return r
}

// remember adds the memory to what is written anyway.
func (m *Mapping) remember(r *Diff, memory *memory) {
	switch {
	case m.memory == "":
	case memory.foreign:
		keptByHand := func(c counterparty.Change) bool { return c.Reason == counterparty.KeptByHand }
		if len(r.Write) > 0 || slices.ContainsFunc(r.Reported, keptByHand) {
			r.Notes = append(r.Notes, m.memory+": holds a text that this program did not write, or that was edited, so nothing counts as "+
				"ours and nothing is remembered; empty it, or name another property in the mapping")
		}
	case len(r.Write) > 0:
		if text := memory.text(m.mapped); !Equal(memory.was, text) {
			r.Write[m.memory] = text
		}
	}
}

// decide returns the value that the attribute should have, nil to clear it, and the entry that says so, nil if none does.
func (m *Mapping) decide(a attribute, branch bool, kpp string, answers map[string]counterparty.Projection) (value any, by *entry, notes []string) {
	for _, e := range a.entries {
		if slices.Contains(m.leftOut, e.source) && (!branch || e.branch != nil) {
			return nil, nil, notes
		}
		answer, answered := answers[e.source]
		if !answered || branch && e.branch == nil {
			continue
		}
		values := answer.Values
		if branch {
			values = answer.Branches[kpp]
		}
		value, says := values[a.name]
		if value != nil {
			return value, e, notes
		}
		if note := answer.Notes[a.name]; note != "" {
			notes = append(notes, a.name+": "+e.source+": "+note)
		}
		if says && by == nil {
			by = e
		}
	}
	if len(notes) > 0 {
		return nil, nil, notes
	}
	return nil, by, nil
}
