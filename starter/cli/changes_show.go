package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/journal"
)

// csvOutput is the annotation of commands that take -o csv.
const csvOutput = "csv"

// errEnough ends the reading of a journal when as much as was asked for is shown.
var errEnough = errors.New("enough")

// show is how changes are shown: the flags that changes and plan share.
type show struct {
	filter    journal.Filter
	outcomes  []string
	since     string
	limit     int
	separator string
}

func (s *show) flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&s.filter.Attributes, "attribute", nil, "only changes of this attribute; may be repeated")
	flags.StringSliceVar(&s.filter.Nodes, "node", nil, "only this node, by its id; may be repeated")
	flags.StringSliceVar(&s.filter.IDs, "id", nil, "only nodes with this INN or OGRN; may be repeated")
	flags.StringSliceVar(&s.outcomes, "outcome", nil, "only "+strings.Join(allOutcomes(), ", ")+"; may be repeated")
	flags.StringVar(&s.since, "since", "", "only what was done since: 2026-11-21T00:00:00Z or 24h")
	flags.IntVar(&s.limit, "limit", 0, "stop after so many nodes; 0 shows all")
	flags.StringVar(&s.separator, "separator", "semicolon", "of CSV: semicolon, comma or tab")
}

var separators = map[string]rune{"semicolon": ';', "comma": ',', "tab": '\t'}

func (s *show) check(a *app, l *invalid.List) {
	for _, word := range s.outcomes {
		upper := strings.ToUpper(word)
		if !slices.Contains(allOutcomes(), upper) {
			l.Add("--outcome", word, strings.Join(allOutcomes(), ", "))
		}
		s.filter.Outcomes = append(s.filter.Outcomes, counterparty.Outcome(upper))
	}
	if s.since != "" {
		since, ok := timeOf(s.since, a.Now())
		if !ok {
			l.Add("--since", s.since, "a time such as 2026-11-21T00:00:00Z, or a duration above 0s such as 24h")
		}
		s.filter.Since = since
	}
	if s.limit < 0 {
		l.Add("--limit", fmt.Sprint(s.limit), "a whole number from 0 on")
	}
	if separators[s.separator] == 0 {
		l.Add("--separator", s.separator, "semicolon, comma or tab")
	}
}

// printer writes entries as they come, and totals behind them.
type printer struct {
	app    *app
	show   show
	out    *bufio.Writer
	table  *journal.Table // nil unless CSV
	json   *json.Encoder
	totals totals
}

// totals count what was shown. Their JSON is part of a plan's summary.
type totals struct {
	Nodes int `json:"nodes"`
	// Changes are numbers of changes by attribute, Reported those that were left as they are.
	Changes  map[string]int               `json:"changes"`
	Reported map[string]int               `json:"reported"`
	Outcomes map[counterparty.Outcome]int `json:"outcomes"`
}

func (s show) printer(a *app) (*printer, error) {
	p := &printer{app: a, show: s, out: bufio.NewWriter(a.Out),
		totals: totals{Changes: map[string]int{}, Reported: map[string]int{}, Outcomes: map[counterparty.Outcome]int{}}}
	p.json = json.NewEncoder(p.out)
	p.json.SetEscapeHTML(false)
	if a.output != "csv" {
		return p, nil
	}
	var err error
	p.table, err = journal.NewTable(p.out, separators[s.separator])
	return p, err
}

// add shows what the filter leaves of an entry.
func (p *printer) add(e journal.Entry) error {
	e, ok := p.show.filter.Apply(e)
	if !ok {
		return nil
	}
	p.totals.Nodes++
	p.totals.Outcomes[e.Outcome]++
	for _, c := range e.Changes {
		p.totals.Changes[c.Attribute]++
	}
	for _, c := range e.Reported {
		p.totals.Reported[c.Attribute]++
	}
	err := p.write(e)
	if err == nil && p.show.limit > 0 && p.totals.Nodes >= p.show.limit {
		return errEnough
	}
	return err
}

func (p *printer) write(e journal.Entry) error {
	switch p.app.output {
	case "csv":
		return p.table.Write(e)
	case "json":
		return p.json.Encode(e)
	}
	return writeEntry(p.out, e)
}

// end writes what is buffered, and for people the totals.
func (p *printer) end() error {
	if p.table != nil {
		if err := p.table.Flush(); err != nil {
			return err
		}
	}
	if p.app.output == "text" {
		if err := p.totals.write(p.out); err != nil {
			return err
		}
	}
	return p.out.Flush()
}

// writeEntry writes an entry for people.
func writeEntry(w io.Writer, e journal.Entry) error {
	var b strings.Builder
	id := "INN " + e.INN
	if e.OGRN != "" {
		id = "OGRN " + e.OGRN
	}
	if e.ID() == "" {
		id = "no identifier"
	}
	word := string(e.Outcome)
	switch {
	case e.Planned && e.Outcome == counterparty.Updated:
		word = "WOULD CHANGE"
	case e.Unsure:
		word = "UNSURE"
	}
	fmt.Fprintf(&b, "%s  %s  %s  %s\n", word, e.NodeID, id, e.Time.Format(time.RFC3339))
	if e.Reason != "" {
		fmt.Fprintf(&b, "  %s\n", oneLine(e.Reason))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", e.Hint)
	}
	for _, c := range e.Changes {
		fmt.Fprintf(&b, "  %s: %s → %s%s\n", c.Attribute, shown(c.Was), shown(c.Became), inBrackets(c.Source))
	}
	for _, c := range e.Reported {
		fmt.Fprintf(&b, "  %s: %s, not %s%s: %s\n", c.Attribute, shown(c.Was), shown(c.Became), inBrackets(c.Source), keptBecause(c))
	}
	if text := e.Untold.String(); text != "" {
		fmt.Fprintf(&b, "  %s\n", text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func keptBecause(c counterparty.Change) string {
	if c.Reason == "" {
		return counterparty.KeptNever
	}
	return c.Reason
}

func inBrackets(source string) string {
	if source == "" {
		return ""
	}
	return " (" + source + ")"
}

// shown is a value for people: as JSON, so that blanks and ends of lines are seen.
func shown(value any) string {
	if value == nil {
		return "(empty)"
	}
	if cut, ok := value.(counterparty.Cut); ok {
		return shown(cut.Text+"…") + " " + cut.Size()
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}

func (t totals) write(w io.Writer) error {
	var b strings.Builder
	if t.Nodes == 0 {
		b.WriteString("nothing\n")
	} else {
		b.WriteString("\n" + plural(t.Nodes, "node") + ":")
		for _, outcome := range slices.Sorted(maps.Keys(t.Outcomes)) {
			fmt.Fprintf(&b, " %d %s,", t.Outcomes[outcome], outcome)
		}
		text := strings.TrimSuffix(b.String(), ",") + "\n"
		b.Reset()
		b.WriteString(text)
		for _, attribute := range slices.Sorted(maps.Keys(t.Changes)) {
			fmt.Fprintf(&b, "  %s: %s\n", attribute, plural(t.Changes[attribute], "change"))
		}
		for _, attribute := range slices.Sorted(maps.Keys(t.Reported)) {
			fmt.Fprintf(&b, "  %s: %d left as they are\n", attribute, t.Reported[attribute])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
