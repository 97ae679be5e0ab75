// Package mapping says which attribute of a node comes from where. A mapping is a JSON file of entries: an attribute of
// Alfresco, a source (a method of Kontur.Focus), a jq expression over that source's object, and a policy when to write.
// It is compiled once, at start; a default is built in.
//
// To project is to cut an answer of a source down to the mapped attributes; to revise is to compare a node with the
// projections of its company and say what to write. The package neither asks nor writes, and which company a node means
// is the business of package counterparty.
package mapping

import "counterparty-sync/internal/counterparty"

// Mapping is a compiled mapping. It is safe for concurrent use.
type Mapping struct{}

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

// Default returns the built-in mapping.
func Default() (*Mapping, error) { panic("not yet") }

// Load reads a mapping from a file.
func Load(path string) (*Mapping, error) { panic("not yet") }

// Parse compiles a mapping.
func Parse(data []byte) (*Mapping, error) { panic("not yet") }

// Attributes are the attributes of a node that the mapping reads or writes.
func (m *Mapping) Attributes() []string { panic("not yet") }

// Identity reads from a node's properties who it is.
func (m *Mapping) Identity(properties map[string]any) counterparty.Identity { panic("not yet") }

// Project cuts what a source says about one company down to the mapped attributes.
func (m *Mapping) Project(source, inn, ogrn string, object map[string]any, kpps []string) (counterparty.Projection, error) {
	panic("not yet")
}

// Revise compares a node with the answers, by source, about its company.
func (m *Mapping) Revise(properties map[string]any, unit counterparty.Unit, nodeKPP string, answers map[string]counterparty.Projection) Revision {
	panic("not yet")
}
