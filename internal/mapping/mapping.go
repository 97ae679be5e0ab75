// Package mapping says which attribute of a node comes from where. A mapping is a JSON file of entries: an attribute of
// Alfresco, a source (a method of Kontur.Focus), a jq expression over that source's object, and a policy when to write.
// It is compiled once, at start; a default is built in.
//
// To project is to cut an answer of a source down to the mapped attributes; to diff is to compare a node with the
// projections of its company and say what to write. The package neither asks nor writes, and which company a node means
// is the business of package counterparty.
package mapping

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/strict"
)

//go:embed default-mapping-attributes.json
var defaultMapping []byte

// Mapping is a compiled mapping. It is safe for concurrent use.
type Mapping struct {
	identity identity
	// entries are in the order of the file.
	entries []entry
	// of are the entries of each source.
	of map[string]*ofSource
	// mapped are the attributes, each once, in the order of the file.
	mapped []attribute
	// digest identifies its text.
	digest string
	// memory is the property in which nodes keep what was written into them last; empty if they don't.
	memory string
	// adopt means that a value that agrees with the register counts as written by us.
	adopt bool
	// leftOut are sources that are not asked this time, see Without.
	leftOut []string
}

// identity says in which attributes a node keeps who it is, see Identity.
type identity struct{ inn, ogrn, kpp []string }

// attribute is a mapped attribute with its entries, first choice first.
type attribute struct {
	name    string
	entries []*entry
	// local means that branches have a value of their own, so that the company's is not theirs.
	local bool
}

// entry says what one source knows of one attribute.
type entry struct {
	attribute, source string
	value             *jq.Expression
	branch            *jq.Expression // nil: a branch has what its company has
	write             policy
	clear             bool // what is absent in the answer is to be absent on the node
}

// ofSource are the entries of a source, in the order of the file, with their values' expressions.
type ofSource struct {
	entries []*entry
	values  *jq.Together
}

// companyVariable is the whole object of the company, for expressions over a branch.
const companyVariable = "$company"

// policy says when a value is written: its names are those of the file.
type policy string

const (
	always  policy = "always"
	ifEmpty policy = "ifEmpty"
	ifOurs  policy = "ifOurs" // also overwrites what the memory knows as written by us; reports what it keeps
	never   policy = "never"  // compares and reports only
)

// Default returns the built-in mapping.
func Default() (*Mapping, error) {
	m, err := Parse(defaultMapping)
	if err != nil {
		return nil, fmt.Errorf("built-in mapping: %w", err)
	}
	return m, nil
}

// Load reads a mapping from a file. What is wrong with its content comes as invalid.Errors.
func Load(path string) (*Mapping, error) { return strict.Load("mapping", path, Parse) }

// Digest identifies the text of the mapping: another text has another one.
func (m *Mapping) Digest() string { return m.digest }

// Without is the mapping for a time at which some sources can't be asked. An attribute that one of them may have a value
// for keeps what it has, unless an entry that comes before has a value: a later entry is second choice, and none may clear
// it.
func (m *Mapping) Without(sources []string) *Mapping {
	if len(sources) == 0 {
		return m
	}
	without := *m
	without.leftOut = sources
	return &without
}

// Attributes are all attributes of a node that the mapping reads or writes, each once: the mapped ones in the order of
// the file, then those of the identity that are not mapped, then the memory.
func (m *Mapping) Attributes() []string {
	var names []string
	for _, a := range m.mapped {
		names = append(names, a.name)
	}
	for _, name := range slices.Concat(m.identity.inn, m.identity.ogrn, m.identity.kpp) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if m.memory != "" {
		names = append(names, m.memory)
	}
	return names
}

// Memory is the property in which nodes keep what was written into them last; empty if the mapping names none.
func (m *Mapping) Memory() string { return m.memory }

// Identity reads from a node's properties who it is: bare text of the first attribute whose text can be what it should be, or
// else of the first one that is filled. It is cut if it is longer than any identifier, because reasons repeat it.
func (m *Mapping) Identity(properties map[string]any) counterparty.Identity {
	first := func(names []string, check func(string) error) (text string) {
		for _, name := range names {
			filled := textOf(properties[name])
			if check(filled) == nil {
				return filled
			}
			text = cmp.Or(text, filled)
		}
		return counterparty.ShortID(text)
	}
	isA := func(kind counterparty.IDKind) func(string) error {
		return func(text string) error { _, err := counterparty.ParseID(kind, text); return err }
	}
	return counterparty.Identity{
		INN:  first(m.identity.inn, isA(counterparty.INN)),
		OGRN: first(m.identity.ogrn, isA(counterparty.OGRN)),
		KPP:  first(m.identity.kpp, counterparty.CheckKPP),
	}
}
