package jq

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// Forbidden are functions of jq that read anything but the object or write anything but the value: with them, two runs
// over the same data might differ.
func Forbidden() []string {
	return []string{"input", "inputs", "input_filename", "input_line_number", "debug", "stderr", "halt", "halt_error",
		"env", "$ENV", "now", "localtime", "strflocaltime", "modulemeta", "get_search_list"}
}

// notFound finds the name in a compiler's message; the compiler does not tell the position.
var notFound = regexp.MustCompile(`not (?:defined|found|allowed): (\$?[\w:]+)`)

// parse tells mistakes with their position.
func parse(text string) (*gojq.Query, error) {
	query, err := gojq.Parse(text)
	if err == nil && !usable(query) {
		err = errors.New("module directives and imports are not allowed here")
	}
	at, isSyntax := errors.AsType[*gojq.ParseError](err)
	switch {
	case err == nil:
		return query, nil
	case !isSyntax:
		return nil, err
	case at.Token == "":
		return nil, fmt.Errorf("%w at the end", err)
	}
	return nil, fmt.Errorf("%w at %s", err, Position(text, max(0, at.Offset-len(at.Token))))
}

func usable(query *gojq.Query) bool { return query.Meta == nil && len(query.Imports) == 0 }

func compile(text string, query *gojq.Query, variables []string) (*gojq.Code, error) {
	if name := forbiddenIn(reflect.ValueOf(query), Forbidden()); name != "" {
		return nil, fmt.Errorf("function not allowed: %s%s", name, whereIs(name, text))
	}
	code, err := gojq.Compile(query, gojq.WithVariables(variables))
	if err == nil {
		return code, nil
	}
	if match := notFound.FindStringSubmatch(err.Error()); match != nil {
		return nil, fmt.Errorf("%w%s", err, whereIs(match[1], text))
	}
	return nil, err
}

// forbiddenIn returns the name of a forbidden function that is called anywhere in a syntax tree.
func forbiddenIn(v reflect.Value, forbidden []string) string {
	var parts []reflect.Value
	switch v.Kind() {
	case reflect.Pointer:
		if f, ok := v.Interface().(*gojq.Func); ok && f != nil && slices.Contains(forbidden, f.Name) {
			return f.Name
		}
		parts = append(parts, v.Elem()) // which has no kind behind nil
	case reflect.Slice:
		for i := range v.Len() {
			parts = append(parts, v.Index(i))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			parts = append(parts, field)
		}
	}
	for _, part := range parts {
		if name := forbiddenIn(part, forbidden); name != "" {
			return name
		}
	}
	return ""
}

// whereIs finds a name as a word of its own.
func whereIs(name, text string) string {
	at := regexp.MustCompile(`(?:^|[^\w.$])(` + regexp.QuoteMeta(name) + `)(?:\W|$)`).FindStringSubmatchIndex(text)
	if at == nil {
		return ""
	}
	return " at " + Position(text, at[2])
}

// Position words the place of a byte in a text for people, who count lines and characters from one.
func Position(text string, offset int) string {
	before := text[:min(offset, len(text))]
	character := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if !strings.Contains(text, "\n") {
		return fmt.Sprintf("character %d", character)
	}
	return fmt.Sprintf("line %d, character %d", strings.Count(before, "\n")+1, character)
}
