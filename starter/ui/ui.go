// Package ui shows what a command has to say: its result, as JSON or as lines and tables for people, and while it works how
// far it is. What is said, and where, is the commands' affair.
package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Literal is a result whose JSON has <, > and & as they are. Elsewhere they are escaped.
type Literal struct{ Value any }

// Render is a result: its JSON on one line, or if that is not asked for what text writes of it.
func Render(asJSON bool, value any, text func(*Text)) (string, error) {
	if !asJSON {
		var t Text
		text(&t)
		return t.String(), nil
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	if literal, ok := value.(Literal); ok {
		encoder.SetEscapeHTML(false)
		value = literal.Value
	}
	err := encoder.Encode(value)
	return b.String(), err
}

// Print writes what Render makes of a result.
func Print(w io.Writer, asJSON bool, value any, text func(*Text)) error {
	rendered, err := Render(asJSON, value, text)
	if err == nil {
		_, err = io.WriteString(w, rendered)
	}
	return err
}

// Text is a result for people: lines, and rows, of which those that follow one another are a table.
type Text struct {
	b     strings.Builder
	table *tabwriter.Writer // nil between tables
}

// Line adds a line.
func (t *Text) Line(format string, args ...any) { t.Add(fmt.Sprintf(format+"\n", args...)) }

// Add adds text as it is.
func (t *Text) Add(text string) {
	t.endTable()
	t.b.WriteString(text)
}

// Row adds a row to a table, whose columns stand two blanks apart.
func (t *Text) Row(cells ...any) {
	if t.table == nil {
		t.table = tabwriter.NewWriter(&t.b, 0, 0, 2, ' ', 0)
	}
	format := strings.Repeat("\t%v", len(cells))[1:] + "\n"
	_, _ = fmt.Fprintf(t.table, format, cells...) // the builder takes everything
}

// String is the whole text.
func (t *Text) String() string {
	t.endTable()
	return t.b.String()
}

func (t *Text) endTable() {
	if t.table != nil {
		_ = t.table.Flush()
		t.table = nil
	}
}
