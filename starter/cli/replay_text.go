package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"time"

	"counterparty-sync/internal/replay"
	"counterparty-sync/starter/ui"
)

// verdictWords are the verdicts as people read them.
var verdictWords = map[replay.Verdict]string{
	replay.Replays: "replays", replay.Broke: "BROKE", replay.Gone: "gone", replay.TooYoung: "too young", replay.Unreadable: "UNREADABLE",
	replay.NoHistory: "no history",
}

func (a *app) printOutcomes(outcomes []replay.Outcome) error {
	counts := replay.Count(outcomes)
	value := struct {
		Counts replay.Counts    `json:"counts"`
		Proof  bool             `json:"proof"`
		Runs   []replay.Outcome `json:"runs"`
	}{counts, counts.Proof(), append([]replay.Outcome{}, outcomes...)}
	return a.print(ui.Literal{Value: value}, func(t *ui.Text) { writeOutcomes(t, outcomes, counts) })
}

// writeOutcomes writes a table of the runs, what is wrong with some of them, and a line that sums up.
func writeOutcomes(t *ui.Text, outcomes []replay.Outcome, counts replay.Counts) {
	if len(outcomes) > 0 {
		t.Row("TYPE", "RUN", "STATUS", "STARTED", "EVENTS", "VERDICT")
		for _, o := range outcomes {
			started := "-"
			if o.StartedAt != nil {
				started = o.StartedAt.UTC().Format(time.RFC3339)
			}
			t.Row(cmp.Or(o.Type, "-"), cmp.Or(filepath.ToSlash(o.File), o.WorkflowID), cmp.Or(o.Status, "-"), started, o.Events, verdictWords[o.Verdict])
		}
		t.Line("")
	}
	for _, o := range outcomes {
		if o.Verdict != replay.Broke && o.Verdict != replay.Unreadable {
			continue
		}
		t.Line("%s", o.Reason)
		if o.Hint != "" {
			t.Line("hint: %s", o.Hint)
		}
		t.Line("")
	}
	sum := fmt.Sprintf("%d of %d replay", counts.Replays, counts.Total())
	for _, more := range []struct {
		n    int
		what string
	}{{counts.Broke, "broke"}, {counts.Unreadable, "unreadable"}, {counts.TooYoung, "too young"}, {counts.Gone, "gone"}, {counts.NoHistory, "no history"}} {
		if more.n > 0 {
			sum += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	t.Line("%s", sum)
}
