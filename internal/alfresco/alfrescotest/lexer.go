package alfrescotest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The forms of AFTS that are understood:
//
//	TYPE:"t"  EXACTTYPE:"t"  field:[a TO b]  field:<a TO b>  field:a..b  field:n  =field:n  =field:"a"  (…)  … AND …
//	(field:"a" OR field:"b" OR field:[a TO b] …)
//
// In a range < and > exclude the end, [ and ] include it, and an end may be in quotes. A field may start with @; a backslash
// takes the next character as it is. {a TO b} is a syntax error, as with the vendor's parser.

// clause is one condition of a query: on a phrase if it has neither a span nor alternatives.
type clause struct {
	field  string // without @ and backslashes
	phrase string // "…"
	exact  bool   // =field:"…"
	span   *span
	any    []clause // alternatives, each a phrase or a range; all else is empty then
}

// span is a range; min and max are as written, MIN and MAX included.
type span struct {
	min, max               string
	excludeMin, excludeMax bool
	point                  bool // a bare value, which is both ends
}

var errSyntax = errors.New("syntax error in query")

var (
	// clausePattern ends the field at the first colon that a value follows: names have a colon themselves.
	clausePattern = regexp.MustCompile(`(?s)^(=?)@?((?:\\[\x00-\x7f]|[\w:-])*?):(?:` +
		`"((?:\\.|[^"\\])+)"|` +
		`([\[<])"?([^ "\[\]<>{(]+)"? TO "?([^ "\[\]<>{(]+)"?([\]>])|` +
		`(\d[\w.-]*))`)
	escaped = regexp.MustCompile(`(?s)\\(.)`)
)

// parse takes a query apart into conditions that must all hold.
func parse(query string) ([]clause, error) {
	l := &lexer{rest: query}
	clauses := l.conjunction(0)
	if l.take(""); l.rest != "" {
		l.fail("end of query")
	}
	return clauses, l.err
}

// lexer reads on until the first error.
type lexer struct {
	rest string
	err  error
}

// maxDepth bounds nested parentheses.
const maxDepth = 20

func (l *lexer) conjunction(depth int) []clause {
	all := l.term(depth)
	for l.take("AND ") {
		all = append(all, l.term(depth)...)
	}
	return all
}

// term is a clause, or in parentheses a conjunction or alternatives.
func (l *lexer) term(depth int) []clause {
	if !l.take("(") {
		return []clause{l.clause()}
	}
	if depth == maxDepth {
		l.fail("fewer parentheses")
		return nil
	}
	inner, terms := l.conjunction(depth+1), 1
	for ; l.take("OR "); terms++ {
		inner = append(inner, l.term(depth+1)...)
	}
	if terms > 1 {
		if len(inner) != terms || slices.ContainsFunc(inner, func(c clause) bool { return c.phrase == "" && c.span == nil }) {
			l.fail("alternatives that are phrases or ranges")
		}
		inner = []clause{{any: inner}}
	}
	if !l.take(")") {
		l.fail(")")
	}
	return inner
}

func (l *lexer) clause() clause {
	found := clausePattern.FindStringSubmatch(l.rest)
	if found == nil {
		l.fail("field:value")
		return clause{}
	}
	l.rest = l.rest[len(found[0]):]
	c := clause{field: escaped.ReplaceAllString(found[2], "$1"), phrase: escaped.ReplaceAllString(found[3], "$1")}
	c.exact = found[1] != "" && c.phrase != ""
	low, high, isSpan := strings.Cut(found[8], "..")
	switch {
	case found[4] != "":
		c.span = &span{min: found[5], max: found[6], excludeMin: found[4] == "<", excludeMax: found[7] == ">"}
	case isSpan:
		c.span = &span{min: low, max: high}
	case low != "":
		c.span = &span{min: low, max: low, point: true}
	}
	return c
}

// take reads a word, and blanks before it.
func (l *lexer) take(word string) (ok bool) {
	l.rest, ok = strings.CutPrefix(strings.TrimLeft(l.rest, " \t\n"), word)
	return ok && l.err == nil
}

func (l *lexer) fail(expected string) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: %s expected at %q", errSyntax, expected, l.rest)
	}
}
