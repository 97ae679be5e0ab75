package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

// maxFileBytes is far above any sync and far below what could keep the parser busy.
const maxFileBytes = 256 << 10

// LoadSync reads the YAML of one sync and returns it with defaults, validated but for cron and timeZone, which
// schedule.Parse checks. name is the file's, for messages only.
//
// Unknown and repeated fields, wrong types, several documents and an empty file are refused. A field without a value has
// its default. Every problem is one line "name:line: field: "value" is not allowed; allowed: …", without the line where
// there is none; all of them together are invalid.Errors, beside which the sync holds what could be read, so that its cron
// can be checked as well. An error of the reader is returned as it is, wrapped.
func LoadSync(r io.Reader, name string) (pass.Sync, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return pass.Sync{}, fmt.Errorf("read %s: %w", name, err)
	}
	f := syncFile{name: name, values: map[string]*yaml.Node{}, wrong: map[string]bool{}}
	if len(text) > maxFileBytes {
		f.add(0, &invalid.Field{Name: "file", Value: fmt.Sprintf("more than %d bytes", maxFileBytes), Allowed: "one sync, a page at most"})
		return pass.Sync{}, f.err()
	}
	root, ok := f.document(text)
	if !ok {
		return pass.Sync{}, f.err()
	}
	sync := f.decode(root).WithDefaults()
	f.check(sync)
	return sync, f.err()
}

// syncFile is a file while it is read.
type syncFile struct {
	name     string
	problems []problemAt
	// values are the fields that the file has.
	values map[string]*yaml.Node
	// wrong are the fields that have a problem already, so that they don't get a second one that follows from it.
	wrong map[string]bool
}

// problemAt is a problem and its line; line 0 stands for the file as a whole.
type problemAt struct {
	line int
	err  error
}

func (f *syncFile) add(line int, problem error) {
	f.problems = append(f.problems, problemAt{line, problem})
}

// err returns all problems in the order of the lines.
func (f *syncFile) err() error {
	slices.SortStableFunc(f.problems, func(a, b problemAt) int { return cmp.Compare(a.line, b.line) })
	var l invalid.List
	for _, problem := range f.problems {
		place := f.name
		if problem.line > 0 {
			place += ":" + strconv.Itoa(problem.line)
		}
		l.Join(fmt.Errorf("%s: %w", place, problem.err))
	}
	return l.Err()
}

// document parses the text and returns its mapping of fields.
func (f *syncFile) document(text []byte) (*yaml.Node, bool) {
	if line, problem := findUnprintable(text); problem != nil {
		f.add(line, problem)
		return nil, false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && isNothing(document.Content[0]) {
		f.add(0, &invalid.Field{Name: "content", Allowed: "fields such as id: nightly"})
		return nil, false
	}
	if err != nil {
		f.add(explainSyntax(err))
		return nil, false
	}
	switch err = decoder.Decode(&second); {
	case err == nil:
		f.add(second.Line, &invalid.Field{Name: "document", Value: "a second one", Allowed: "one sync in a file"})
		return nil, false
	case !errors.Is(err, io.EOF):
		f.add(explainSyntax(err))
		return nil, false
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		f.add(root.Line, &invalid.Field{Name: "content", Value: shown(root), Allowed: "fields such as id: nightly"})
		return nil, false
	}
	return root, true
}

// isNothing reports whether a file has a document marker or a null and no more.
func isNothing(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// decode reads all the fields of a mapping.
func (f *syncFile) decode(root *yaml.Node) pass.Sync {
	var sync pass.Sync
	lines := map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], resolve(root.Content[i+1])
		name := key.Value
		field, known := fieldNamed(name)
		switch first := lines[name]; {
		case key.Kind != yaml.ScalarNode || !known:
			instead := insteadOf(name)
			f.add(key.Line, &invalid.Field{Name: "field", Value: shown(key), Allowed: instead})
			f.wrong[instead] = true
			continue
		case first > 0:
			f.add(key.Line, &invalid.Field{Name: name, Value: shown(value), Allowed: fmt.Sprintf("each field once; line %d has it already", first)})
			f.wrong[name] = true
			continue
		}
		lines[name], f.values[name] = key.Line, value
		if isNothing(value) {
			continue
		}
		if problem := field.read(&sync, value); problem != nil {
			f.add(problem.line, &invalid.Field{Name: name, Value: problem.value, Allowed: problem.allowed})
			f.wrong[name] = true
		}
	}
	return sync
}

// check validates what was read, and finds the line for each problem.
func (f *syncFile) check(sync pass.Sync) {
	var all invalid.Errors
	if !errors.As(sync.Validate(), &all) {
		return
	}
	for _, err := range all {
		var field *invalid.Field
		switch {
		case !errors.As(err, &field):
			f.add(0, err)
		case f.wrong[field.Name]:
		// The default of name is id, whose own problem is enough.
		case field.Name == "name" && f.values["name"] == nil:
		default:
			line, value := f.locate(field)
			f.add(line, &invalid.Field{Name: field.Name, Value: value, Allowed: field.Allowed})
		}
	}
}

// locate finds a value as the user wrote it, and its line.
func (f *syncFile) locate(field *invalid.Field) (line int, value string) {
	node := f.values[field.Name]
	if node == nil {
		return 0, field.Value
	}
	for _, item := range node.Content {
		if item = resolve(item); item.Value == field.Value || sameDuration(item.Value, field.Value) {
			return item.Line, item.Value
		}
	}
	// A part of a text says more than the whole; a text in a canonical form says less than what was written.
	if node.Kind == yaml.ScalarNode && !strings.Contains(node.Value, field.Value) {
		return node.Line, shorten(node.Value)
	}
	return node.Line, shorten(field.Value)
}

// resolve follows an alias to the value that it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
