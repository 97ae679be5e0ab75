package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/strict"
)

// Defaults and limits of a source of a type.
const (
	// DefaultTimeLimit outlasts one slow call and two quick tries after it.
	DefaultTimeLimit = time.Minute
	MinTimeLimit     = time.Second
	// MaxTimeLimit is a bound that a mistyped unit breaks.
	MaxTimeLimit = 30 * time.Minute

	defaultContent = "."
)

//go:embed default-report-types.yaml
var defaultTypes []byte

// Types are the report types of a worker, valid and with all defaults, in the order of their file. They are safe for
// concurrent use.
type Types struct{ list []Type }

// DefaultTypes returns the built-in types.
func DefaultTypes() (*Types, error) {
	t, err := ParseTypes(defaultTypes)
	if err != nil {
		return nil, fmt.Errorf("built-in report types: %w", err)
	}
	return t, nil
}

// LoadTypes reads types from a file. What is wrong with its content comes as invalid.Errors.
func LoadTypes(path string) (*Types, error) { return strict.Load("report types", path, ParseTypes) }

// Find returns the type with the id; ok is false if there is none, as of types that are nil.
func (t *Types) Find(id string) (found Type, ok bool) {
	if t == nil {
		return Type{}, false
	}
	for _, each := range t.list {
		if each.ID == id {
			return each.clone(), true
		}
	}
	return Type{}, false
}

// List returns a copy of all types.
func (t *Types) List() []Type { return each(t.list, Type.clone) }

// IDs are the ids of all types.
func (t *Types) IDs() []string { return each(t.list, func(one Type) string { return one.ID }) }

// SourceIDs are the ids of the type's sources, in their order.
func (t Type) SourceIDs() []string { return each(t.Sources, func(s TypeSource) string { return s.ID }) }

// CompanySource is the id of the source that tells which company is meant.
func (t Type) CompanySource() string {
	for _, source := range t.Sources {
		if source.TellsCompany() {
			return source.ID
		}
	}
	return ""
}

// Lacking are the sources of the type that a contract of these methods lacks, those first that a report is not whole without.
func (t Type) Lacking(contract []string) []TypeSource {
	var needed, optional []TypeSource
	for _, source := range t.Sources {
		switch {
		case slices.Contains(contract, source.Method):
		case source.Optional:
			optional = append(optional, source)
		default:
			needed = append(needed, source)
		}
	}
	return append(needed, optional...)
}

// TellsCompany reports whether this is the source that tells which company is meant.
func (s TypeSource) TellsCompany() bool { return s.Method == methods.Req }

// Applies reports whether the source knows counterparties of the kind.
func (s TypeSource) Applies(kind Kind) bool { return slices.Contains(s.AppliesTo, kind) }

// each is what each of all gives, in their order.
func each[From, To any](all []From, give func(From) To) []To {
	given := make([]To, len(all))
	for i, one := range all {
		given[i] = give(one)
	}
	return given
}

func (t Type) clone() Type {
	t.Sources = slices.Clone(t.Sources)
	for i := range t.Sources {
		t.Sources[i].AppliesTo = slices.Clone(t.Sources[i].AppliesTo)
	}
	return t
}

// withDefaults fills what the file leaves out.
func (t Type) withDefaults() Type {
	t.Name = cmp.Or(t.Name, t.ID)
	for i := range t.Sources {
		s := &t.Sources[i]
		if len(s.AppliesTo) == 0 {
			s.AppliesTo = []Kind{LegalEntity, SoleProprietor}
		}
		s.TimeLimit = cmp.Or(s.TimeLimit, pass.Duration(DefaultTimeLimit))
		s.Content = cmp.Or(s.Content, defaultContent)
	}
	return t
}
