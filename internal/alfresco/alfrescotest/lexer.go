package alfrescotest

import (
	"errors"
	"fmt"
	"strings"
)

// The forms of AFTS that are understood:
//
//	TYPE:"t"  EXACTTYPE:"t"  field:[a TO b]  field:<a TO b>  field:a..b  field:n  =field:n  (…)  … AND …  (field:"a" OR field:"b" …)
//
// In a range < and > exclude the end, [ and ] include it. A field may start with @; a backslash takes the next
// character as it is. {a TO b} is a syntax error, as with the vendor's parser.

// clause is one condition of a query.
type clause struct {
	field  string // without @ and backslashes
	exact  bool   // =field
	phrase string // "…"
	number string // a bare value
	span   *span
	any    []clause // alternatives, each a phrase; all else is empty then
}

// span is a range; min and max are as written, MIN and MAX included.
type span struct {
	min, max               string
	excludeMin, excludeMax bool
}

var errSyntax = errors.New("syntax error in query")

// parse takes a query apart into conditions that must all hold.
func parse(query string) ([]clause, error) {
	l := &lexer{rest: query}
	clauses, err := l.conjunction(0)
	if err != nil {
		return nil, err
	}
	if l.skipSpace(); l.rest != "" {
		return nil, l.wrong("end of query")
	}
	return clauses, nil
}

type lexer struct{ rest string }

// maxDepth bounds nested parentheses.
const maxDepth = 20

func (l *lexer) conjunction(depth int) ([]clause, error) {
	var all []clause
	for {
		some, err := l.term(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		l.skipSpace()
		next, ok := strings.CutPrefix(l.rest, "AND ")
		if !ok {
			return all, nil
		}
		l.rest = next
	}
}

func (l *lexer) term(depth int) ([]clause, error) {
	l.skipSpace()
	if !l.take("(") {
		c, err := l.clause()
		return []clause{c}, err
	}
	if depth == maxDepth {
		return nil, l.wrong("fewer parentheses")
	}
	inner, err := l.conjunction(depth + 1)
	if err != nil {
		return nil, err
	}
	if inner, err = l.alternatives(inner, depth); err != nil {
		return nil, err
	}
	if l.skipSpace(); !l.take(")") {
		return nil, l.wrong(")")
	}
	return inner, nil
}

// alternatives reads the rest of a disjunction of phrases, if one begins with what was read.
func (l *lexer) alternatives(first []clause, depth int) ([]clause, error) {
	all := first
	for {
		l.skipSpace()
		rest, ok := strings.CutPrefix(l.rest, "OR ")
		if !ok {
			break
		}
		l.rest = rest
		next, err := l.term(depth + 1)
		if err != nil {
			return nil, err
		}
		if len(first) != 1 || len(next) != 1 || first[0].phrase == "" || next[0].phrase == "" {
			return nil, l.wrong("alternatives that are phrases")
		}
		all = append(all, next...)
	}
	if len(all) == len(first) {
		return first, nil
	}
	return []clause{{any: all}}, nil
}

func (l *lexer) clause() (clause, error) {
	c := clause{exact: l.take("=")}
	l.take("@")
	var err error
	if c.field, err = l.field(); err != nil {
		return clause{}, err
	}
	switch {
	case l.take(`"`):
		c.phrase, err = l.phrase()
	case l.take("["):
		c.span, err = l.span(false)
	case l.take("<"):
		c.span, err = l.span(true)
	default:
		c.number, c.span, err = l.bare()
	}
	return c, err
}

// field reads up to the colon that a value follows: names have a colon themselves.
func (l *lexer) field() (string, error) {
	var name strings.Builder
	for i := 0; i < len(l.rest); i++ {
		switch c := l.rest[i]; {
		case c == '\\' && i+1 < len(l.rest):
			i++
			name.WriteByte(l.rest[i])
		case c == ':' && i+1 < len(l.rest) && strings.IndexByte(`"[<{0123456789`, l.rest[i+1]) >= 0:
			l.rest = l.rest[i+1:]
			return name.String(), nil
		case c == ':' || isNameByte(c):
			name.WriteByte(c)
		default:
			return "", l.wrong("field:value")
		}
	}
	return "", l.wrong("field:value")
}

func (l *lexer) phrase() (string, error) {
	var text strings.Builder
	for i := 0; i < len(l.rest); i++ {
		switch c := l.rest[i]; {
		case c == '\\' && i+1 < len(l.rest):
			i++
			text.WriteByte(l.rest[i])
		case c == '"':
			l.rest = l.rest[i+1:]
			return text.String(), nil
		default:
			text.WriteByte(c)
		}
	}
	return "", l.wrong(`closing "`)
}

func (l *lexer) span(excludeMin bool) (*span, error) {
	s := &span{excludeMin: excludeMin}
	end := strings.IndexAny(l.rest, "]>")
	if end < 0 {
		return nil, l.wrong("] or >")
	}
	var ok bool
	if s.min, s.max, ok = strings.Cut(l.rest[:end], " TO "); !ok || !isBound(s.min) || !isBound(s.max) {
		return nil, l.wrong("min TO max")
	}
	s.excludeMax = l.rest[end] == '>'
	l.rest = l.rest[end+1:]
	return s, nil
}

// bare reads n or a..b.
func (l *lexer) bare() (string, *span, error) {
	end := 0
	for end < len(l.rest) && (isNameByte(l.rest[end]) || l.rest[end] == '.') {
		end++
	}
	word := l.rest[:end]
	if word == "" {
		return "", nil, l.wrong("a value")
	}
	l.rest = l.rest[end:]
	if low, high, isSpan := strings.Cut(word, ".."); isSpan {
		return "", &span{min: low, max: high}, nil
	}
	return word, nil, nil
}

func (l *lexer) take(prefix string) bool {
	rest, ok := strings.CutPrefix(l.rest, prefix)
	l.rest = rest
	return ok
}

func (l *lexer) skipSpace() { l.rest = strings.TrimLeft(l.rest, " \t\n") }

func (l *lexer) wrong(expected string) error {
	return fmt.Errorf("%w: %s expected at %q", errSyntax, expected, l.rest)
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isBound(s string) bool { return s != "" && !strings.ContainsAny(s, ` "[<{(`) }
