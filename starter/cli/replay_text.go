package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"counterparty-sync/starter/replays"
)

// verdictWords are the verdicts as people read them.
var verdictWords = map[replays.Verdict]string{
	replays.Replays: "replays", replays.Broke: "BROKE", replays.Gone: "gone", replays.TooYoung: "too young", replays.Unreadable: "UNREADABLE",
	replays.NoHistory: "no history",
}

// replayProgress tells how far the replay is: in place on a terminal, else once a minute.
type replayProgress struct {
	app    *app
	of     int
	counts replays.Counts
	drawn  bool
	told   time.Time
}

func (p *replayProgress) show(o replays.Outcome) {
	p.counts.Add(o.Verdict)
	if p.app.quiet {
		return
	}
	line := fmt.Sprintf("%d of %d replayed, %d broke", p.counts.Total(), p.of, p.counts.Broke+p.counts.Unreadable)
	now := p.app.Now()
	switch {
	case p.app.Terminal:
		_, _ = fmt.Fprintf(p.app.Err, "\r\033[K%s", line)
		p.drawn = true
	case p.told.IsZero():
		p.told = now // the first one comes at once, and says nothing
	case now.Sub(p.told) >= progressEvery:
		_, _ = fmt.Fprintln(p.app.Err, line)
		p.told = now
	}
}

func (p *replayProgress) clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.app.Err, "\r\033[K")
	}
}

func (a *app) printOutcomes(outcomes []replays.Outcome) error {
	counts := replays.Count(outcomes)
	if a.output == "json" {
		encoder := json.NewEncoder(a.Out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(struct {
			Counts replays.Counts    `json:"counts"`
			Proof  bool              `json:"proof"`
			Runs   []replays.Outcome `json:"runs"`
		}{counts, counts.Proof(), append([]replays.Outcome{}, outcomes...)})
	}
	_, err := fmt.Fprint(a.Out, replayText(outcomes, counts))
	return err
}

// replayText is a table of the runs, what is wrong with some of them, and a line that sums up.
func replayText(outcomes []replays.Outcome, counts replays.Counts) string {
	var b strings.Builder
	if len(outcomes) > 0 {
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "TYPE\tRUN\tSTATUS\tSTARTED\tEVENTS\tVERDICT")
		for _, o := range outcomes {
			started := "-"
			if o.StartedAt != nil {
				started = o.StartedAt.UTC().Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", cmp.Or(o.Type, "-"), nameOf(o), cmp.Or(o.Status, "-"), started, o.Events, verdictWords[o.Verdict])
		}
		_ = w.Flush()
		b.WriteString("\n")
	}
	for _, o := range outcomes {
		if o.Verdict == replays.Broke || o.Verdict == replays.Unreadable {
			fmt.Fprintf(&b, "%s\n", o.Reason)
			if o.Hint != "" {
				fmt.Fprintf(&b, "hint: %s\n", o.Hint)
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "%d of %d replay", counts.Replays, counts.Total())
	for _, more := range []struct {
		n    int
		what string
	}{{counts.Broke, "broke"}, {counts.Unreadable, "unreadable"}, {counts.TooYoung, "too young"}, {counts.Gone, "gone"}, {counts.NoHistory, "no history"}} {
		if more.n > 0 {
			fmt.Fprintf(&b, ", %d %s", more.n, more.what)
		}
	}
	b.WriteString("\n")
	return b.String()
}

func nameOf(o replays.Outcome) string {
	if o.File != "" {
		return filepath.ToSlash(o.File)
	}
	return o.WorkflowID
}
