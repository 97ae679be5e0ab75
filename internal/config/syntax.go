package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	positionPattern = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	// oneBefore finds the messages of yaml v3.0.6 that count lines from 0; the others count from 1.
	oneBefore = regexp.MustCompile(`did not find expected (<document start>|node content|key|'-' indicator|',' or)|found undefined tag`)
)

// remedies are the parser's words for what people do wrong most, and what to do about it. First match wins.
var remedies = []struct{ has, what, allowed string }{
	{"mapping values are not allowed", "a colon where no field can begin", `one field on a line; a text with ": " in it stands in quotes`},
	{"cannot start any token", "a character that nothing can begin with, such as a tab, @ or `", "blanks, not tabs, in front; a text that begins with @, ` or % stands in quotes"},
	{"tab character", "a tab in front", "blanks, not tabs, in front"},
	{"<document start>", "a line that begins further left than the first one", "fields that all begin in the same column"},
	{"could not find expected ':'", "a line without a colon", "field: value, with a blank behind the colon"},
	{"did not find expected key", "a line that is indented differently from its neighbours, or a quote too many", "fields that all begin in the same column"},
	{"did not find expected '-'", "a list whose items are indented differently", "items that all begin in the same column with - and a blank"},
	{"block sequence entries are not allowed", "a list item where none can stand", "list items on lines of their own, below their field"},
	{"did not find expected ',' or", "a list or a map without its closing bracket", "closing brackets: [req, contacts]"},
	{"unexpected end of stream", "a quote that is not closed", "texts with a quote at both ends"},
	{"unknown escape character", "a backslash that means nothing", "backslashes in 'single quotes' only"},
	{"unknown anchor", "a value that begins with *", "a text that begins with * in quotes, such as cron: \"*/5 * * * *\""},
	{"alphabetic or numeric character", "a value that begins with * or &", "a text that begins with * or & in quotes, such as cron: \"*/5 * * * *\""},
}

// explainSyntax words an error of the YAML parser for people and finds its line.
func explainSyntax(err error) (line int, problem error) {
	text := err.Error()
	position := positionPattern.FindStringSubmatch(text)
	switch {
	case position != nil && position[1] != "":
		line, _ = strconv.Atoi(position[1])
		if oneBefore.MatchString(text) {
			line++
		}
	case strings.Contains(text, "anchor"):
		// These are found after parsing, and without a position.
	default:
		// The parser leaves the number of the first line out.
		line = 1
	}
	for _, r := range remedies {
		if strings.Contains(text, r.has) {
			return line, &syntaxError{r.what, r.allowed}
		}
	}
	return line, &syntaxError{"this line or the one before can't be read", "lines such as id: nightly, texts with signs in quotes"}
}

// syntaxError is YAML that can't be read.
type syntaxError struct{ what, allowed string }

// Error implements error on one line.
func (e *syntaxError) Error() string { return fmt.Sprintf("YAML: %s; allowed: %s", e.what, e.allowed) }

// findUnprintable finds the first line that is not text: YAML's own messages about it have no line.
func findUnprintable(text []byte) (line int, problem error) {
	for i, content := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(content) {
			return i + 1, &syntaxError{"bytes that are not UTF-8", "text in UTF-8"}
		}
		if bytes.ContainsFunc(bytes.TrimSuffix(content, []byte("\r")), func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
			return i + 1, &syntaxError{"a control character", "printable text"}
		}
	}
	return 0, nil
}
