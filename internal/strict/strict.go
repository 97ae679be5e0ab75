// Package strict reads what people write, YAML or JSON, and takes nothing that it does not know: an unknown field, a field
// that comes twice and a value of another form are refused, all of them at once, each with what is allowed in its place.
//
// It knows no field. Whether a value that could be read makes sense is for the package that declares the field.
//
// Words: a node is a value as it stands in the text; its form is what kind of value it is, such as a text, a list or a
// duration; a misfit is a node whose form is not that of its field.
package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"counterparty-sync/internal/invalid"
)

// Reader reads nodes into values and collects what is wrong with them.
type Reader struct {
	// File is the name of the text. With it each message begins with file and line, and they come in the order of the lines;
	// without it they come in the order in which the problems were found.
	File string
	// Whole is what messages call the object that is the whole text: "mapping".
	Whole string
	// Object words what an object must be; the names of its fields follow: "an object with ".
	Object string
	// Instead says what to write in place of an unknown field; nil: one of the fields.
	Instead func(name string) string
	// Hide are names of fields whose values no message shows: people paste secrets there.
	Hide []string
	// HideUnread keeps every value that could not be read, or is there twice, out of messages: in a file of secrets it may be
	// one.
	HideUnread bool

	problems []problem
	// misfits are the fields that could not be read: what follows from that is no problem of its own.
	misfits []string
}

// problem is an error and its line; line 0 stands for the text as a whole.
type problem struct {
	line int
	err  error
}

// Refuse notes that a field has a value that is not allowed, unless the field could not be read at all.
func (r *Reader) Refuse(field, value, allowed string) { r.RefuseAt(0, field, value, allowed) }

// RefuseAt is Refuse for a value on the line.
func (r *Reader) RefuseAt(line int, field, value, allowed string) {
	if !slices.Contains(r.misfits, field) {
		r.Add(line, &invalid.Field{Name: field, Value: r.shown(field, value), Allowed: allowed})
	}
}

// masked stands for a value that no message shows.
const masked = "***"

// shown is the value of a field for a message.
func (r *Reader) shown(field, value string) string {
	name := field[strings.LastIndexByte(field, ' ')+1:] // behind where it stands
	if value != "" && slices.Contains(r.Hide, name) {
		return masked
	}
	return value
}

// unread is a value that could not be read for a message.
func (r *Reader) unread(n *Node) string {
	if r.HideUnread {
		return masked
	}
	return n.String()
}

// Misfit notes that a node is of another form than its field.
func (r *Reader) Misfit(field string, n *Node, allowed string) {
	r.Add(n.Line, &invalid.Field{Name: field, Value: r.shown(field, r.unread(n)), Allowed: allowed})
	r.spoil(field)
}

// Problem notes what else is wrong with a field, unless it could not be read at all.
func (r *Reader) Problem(field string, err error) {
	if !slices.Contains(r.misfits, field) {
		r.Add(0, fmt.Errorf("%s: %w", field, err))
	}
}

// Add notes any other problem, on the line.
func (r *Reader) Add(line int, err error) { r.problems = append(r.problems, problem{line, err}) }

func (r *Reader) spoil(field string) { r.misfits = append(r.misfits, field) }

// Err returns all problems as invalid.Errors, nil if there are none.
func (r *Reader) Err() error {
	if r.File != "" {
		slices.SortStableFunc(r.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	}
	var l invalid.List
	for _, p := range r.problems {
		switch {
		case r.File == "":
			l.Join(p.err)
		case p.line == 0:
			l.Join(fmt.Errorf("%s: %w", r.File, p.err))
		default:
			l.Join(fmt.Errorf("%s:%d: %w", r.File, p.line, p.err))
		}
	}
	return l.Err()
}

// Fields takes an object apart that stands at where, which is empty for the whole text. allowed are the names of its
// fields, separated by commas. It returns nil if the node is no object; then all its fields count as misfits.
func (r *Reader) Fields(where string, n *Node, allowed string) map[string]*Node {
	known := strings.Split(allowed, ", ")
	object := cmp.Or(where, r.Whole)
	if n.form != anObject {
		r.Misfit(object, n, r.Object+allowed)
		for _, name := range known {
			r.spoil(join(where, name))
		}
		return nil
	}
	fields, lines := map[string]*Node{}, map[string]int{}
	for i, key := range n.keys {
		name, value := key.text, n.items[i]
		first, twice := lines[name]
		switch {
		case !slices.Contains(known, name):
			instead := "the fields " + allowed
			if r.Instead != nil {
				instead = r.Instead(name)
			}
			r.RefuseAt(key.Line, object, key.String(), instead)
			// Whoever misspells a field does not miss it.
			r.spoil(join(where, instead))
		case twice:
			once := "each field once"
			if r.File != "" {
				once += fmt.Sprintf("; line %d has it already", first)
			}
			r.RefuseAt(key.Line, join(where, name), r.unread(value), once)
			r.spoil(join(where, name))
		default:
			fields[name], lines[name] = value, key.Line
		}
	}
	return fields
}

// Read reads a node into what a pointer points to, see Node.Into, and reports whether there is something now. A node that
// is missing or null changes nothing. form says what is allowed instead of a misfit; empty: what its type says.
func (r *Reader) Read(field string, n *Node, into any, form string) bool {
	if !n.IsSet() {
		return false
	}
	wrong, allowed := n.Into(into)
	if wrong == nil {
		return true
	}
	if wrong == n && form != "" {
		allowed = form
	}
	r.Misfit(field, wrong, allowed)
	return false
}

// Need is Read for what must be there: neither missing nor an empty list.
func (r *Reader) Need(field string, n *Node, into any, form string) bool {
	switch {
	case !n.IsSet():
		r.Refuse(field, "", form)
	case n.form == aList && len(n.items) == 0:
		r.Misfit(field, n, form)
	default:
		return r.Read(field, n, into, form)
	}
	r.spoil(field)
	return false
}

func join(where, name string) string { return strings.TrimSpace(where + " " + name) }
