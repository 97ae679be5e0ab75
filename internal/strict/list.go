package strict

import (
	"errors"
	"fmt"
)

// MaxListBytes is far above any file that holds a list and far below what could keep the parser busy.
const MaxListBytes = 256 << 10

// List reads a text that is an object with one field, a list that is not empty. It returns its items, none if it could not be
// read.
func (r *Reader) List(field string, text []byte, allowed string) []*Node {
	if len(text) > MaxListBytes {
		r.Refuse(r.Whole, fmt.Sprintf("%d bytes", len(text)), fmt.Sprintf("at most %d bytes", MaxListBytes))
		return nil
	}
	root, err := YAML(text)
	var syntax *SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Problem == SecondDocument:
		r.Refuse(r.Whole, syntax.Problem, "one document")
		return nil
	case err != nil:
		r.Problem("YAML", err)
		return nil
	}
	var fields map[string]*Node
	if root != nil {
		if fields = r.Fields("", root, field); fields == nil {
			return nil
		}
	}
	var list []*Node
	r.Need(field, fields[field], &list, allowed)
	return list
}
