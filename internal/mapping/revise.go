package mapping

import (
	"strings"

	"counterparty-sync/internal/counterparty"
)

// Revision is what a node lacks.
type Revision struct {
	// Write holds the properties to write; nil unsets one. Empty if nothing differs.
	Write map[string]any
	// Changes is what Write does, in the order of the mapping.
	Changes []counterparty.Change
	// Reported is what would change, were it not for the policy never, in the order of the mapping.
	Reported []counterparty.Change
	// Notes say which attributes could not be compared because an answer could not be read: "idocs:kpp: …".
	Notes []string
}

// Revise compares a node with the answers, by source, about its company. The unit and the KPP are those of the node as
// counterparty.Choose saw it.
//
// For each attribute the first entry in the file that has a value decides, with its own policy. An attribute for which
// any entry has a branch expression belongs to the place and not to the company: a branch takes only the values that
// such expressions give, and any other unit takes nothing. Where nobody has a value nothing happens, unless an entry says
// absent: clear and every answer could be read.
func (m *Mapping) Revise(properties map[string]any, unit counterparty.Unit, nodeKPP string, answers map[string]counterparty.Projection) Revision {
	var r Revision
	nodeKPP = strings.TrimSpace(nodeKPP)
	for _, a := range m.mapped {
		if a.local && unit == counterparty.OtherUnit {
			continue
		}
		value, by, notes := a.decide(a.local && unit == counterparty.Branch, nodeKPP, answers)
		r.Notes = append(r.Notes, notes...)
		if by == nil {
			continue
		}
		was := properties[a.name]
		change := counterparty.Change{Attribute: a.name, Was: was, Became: value}
		switch {
		case equal(was, value):
		case by.write == never:
			r.Reported = append(r.Reported, change)
		case by.write == always || absent(was):
			if r.Write == nil {
				r.Write = map[string]any{}
			}
			r.Write[a.name] = value
			r.Changes = append(r.Changes, change)
		}
	}
	return r
}

// decide returns the value that the attribute should have, nil to clear it, and the entry that says so, nil if none does.
func (a attribute) decide(branch bool, kpp string, answers map[string]counterparty.Projection) (value any, by *entry, notes []string) {
	for _, e := range a.entries {
		if e.leftOut && (!branch || e.branch != nil) {
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
