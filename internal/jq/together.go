package jq

import (
	"strings"

	"github.com/itchyny/gojq"
)

// Together are expressions that are run on the same object. It is safe for concurrent use.
type Together struct {
	each []*Expression
	// all is one expression of them, whose output has an array for each: empty, or with its first output. It is nil if they don't
	// go together.
	all *gojq.Code
}

// Output is that of one expression, see Expression.First.
type Output struct {
	Value any
	Err   error
}

// Join makes one of expressions with the same definitions and variables: most of the time that a small one takes is for what gojq
// makes around it.
func Join(each ...*Expression) *Together {
	t := &Together{each: each}
	if len(each) < 2 {
		return t
	}
	var text strings.Builder
	for i, e := range each {
		// The line end is for an expression that ends with a comment.
		text.WriteString([]string{"[", ","}[min(i, 1)] + "[label $__first | (" + e.text + "\n) | ., break $__first]")
	}
	text.WriteString("]")
	if e, err := Compile(text.String(), each[0].definitions, each[0].variables...); err == nil {
		t.all = e.code
	}
	return t
}

// First gives the first output of each, as Expression.First does. Where anything goes wrong with all of them they are run one by
// one, so that what is said of one is the same.
func (t *Together) First(object any, values ...any) []Output {
	outputs := make([]Output, len(t.each))
	if t.all != nil {
		all, err := first(t.all, object, values)
		if lists, ok := all.([]any); ok && err == nil && len(lists) == len(outputs) {
			for i, list := range lists {
				if found, _ := list.([]any); len(found) > 0 {
					outputs[i].Value = found[0]
				}
			}
			return outputs
		}
	}
	for i, e := range t.each {
		outputs[i].Value, outputs[i].Err = e.First(object, values...)
	}
	return outputs
}
