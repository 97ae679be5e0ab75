package journal

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"counterparty-sync/internal/counterparty"
)

// Columns are those of the CSV, in order.
func Columns() []string {
	return []string{"time", "pass", "node", "inn", "ogrn", "kpp", "outcome", "attribute", "was", "became", "source", "written", "reason", "hint"}
}

// Table writes entries as CSV for spreadsheets: UTF-8 with a byte order mark, without which Excel takes Cyrillic for
// another encoding, and lines that end in CR LF. An attribute has a line; a node without changes has one line.
type Table struct{ w *csv.Writer }

// NewTable writes the heading. The separator is what the spreadsheet's locale splits at: a semicolon where the decimal
// sign is a comma, as in Russia.
func NewTable(w io.Writer, separator rune) (*Table, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	t := &Table{csv.NewWriter(w)}
	t.w.Comma, t.w.UseCRLF = separator, true
	return t, t.w.Write(Columns())
}

// Write writes the lines of an entry.
func (t *Table) Write(e Entry) error {
	line := func(written string, c counterparty.Change) error {
		cells := []string{
			e.Time.Format(time.RFC3339), e.Pass, e.NodeID, e.INN, e.OGRN, e.KPP, string(e.Outcome), c.Attribute, cellOf(c.Was), cellOf(c.Became),
			c.Source, written, cmp.Or(c.Reason, e.Reason), e.Hint,
		}
		for i, cell := range cells[1:] { // the time is one
			cells[i+1] = Guard(cell)
		}
		return t.w.Write(cells)
	}
	if len(e.Changes)+len(e.Reported) == 0 {
		return line("no", counterparty.Change{})
	}
	for _, c := range e.Changes {
		if err := line(writtenWord(e), c); err != nil {
			return err
		}
	}
	for _, c := range e.Reported {
		if err := line("no", c); err != nil {
			return err
		}
	}
	if text := e.Untold.String(); text != "" {
		return line(writtenWord(e), counterparty.Change{Reason: text})
	}
	return nil
}

// Flush writes what is buffered.
func (t *Table) Flush() error {
	t.w.Flush()
	return t.w.Error()
}

// writtenWord says whether the changes of an entry were made.
func writtenWord(e Entry) string {
	switch {
	case e.Planned:
		return "planned"
	case e.Unsure:
		return "unsure"
	case e.Outcome == counterparty.Updated:
		return "yes"
	}
	return "no"
}

// cellOf is a value of an attribute as text; absent is empty.
func cellOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case counterparty.Cut:
		return v.String()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
