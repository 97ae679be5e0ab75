package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

const (
	fileFields   = "types"
	typeFields   = "id, name, sources"
	sourceFields = "id, method, needs, appliesTo, timeLimit, optional, content"

	// maxFileBytes is far above any file of types and far below what could keep the parser busy.
	maxFileBytes = 256 << 10

	allowedTypes     = "a list of at least one type {" + typeFields + "}"
	allowedTimeLimit = "a duration from 1s to 30m such as 60s"
)

// ParseTypes reads types from YAML, of which JSON is a part: an object with the field types, a list of types with the
// fields of Type and TypeSource and no others. Everything that is wrong comes at once, as invalid.Errors, each with the
// number and the id of the type and of the source.
func ParseTypes(data []byte) (*Types, error) {
	p := &typesParser{wrong: map[string]bool{}}
	types := p.file(data)
	for i := range types {
		types[i] = types[i].withDefaults()
	}
	p.validate(types)
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	return &Types{list: types}, nil
}

// typesParser collects problems instead of stopping at the first one.
type typesParser struct {
	problems invalid.List
	// wrong are fields that have a problem already, so that they don't get a second one that follows from it.
	wrong map[string]bool
}

// refuse notes a problem with a field, unless it has one already.
func (p *typesParser) refuse(field, value, allowed string) {
	if !p.wrong[field] {
		p.wrong[field] = true
		p.problems.Add(field, value, allowed)
	}
}

func (p *typesParser) file(data []byte) []Type {
	if len(data) > maxFileBytes {
		p.refuse("file", fmt.Sprintf("%d bytes", len(data)), fmt.Sprintf("at most %d bytes", maxFileBytes))
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, more yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		p.refuse("types", "", allowedTypes)
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&more); err == nil {
			p.refuse("file", "a second document", "one document")
			return nil
		}
	}
	if !errors.Is(err, io.EOF) {
		p.problems.Join(errors.New("YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")))
		return nil
	}
	fields := p.object("file", document.Content[0], fileFields)
	if fields == nil {
		return nil
	}
	list := p.list("types", fields["types"], allowedTypes)
	types := make([]Type, len(list))
	for i, node := range list {
		types[i] = p.readType(i, node)
	}
	return types
}

func (p *typesParser) readType(i int, node *yaml.Node) Type {
	var t Type
	where := typeName(i, peek(node))
	fields := p.object(where, node, typeFields)
	if fields == nil {
		return t
	}
	t.ID = p.text(where+" id", fields["id"])
	t.Name = p.text(where+" name", fields["name"])
	list := p.list(where+" sources", fields["sources"], "a list of at least one source {"+sourceFields+"}")
	t.Sources = make([]TypeSource, len(list))
	for n, node := range list {
		t.Sources[n] = p.readSource(sourceName(where, n, peek(node)), node)
	}
	return t
}

func (p *typesParser) readSource(where string, node *yaml.Node) TypeSource {
	var s TypeSource
	fields := p.object(where, node, sourceFields)
	if fields == nil {
		return s
	}
	s.ID = p.text(where+" id", fields["id"])
	s.Method = p.text(where+" method", fields["method"])
	s.Needs = p.text(where+" needs", fields["needs"])
	s.Content = p.text(where+" content", fields["content"])
	if fields["appliesTo"] != nil {
		for _, kind := range p.list(where+" appliesTo", fields["appliesTo"], "a list such as [UL, IP]") {
			s.AppliesTo = append(s.AppliesTo, Kind(p.text(where+" appliesTo", kind)))
		}
	}
	if limit := fields["timeLimit"]; limit != nil {
		var d pass.Duration
		if limit.Kind != yaml.ScalarNode || d.UnmarshalText([]byte(limit.Value)) != nil || d == 0 {
			p.refuse(where+" timeLimit", shown(limit), allowedTimeLimit)
		}
		s.TimeLimit = d
	}
	if optional := fields["optional"]; optional != nil {
		if optional.Kind != yaml.ScalarNode || optional.ShortTag() != "!!bool" {
			p.refuse(where+" optional", shown(optional), "true or false")
		}
		s.Optional = strings.EqualFold(optional.Value, "true")
	}
	return s
}

// object takes a map apart. It refuses unknown fields and fields that come twice; one without a value is as not there.
func (p *typesParser) object(where string, node *yaml.Node, allowed string) map[string]*yaml.Node {
	if node.Kind != yaml.MappingNode {
		p.refuse(where, shown(node), "the fields "+allowed)
		p.spoil(where, allowed)
		return nil
	}
	fields, seen := map[string]*yaml.Node{}, map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i].Value, node.Content[i+1]
		switch {
		case !slices.Contains(strings.Split(allowed, ", "), name):
			p.problems.Add(where, name, "the fields "+allowed)
			continue
		case seen[name]:
			p.refuse(where+" "+name, shown(value), "each field once")
		}
		seen[name] = true
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!null" {
			fields[name] = value
		}
	}
	return fields
}

// spoil keeps the fields of what is no object from being missed one by one.
func (p *typesParser) spoil(where, fields string) {
	for _, field := range strings.Split(fields, ", ") {
		p.wrong[where+" "+field] = true
	}
}

func (p *typesParser) list(field string, node *yaml.Node, allowed string) []*yaml.Node {
	switch {
	case node == nil:
		p.refuse(field, "", allowed)
	case node.Kind != yaml.SequenceNode || len(node.Content) == 0:
		p.refuse(field, shown(node), allowed)
	default:
		return node.Content
	}
	return nil
}

func (p *typesParser) text(field string, node *yaml.Node) string {
	switch {
	case node == nil:
		return ""
	case node.Kind != yaml.ScalarNode || node.ShortTag() != "!!str":
		p.refuse(field, shown(node), "a text; numbers and the like stand in quotes")
	case node.Value != "" && strings.TrimSpace(node.Value) == "":
		p.refuse(field, node.Value, "a text, or no such field")
	}
	return node.Value
}

// peek is the id of a type or a source, only to name it; what is wrong with it is said elsewhere.
func peek(node *yaml.Node) string {
	if node.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "id" && node.Content[i+1].Kind == yaml.ScalarNode {
			return shorten(node.Content[i+1].Value)
		}
	}
	return ""
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

// shown is a value in a message.
func shown(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		if len(node.Content) == 0 {
			return "an empty list"
		}
		return "a list"
	case yaml.MappingNode:
		return "fields of its own"
	case yaml.AliasNode:
		return "*" + node.Value
	}
	if node.Value == "" {
		return "nothing"
	}
	return shorten(strings.Join(strings.Fields(node.Value), " "))
}
