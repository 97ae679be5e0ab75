// Package jq compiles jq expressions that people write into files and runs them on objects that others send. Expressions
// read the object and nothing else, end in time and never stop the process; what is wrong with one is told with its
// position. What an output means, and whether it is a value at all, is the business of whoever runs the expression.
//
// Words: a definition is a function that expressions may call, def name: …;. The language is that of gojq.
package jq

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// evaluationTimeout bounds one expression on one object. The usual ones take microseconds; this is for a loop that
// somebody wrote into a file.
const evaluationTimeout = time.Second

// Definitions are compiled functions. The zero value has none.
type Definitions struct{ functions []*gojq.FuncDef }

// Expression is a compiled expression. It is safe for concurrent use.
type Expression struct {
	code *gojq.Code
	// text, definitions and variables are what it was compiled of.
	text        string
	definitions Definitions
	variables   []string
}

// Define parses a text of nothing but definitions; it may be empty. They are compiled on their own, so that a mistake is
// told once and not again by every expression.
func Define(text string) (Definitions, error) {
	if strings.TrimSpace(text) == "" {
		return Definitions{}, nil
	}
	query, err := parse(text)
	if err != nil {
		return Definitions{}, err
	}
	if body := (&gojq.Query{FuncDefs: query.FuncDefs}); !reflect.DeepEqual(body, query) {
		return Definitions{}, errors.New("has something besides definitions: every one reads def name: …;")
	}
	if _, err = compile(text, &gojq.Query{FuncDefs: query.FuncDefs, Term: &gojq.Term{Type: gojq.TermTypeIdentity}}, nil); err != nil {
		return Definitions{}, err
	}
	return Definitions{functions: query.FuncDefs}, nil
}

// Check reports what is wrong with the syntax of an expression, whatever it calls.
func Check(text string) error {
	_, err := parse(text)
	return err
}

// Compile compiles an expression that may call the definitions and use the variables, whose names begin with $.
func Compile(text string, definitions Definitions, variables ...string) (*Expression, error) {
	query, err := parse(text)
	if err != nil {
		return nil, err
	}
	query.FuncDefs = slices.Concat(definitions.functions, query.FuncDefs)
	code, err := compile(text, query, variables)
	if err != nil {
		return nil, err
	}
	return &Expression{code, text, definitions, variables}, nil
}

// First gives the first output of the expression for an object, nil if it has none. The object is what a JSON decoder
// makes, with or without json.Number; it is not changed. The values are those of the variables, in their order.
func (e *Expression) First(object any, values ...any) (output any, err error) {
	return first(e.code, object, values)
}

func first(code *gojq.Code, object any, values []any) (output any, err error) {
	defer func() {
		// gojq panics at Go types that no JSON decoder gives. A bad object must not stop the worker.
		if r := recover(); r != nil {
			output, err = nil, fmt.Errorf("gets what is not JSON: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), evaluationTimeout)
	defer cancel()
	output, ok := code.RunWithContext(ctx, object, values...).Next()
	if !ok {
		return nil, nil
	}
	if err, ok := output.(error); ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("takes longer than %s", evaluationTimeout)
		}
		return nil, fmt.Errorf("fails: %w", err)
	}
	return output, nil
}

// Encode renders an output as JSON, keys in order. What JSON does not know, infinities and no numbers, becomes the
// nearest that it does, as jq has it.
func Encode(output any) (data []byte, err error) {
	defer func() {
		// As in First.
		if r := recover(); r != nil {
			data, err = nil, fmt.Errorf("returns what is not JSON: %v", r)
		}
	}()
	return gojq.Marshal(output)
}
