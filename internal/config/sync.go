package config

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/strict"
)

// maxFileBytes is far above any sync and far below what could keep the parser busy.
const maxFileBytes = 256 << 10

// remedy is what helps against most mistakes in YAML, whatever the parser calls them.
const remedy = `printable UTF-8; one field on a line, all in the same column, without tabs; texts with signs such as * & @ : \ between 'single quotes'`

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
	fields := pass.Fields()
	names := make([]string, len(fields))
	var hide []string
	for i, field := range fields {
		names[i] = field.Name
		if field.Hide {
			hide = append(hide, field.Name)
		}
	}
	f := &syncFile{strict.Reader{File: name, Whole: "field", Instead: func(name string) string { return insteadOf(name, names) }, Hide: hide}}
	root := f.document(text)
	if root == nil {
		return pass.Sync{}, f.Err()
	}
	var sync pass.Sync
	nodes := f.Fields("", root, strings.Join(names, ", "))
	for _, field := range fields {
		f.Read(field.Name, nodes[field.Name], field.In(&sync), field.Form)
	}
	sync = sync.WithDefaults()
	f.refuse(sync.Validate(), nodes)
	return sync, f.Err()
}

// syncFile is a file while it is read.
type syncFile struct{ strict.Reader }

// document parses the text and returns its fields; nil if there are none.
func (f *syncFile) document(text []byte) *strict.Node {
	if len(text) > maxFileBytes {
		f.Refuse("file", fmt.Sprintf("more than %d bytes", maxFileBytes), "one sync, a page at most")
		return nil
	}
	root, err := strict.YAML(text)
	var syntax *strict.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Problem == strict.SecondDocument:
		f.RefuseAt(syntax.Line, "document", "a second one", "one sync in a file")
	case errors.As(err, &syntax):
		f.Add(syntax.Line, fmt.Errorf("YAML: %s; allowed: %s", syntax.Problem, remedy))
	case !root.IsSet():
		f.Refuse("content", "", "fields such as id: nightly")
	case !root.IsObject():
		f.Misfit("content", root, "fields such as id: nightly")
	default:
		return root
	}
	return nil
}

// refuse adds what is wrong with the values that were read, each as it was written and with its line.
func (f *syncFile) refuse(err error, nodes map[string]*strict.Node) {
	all, _ := errors.AsType[invalid.Errors](err)
	for _, err := range all {
		field, ok := errors.AsType[*invalid.Field](err)
		if !ok {
			f.Add(0, err)
			continue
		}
		node, line, value := nodes[field.Name], 0, field.Value
		if node != nil {
			node = node.Item(field.Item)
			line = node.Line
			// A part of a text says more than the whole; a text in a canonical form says less than what was written.
			if written := node.Text(); written != "" && !strings.Contains(written, value) {
				value = written
			}
		} else if field.Name == "name" {
			// Its default is the id, whose own problem is enough.
			continue
		}
		f.RefuseAt(line, field.Name, excerpt.Runes(value, maxShown), field.Allowed)
	}
}

// insteadOf says what to write in place of an unknown field.
func insteadOf(name string, names []string) string {
	if known := nearest(name, names); known != "" {
		return known
	}
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name)) {
	case "key", "ключ", "apikey", "focuskey", "password", "token":
		return "no secrets in this file; the key is KONTUR_KEY or KONTUR_KEY_FILE in the environment of the worker, and konturKey names another one"
	case "reset", "resetstate", "resetat":
		return "none; use the flag --reset of apply instead"
	case "<<":
		return "fields, each written out"
	}
	return strings.Join(names, ", ")
}

// maxShown is how many characters of a value a message repeats: enough to recognise it.
const maxShown = 80
