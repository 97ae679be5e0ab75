// Package invalid words what is wrong with a setting: which field, which value, what is allowed, on one line each.
//
// Whatever checks input from a person (YAML, environment, flags, workflow input) returns these, all of them at once,
// and main functions turn them into exit status 2.
package invalid

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Field is one field with a value that is not allowed.
type Field struct {
	Name    string // as the user wrote it: "batchSize", "KONTUR_RPS", "--count"
	Value   string // as the user wrote it; empty if it is missing
	Allowed string // "a whole number from 1 to 100"
	Item    int    // the number of the value in a list, from 1; 0 for all else
}

// Error implements error on one line.
func (f *Field) Error() string {
	if f.Value == "" {
		return fmt.Sprintf("%s is missing; allowed: %s", f.Name, f.Allowed)
	}
	return fmt.Sprintf("%s: %s is not allowed; allowed: %s", f.Name, strconv.Quote(f.Value), f.Allowed)
}

// List collects problems. The zero value is ready to use.
type List struct{ problems []error }

// Add notes that the field has a value that is not allowed; an empty value means that it is missing.
func (l *List) Add(name, value, allowed string) {
	l.problems = append(l.problems, &Field{Name: name, Value: value, Allowed: allowed})
}

// Join adds all problems of err, which may be nil.
func (l *List) Join(err error) {
	if all, many := errors.AsType[Errors](err); many {
		l.problems = append(l.problems, all...)
	} else if err != nil {
		l.problems = append(l.problems, err)
	}
}

// Err returns nil if nothing was added, else Errors.
func (l *List) Err() error {
	if len(l.problems) == 0 {
		return nil
	}
	return Errors(l.problems)
}

// Errors are all the problems of one input.
type Errors []error

const (
	// maxTold is how many problems a text names: whoever has mended these sees the rest.
	maxTold = 10
	// masked stands for values that no message shows.
	masked = "***"
	// maxRepeated is how long what is allowed may be, in bytes, to be told again.
	maxRepeated = 60
)

// Error implements error with one line for each problem, ten at most. What is allowed is told once if it is long, and later
// refers to there.
func (e Errors) Error() string {
	var lines []string
	first := map[string]*Field{}
	for _, err := range e[:min(len(e), maxTold)] {
		line := err.Error()
		if field, ok := errors.AsType[*Field](err); ok && len(field.Allowed) > maxRepeated {
			if before := first[field.Allowed]; before == nil {
				first[field.Allowed] = field
			} else if rest, ok := strings.CutSuffix(line, field.Allowed); ok {
				line = rest + "as above for " + before.subject()
			}
		}
		lines = append(lines, line)
	}
	if more := len(e) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// subject is what a line is about: the value, or the name where none is shown.
func (f *Field) subject() string {
	if f.Value == "" || f.Value == masked {
		return f.Name
	}
	return strconv.Quote(f.Value)
}

// Unwrap gives errors.Is and errors.As the single problems.
func (e Errors) Unwrap() []error { return e }

// Is reports whether err is about invalid input, as opposed to something that failed.
func Is(err error) bool {
	_, one := errors.AsType[*Field](err)
	_, many := errors.AsType[Errors](err)
	return one || many
}
