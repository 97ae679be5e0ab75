// Package ui shows what a command has to say: its result, as JSON or as lines and tables for people, and while it works how
// far it is. What is said, and where, is the commands' affair.
package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/excerpt"
)

const (
	// every is how often progress is shown where it can't be drawn in place.
	every = time.Minute
	// Width fits the narrowest terminal in use: a line that wraps can't be drawn over.
	Width = 79
	// restart goes back to the beginning of the line and clears it.
	restart = "\r\033[K"
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

// Text is a result for people: lines, and rows, of which those that follow one another are a table. Characters that nobody
// sees, or that turn or break the line, are shown escaped: much of what is said was typed by others.
type Text struct {
	b     strings.Builder
	table *tabwriter.Writer // nil between tables
}

// Line adds a line.
func (t *Text) Line(format string, args ...any) { t.Add(fmt.Sprintf(format+"\n", args...)) }

// Add adds text.
func (t *Text) Add(text string) {
	t.endTable()
	t.b.WriteString(charset.Visible(text))
}

// Row adds a row to a table, whose columns stand two blanks apart.
func (t *Text) Row(cells ...any) {
	if t.table == nil {
		t.table = tabwriter.NewWriter(&t.b, 0, 0, 2, ' ', 0)
	}
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = charset.Visible(fmt.Sprint(cell))
	}
	_, _ = fmt.Fprintln(t.table, strings.Join(texts, "\t")) // the builder takes everything
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

// Progress shows how far a long work is: on a terminal in one line that is drawn over, elsewhere in lines that stay, and not
// at all if Quiet. Its zero value but for Err and Now is ready.
type Progress struct {
	Err io.Writer
	// Terminal: Err is one.
	Terminal, Quiet bool
	Now             func() time.Time

	drawn bool
	topic string
	said  time.Time
}

// Show shows a line: in place on a terminal, elsewhere when the topic changes and once a minute.
func (p *Progress) Show(topic, line string) {
	p.Draw(line)
	if p.Terminal {
		return
	}
	now := p.Now()
	switch {
	case topic == p.topic && p.said.IsZero():
		p.said = now // there is nothing to say yet
	case topic != p.topic || now.Sub(p.said) >= every:
		p.Say(line)
		p.topic, p.said = topic, now
	}
}

// Draw shows a line in place, on a terminal only. It should begin with what matters most, for its end may be cut off.
func (p *Progress) Draw(line string) {
	if p.Quiet || !p.Terminal {
		return
	}
	_, _ = fmt.Fprint(p.Err, restart, excerpt.Within(charset.Visible(line), Width))
	p.drawn = true
}

// Say shows lines that stay, where there is no terminal.
func (p *Progress) Say(lines ...string) {
	if p.Quiet || p.Terminal {
		return
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(p.Err, charset.Visible(line))
	}
}

// Clear takes away what is drawn, to make room for other output.
func (p *Progress) Clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.Err, restart)
		p.drawn = false
	}
}
