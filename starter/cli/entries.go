package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/journal"
	"counterparty-sync/starter/ui"
)

// csvOutput is the annotation of commands that take -o csv.
const csvOutput = "csv"

// errEnough ends the reading of a journal when as much as was asked for is shown.
var errEnough = errors.New("enough")

var separators = map[string]rune{"semicolon": ';', "comma": ',', "tab": '\t'}

// journal reads what passes did.
func (a *app) journal() *journal.Reader { return &journal.Reader{Temporal: a.connection} }

// warnOf says what of a journal is gone, and what is lost with it.
func (a *app) warnOf(gaps []string, lost string) {
	for _, gap := range gaps {
		a.warn("%s is no longer kept: %s", gap, lost)
	}
}

// show is how entries of a journal are shown: the flags that changes and plan share.
type show struct {
	filter journal.Filter
	// What is listed goes into the filter once it is read.
	attribute, node, id, outcome list

	since     string
	limit     int
	separator string
}

func (s *show) flags(flags *pflag.FlagSet) {
	flags.Var(&s.attribute, "attribute", "only changes of these attributes")
	flags.Var(&s.node, "node", "only these nodes, by their ids; a list may also be @FILE, or - for standard input")
	flags.Var(&s.id, "id", "only nodes with these INNs or OGRNs")
	flags.Var(&s.outcome, "outcome", "only "+allOutcomes)
	flags.StringVar(&s.since, "since", "", "only what was done since: 2026-11-21T00:00:00Z or 24h")
	flags.IntVar(&s.limit, "limit", 0, "stop after this many nodes; 0 shows all")
	flags.StringVar(&s.separator, "separator", "semicolon", "of CSV: semicolon, comma or tab")
}

// allOutcomes are the words that --outcome takes.
var allOutcomes = strings.Join([]string{
	string(counterparty.Updated), string(counterparty.Unchanged), string(counterparty.NotFound), string(counterparty.Ambiguous),
	string(counterparty.InvalidID), string(counterparty.Rejected), string(counterparty.Failed), string(counterparty.Gone),
	string(journal.Open),
}, ", ")

func (s *show) check(a *app, l *invalid.List) {
	s.attribute.read(a, "--attribute", l)
	s.node.readNodes(a, "--node", l)
	s.id.read(a, "--id", l)
	s.filter.Attributes, s.filter.Nodes, s.filter.IDs = s.attribute.values(), s.node.values(), s.id.values()
	s.outcome.read(a, "--outcome", l)
	for _, word := range s.outcome.items {
		upper := strings.ToUpper(word.value)
		if !slices.Contains(strings.Split(allOutcomes, ", "), upper) {
			word.refuse(l, "--outcome", allOutcomes)
		}
		s.filter.Outcomes = append(s.filter.Outcomes, counterparty.Outcome(upper))
	}
	s.filter.Since = a.since(s.since, l)
	if s.limit < 0 {
		l.Add("--limit", fmt.Sprint(s.limit), "a whole number, 0 or more")
	}
	if separators[s.separator] == 0 {
		l.Add("--separator", s.separator, "semicolon, comma or tab")
	}
}

// since reads the flag of this name: a time, or how long ago it was. Without it the time is zero.
func (a *app) since(text string, l *invalid.List) time.Time {
	if text == "" {
		return time.Time{}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago <= 0 {
		l.Add("--since", text, "a time such as 2026-11-21T00:00:00Z, or a duration above 0s such as 24h")
	}
	return a.Now().Add(-ago)
}

// printer writes entries as they come, and totals behind them.
type printer struct {
	app    *app
	show   show
	out    *bufio.Writer
	table  *journal.Table // nil unless CSV
	totals totals
}

// totals count what was shown.
type totals struct {
	nodes int
	// changes are numbers of changes by attribute, reported those that were left as they are.
	changes, reported map[string]int
	outcomes          map[counterparty.Outcome]int
}

func (s show) printer(a *app) (*printer, error) {
	p := &printer{app: a, show: s, out: bufio.NewWriter(a.Out),
		totals: totals{changes: map[string]int{}, reported: map[string]int{}, outcomes: map[counterparty.Outcome]int{}}}
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
	p.totals.nodes++
	p.totals.outcomes[e.Outcome]++
	for _, c := range e.Changes {
		p.totals.changes[c.Attribute]++
	}
	for _, c := range e.Reported {
		p.totals.reported[c.Attribute]++
	}
	err := p.write(e)
	if err == nil && p.show.limit > 0 && p.totals.nodes >= p.show.limit {
		return errEnough
	}
	return err
}

func (p *printer) write(e journal.Entry) error {
	if p.table != nil {
		return p.table.Write(e)
	}
	return ui.Print(p.out, p.app.output == "json", ui.Literal{Value: e}, func(t *ui.Text) { writeEntry(t, e) })
}

// end writes what is buffered, and for people the totals.
func (p *printer) end() error {
	var err error
	switch p.app.output {
	case "csv":
		err = p.table.Flush()
	case "text":
		err = ui.Print(p.out, false, nil, p.totals.write)
	}
	if err != nil {
		return err
	}
	return p.out.Flush()
}

// writeEntry writes an entry for people.
func writeEntry(t *ui.Text, e journal.Entry) {
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
	t.Line("%s  %s  %s  %s", word, e.NodeID, id, e.Time.Format(time.RFC3339))
	if e.Reason != "" {
		t.Line("  %s", excerpt.Line(e.Reason))
	}
	if e.Asked != nil {
		t.Line("  asked %s by an earlier pass", e.Asked.Format(time.RFC3339))
	}
	if e.Hint != "" {
		t.Line("  hint: %s", e.Hint)
	}
	for _, c := range e.Changes {
		t.Line("  %s: %s → %s%s", c.Attribute, shown(c.Was), shown(c.Became), inBrackets(c.Source))
	}
	for _, c := range e.Reported {
		t.Line("  %s: %s, not %s%s: %s", c.Attribute, shown(c.Was), shown(c.Became), inBrackets(c.Source), cmp.Or(c.Reason, counterparty.KeptNever))
	}
	if text := e.Untold.String(); text != "" {
		t.Line("  %s", text)
	}
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
	text, err := ui.Render(true, ui.Literal{Value: value}, nil)
	if err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(text)
}

func (t totals) write(text *ui.Text) {
	if t.nodes == 0 {
		text.Line("nothing")
		return
	}
	var outcomes []string
	for _, outcome := range slices.Sorted(maps.Keys(t.outcomes)) {
		outcomes = append(outcomes, fmt.Sprintf("%d %s", t.outcomes[outcome], outcome))
	}
	text.Line("\n%s: %s", plural(t.nodes, "node"), strings.Join(outcomes, ", "))
	for _, attribute := range slices.Sorted(maps.Keys(t.changes)) {
		text.Line("  %s: %s", attribute, plural(t.changes[attribute], "change"))
	}
	for _, attribute := range slices.Sorted(maps.Keys(t.reported)) {
		text.Line("  %s: %d left as they are", attribute, t.reported[attribute])
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
