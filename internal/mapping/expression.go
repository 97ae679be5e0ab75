package mapping

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// evaluationTimeout bounds one expression on one object. The usual ones take microseconds; this is for a loop that
// somebody wrote into a mapping.
const evaluationTimeout = time.Second

// companyVariable is the whole object of the company, for expressions over a branch.
const companyVariable = "$company"

// forbidden are functions of jq that read anything but the object or write anything but the value: with them, two
// passes over the same data might differ.
var forbidden = []string{"input", "inputs", "input_filename", "input_line_number", "debug", "stderr", "halt", "halt_error",
	"env", "$ENV", "now", "localtime", "strflocaltime", "modulemeta", "get_search_list"}

// notFound finds the name in a compiler's message; the compiler does not tell the position.
var notFound = regexp.MustCompile(`not (?:defined|found|allowed): (\$?[\w:]+)`)

// expression is a compiled jq expression.
type expression struct{ code *gojq.Code }

// parseDefinitions parses a text of nothing but definitions of functions. Nil if the text is empty.
func parseDefinitions(text string) ([]*gojq.FuncDef, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	query, err := parse(text)
	if err != nil {
		return nil, err
	}
	if body := (&gojq.Query{FuncDefs: query.FuncDefs}); !reflect.DeepEqual(body, query) {
		return nil, errors.New("has something besides definitions: every one reads def name: …;")
	}
	// Compiled on their own, so that a mistake is told once and not again by every entry.
	if _, err = compileQuery(text, &gojq.Query{FuncDefs: query.FuncDefs, Term: &gojq.Term{Type: gojq.TermTypeIdentity}}); err != nil {
		return nil, err
	}
	return query.FuncDefs, nil
}

// compile compiles an expression that may call the definitions.
func compile(text string, definitions []*gojq.FuncDef) (*expression, error) {
	query, err := parse(text)
	if err != nil {
		return nil, err
	}
	query.FuncDefs = slices.Concat(definitions, query.FuncDefs)
	code, err := compileQuery(text, query)
	if err != nil {
		return nil, err
	}
	return &expression{code: code}, nil
}

// run gives the value that the expression has for an object, nil if that is absent. Only its first output counts.
func (e *expression) run(object, company any) (value any, err error) {
	defer func() {
		// gojq panics at Go types that no JSON decoder gives. A bad object must not stop the worker.
		if r := recover(); r != nil {
			value, err = nil, fmt.Errorf("meets what is not JSON: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), evaluationTimeout)
	defer cancel()
	output, ok := e.code.RunWithContext(ctx, object, company).Next()
	if !ok {
		return nil, nil
	}
	if err, ok := output.(error); ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("takes longer than %s", evaluationTimeout)
		}
		return nil, fmt.Errorf("fails: %w", err)
	}
	return valueOf(output)
}

// parse tells mistakes with their position.
func parse(text string) (*gojq.Query, error) {
	query, err := gojq.Parse(text)
	if err == nil && !usable(query) {
		err = errors.New("module directives and imports have no place here")
	}
	if err == nil {
		return query, nil
	}
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return nil, err
	}
	if at.Token == "" {
		return nil, fmt.Errorf("%w at the end", err)
	}
	return nil, fmt.Errorf("%w at %s", err, position(text, max(0, at.Offset-len(at.Token))))
}

func usable(query *gojq.Query) bool { return query.Meta == nil && len(query.Imports) == 0 }

func compileQuery(text string, query *gojq.Query) (*gojq.Code, error) {
	if name := forbiddenIn(reflect.ValueOf(query)); name != "" {
		return nil, fmt.Errorf("function not allowed: %s%s", name, whereIs(name, text))
	}
	code, err := gojq.Compile(query, gojq.WithVariables([]string{companyVariable}))
	if err == nil {
		return code, nil
	}
	if match := notFound.FindStringSubmatch(err.Error()); match != nil {
		return nil, fmt.Errorf("%w%s", err, whereIs(match[1], text))
	}
	return nil, err
}

// forbiddenIn returns the name of a forbidden function that is called anywhere in a syntax tree.
func forbiddenIn(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		if f, ok := v.Interface().(*gojq.Func); ok && slices.Contains(forbidden, f.Name) {
			return f.Name
		}
		return forbiddenIn(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if name := forbiddenIn(v.Index(i)); name != "" {
				return name
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := forbiddenIn(v.Field(i)); name != "" {
				return name
			}
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
	return " at " + position(text, at[2])
}

// position words the place of a byte for people, who count from one.
func position(text string, offset int) string {
	before := text[:min(offset, len(text))]
	character := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if !strings.Contains(text, "\n") {
		return fmt.Sprintf("character %d", character)
	}
	return fmt.Sprintf("line %d, character %d", strings.Count(before, "\n")+1, character)
}
