package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/excerpt"
)

// SyntaxError is a text that is not one document of YAML, or not text at all.
type SyntaxError struct {
	// Line is the last one that was understood or the one after it; 0 if it is not known.
	Line int
	// Problem is SecondDocument, or what is wrong in the parser's words.
	Problem string
	text    string
}

// SecondDocument is the problem with a text that has more than one.
const SecondDocument = "a second document"

// Error implements error on one line, with the line of the parser, which may be one too low.
func (e *SyntaxError) Error() string { return e.text }

// YAML takes one document apart, which may as well be JSON. It returns nil for a text that is empty but for comments. An
// alias of a scalar or a list is what it stands for; objects have to be written out.
func YAML(text []byte) (*Node, error) {
	if err := findUnprintable(text); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return nil, nil
	}
	if err == nil {
		if err = decoder.Decode(&second); err == nil {
			return nil, &SyntaxError{second.Line, SecondDocument, SecondDocument}
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, syntaxError(err)
	}
	return nodes{}.of(document.Content[0]), nil
}

// nodes are those that have been made: an alias is the node that its anchor is, however many there are of it.
type nodes map[*yaml.Node]*Node

func (m nodes) of(y *yaml.Node) *Node {
	switch {
	case y.Kind == yaml.AliasNode && y.Alias.Kind == yaml.MappingNode:
		return &Node{Line: y.Line, shown: "*" + y.Value}
	case y.Kind == yaml.AliasNode:
		return m[y.Alias]
	}
	n := &Node{Line: y.Line}
	m[y] = n
	tagged := y.Style&yaml.TaggedStyle != 0
	switch y.Kind {
	case yaml.SequenceNode:
		n.form, n.shown = aList, "a list"
		if len(y.Content) == 0 {
			n.shown = "an empty list"
		}
		for _, item := range y.Content {
			n.items = append(n.items, m.of(item))
		}
	case yaml.MappingNode:
		n.form, n.shown = anObject, "fields of its own"
		for i := 0; i+1 < len(y.Content); i += 2 {
			key, value := y.Content[i], y.Content[i+1]
			if key.Kind == yaml.AliasNode {
				n.keys = append(n.keys, &Node{Line: key.Line, shown: "*" + key.Value})
			} else {
				n.keys = append(n.keys, m.of(key))
			}
			n.items = append(n.items, m.of(value))
		}
	default:
		n.text, n.shown = y.Value, excerpt.Runes(y.Value, maxShown)
		if n.shown == "" {
			n.shown = "nothing"
		}
		n.form = scalars[y.ShortTag()]
	}
	if tagged {
		// A forced type, such as !!binary.
		n.form, n.shown = other, excerpt.Runes(strings.TrimSpace(y.Tag+" "+y.Value), maxShown)
	}
	return n
}

// scalars are the forms of YAML's types. A date counts as a number: quotes make a text of it, too.
var scalars = map[string]form{"!!str": aText, "!!bool": aFlag, "!!int": aNumber, "!!float": aNumber, "!!timestamp": aNumber, "!!null": nothing}

var (
	linePattern = regexp.MustCompile(`^(?:line (\d+): )?`)
	// oneBefore finds the messages of yaml v3.0.6 that count lines from 0; the others count from 1.
	oneBefore = regexp.MustCompile(`did not find expected (<document start>|node content|key|'-' indicator|',' or)|found undefined tag`)
)

// syntaxError finds the line of an error of the parser.
func syntaxError(err error) *SyntaxError {
	e := &SyntaxError{text: strings.TrimPrefix(err.Error(), "yaml: ")}
	position := linePattern.FindStringSubmatch(e.text)
	e.Problem = e.text[len(position[0]):]
	e.Line, _ = strconv.Atoi(position[1])
	switch {
	case e.Line > 0 && oneBefore.MatchString(e.Problem):
		e.Line++
	case e.Line == 0 && !strings.Contains(e.Problem, "anchor"): // anchors are looked for after parsing, and without a line
		e.Line = 1 // which the parser leaves out
	}
	return e
}

// findUnprintable finds the first line that is not text: YAML's own messages about it have no line.
func findUnprintable(text []byte) *SyntaxError {
	return findLine(text, func(line []byte) string {
		switch {
		case !utf8.Valid(line):
			return charset.ErrNotUTF8.Error()
		case bytes.ContainsFunc(bytes.TrimSuffix(line, []byte("\r")), func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
			return "a control character"
		}
		return ""
	})
}

// findLine finds the first line that has a problem.
func findLine(text []byte, problemOf func(line []byte) string) *SyntaxError {
	line := 0
	for content := range bytes.SplitSeq(text, []byte("\n")) {
		line++
		if problem := problemOf(content); problem != "" {
			return &SyntaxError{line, problem, fmt.Sprintf("line %d: %s", line, problem)}
		}
	}
	return nil
}
