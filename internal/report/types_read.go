package report

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/strict"
)

const (
	typeFields   = "id, name, konturKey, sources"
	sourceFields = "id, method, needs, appliesTo, timeLimit, optional, content"

	allowedTypes     = "a list of at least one type {" + typeFields + "}"
	allowedTimeLimit = "a duration from 1s to 30m such as 60s"
)

// ParseTypes reads types from YAML, of which JSON is a part: an object with the field types, a list of types with the
// fields of Type and TypeSource and no others. Everything that is wrong comes at once, as invalid.Errors, each with the
// number and the id of the type and of the source.
func ParseTypes(data []byte) (*Types, error) {
	p := &typesParser{strict.Reader{Whole: "file", Object: "the fields ", Hide: []string{"konturKey"}}}
	types := p.file(data)
	for i := range types {
		types[i] = types[i].withDefaults()
	}
	p.validate(types)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return &Types{list: types}, nil
}

// typesParser collects problems instead of stopping at the first one.
type typesParser struct{ strict.Reader }

func (p *typesParser) file(data []byte) []Type {
	list := p.List("types", data, allowedTypes)
	types := make([]Type, len(list))
	for i, node := range list {
		types[i] = p.readType(i, node)
	}
	return types
}

func (p *typesParser) readType(i int, node *strict.Node) Type {
	t := Type{ID: node.Peek("id")}
	where := typeName(i, t.ID)
	fields := p.Fields(where, node, typeFields)
	if fields == nil {
		return t
	}
	p.text(where+" id", fields["id"], &t.ID)
	p.text(where+" name", fields["name"], &t.Name)
	p.Read(where+" konturKey", fields["konturKey"], &t.KonturKey, pass.AllowedKeyName)
	var list []*strict.Node
	p.Need(where+" sources", fields["sources"], &list, "a list of at least one source {"+sourceFields+"}")
	t.Sources = make([]TypeSource, len(list))
	for n, node := range list {
		t.Sources[n] = p.readSource(where, n, node)
	}
	return t
}

func (p *typesParser) readSource(where string, i int, node *strict.Node) TypeSource {
	s := TypeSource{ID: node.Peek("id")}
	where = sourceName(where, i, s.ID)
	fields := p.Fields(where, node, sourceFields)
	if fields == nil {
		return s
	}
	p.text(where+" id", fields["id"], &s.ID)
	p.text(where+" method", fields["method"], &s.Method)
	p.text(where+" needs", fields["needs"], &s.Needs)
	p.text(where+" content", fields["content"], &s.Content)
	if kinds := fields["appliesTo"]; kinds.IsSet() {
		p.Need(where+" appliesTo", kinds, &s.AppliesTo, "a list such as [UL, IP]")
	}
	if limit := fields["timeLimit"]; p.Read(where+" timeLimit", limit, &s.TimeLimit, allowedTimeLimit) && s.TimeLimit == 0 {
		p.Misfit(where+" timeLimit", limit, allowedTimeLimit)
	}
	p.Read(where+" optional", fields["optional"], &s.Optional, "true or false")
	return s
}

// text reads a text that is not blank.
func (p *typesParser) text(field string, node *strict.Node, into *string) {
	if p.Read(field, node, into, "a text; numbers and the like stand in quotes") && *into != "" && strings.TrimSpace(*into) == "" {
		p.Misfit(field, node, "a text, or no such field")
	}
}

func typeName(i int, id string) string { return named(fmt.Sprintf("type %d", i+1), id) }

func sourceName(where string, i int, id string) string {
	return where + " " + named(fmt.Sprintf("source %d", i+1), id)
}

func named(what, id string) string {
	if id == "" {
		return what
	}
	return what + " (" + id + ")"
}
