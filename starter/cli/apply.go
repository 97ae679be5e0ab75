package cli

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/schedule"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// nextStarts is how many starts are shown before and after a schedule is changed.
const nextStarts = 3

func (a *app) applyCommand() *cobra.Command {
	var file string
	var reset bool
	c := command("apply -f FILE", "Create a sync from a file, or update it to match the file",
		`apply creates the sync that a YAML file describes, or updates it to match the file, and shows what changed. Applying
the same file again changes nothing.

If what a running pass does changes, the pass is stopped at a clean point and a new one is started from the beginning.
A change of its name, of when passes start and of how fast and patiently they work leaves it alone. What operators set
by hand, such as a pause, is kept. A schedule that was made or changed by other means, such as tctl or temporal, is
brought back in line with the file; its state is kept.`,
		"  starter apply -f sync.yaml\n  starter apply -f - < sync.yaml", 0,
		func(cmd *cobra.Command, _ []string) error {
			sync, spec, err := a.load(file)
			if err != nil {
				return err
			}
			manager, err := a.manager(cmd.Context())
			if err != nil {
				return err
			}
			applied, err := manager.Apply(cmd.Context(), sync, spec, reset)
			if err != nil {
				return err
			}
			if err := a.printApplied(applied, spec); err != nil || sync.KonturKey == "" {
				return err
			}
			if held, err := manager.Holds(cmd.Context(), sync.KonturKey); err == nil && !held {
				a.remark("no worker that runs now holds the key %s of Kontur.Focus, and without one passes end in ERROR: %s", sync.KonturKey, sync.KonturKey.HintMissing())
			}
			return nil
		})
	c.Flags().StringVarP(&file, "file", "f", "", "the sync's YAML file, or - for standard input (required)")
	c.Flags().BoolVar(&reset, "reset", false, "Reset State: the next pass starts from the beginning")
	return c
}

func (a *app) printApplied(applied syncs.Applied, spec schedule.Spec) error {
	next := []time.Time{}
	if !applied.Paused {
		next = append(next, spec.Next(a.Now(), nextStarts)...)
	}
	value := struct {
		syncs.Applied
		Next []time.Time `json:"next"`
	}{applied, next}
	return a.print(value, func(t *ui.Text) {
		unchanged := len(applied.Changes) == 0
		switch {
		case applied.Created:
			t.Line("%s created", applied.ScheduleID)
		case unchanged && !applied.Reset:
			t.Line("%s unchanged", applied.ScheduleID)
			return
		case unchanged && applied.Stopped == "":
			t.Line("%s reset", applied.ScheduleID)
		default:
			t.Line("%s changed", applied.ScheduleID)
		}
		for _, change := range applied.Changes {
			t.Line("  %s: %s → %s", change.Field, cmp.Or(change.Was, "(none)"), cmp.Or(change.Became, "(none)"))
		}
		if applied.Reset {
			t.Line("  the next pass starts from the beginning")
		}
		if applied.Stopped != "" {
			t.Line("  pass %s is being stopped at a clean point", applied.Stopped)
		}
		if applied.GoesOn != "" {
			t.Line("  pass %s goes on as it began; the next one goes by the change", applied.GoesOn)
		}
		if applied.Restarted {
			t.Line("  a new pass starts when it has ended")
		}
		writeStarts(t, applied, spec, next)
	})
}

// writeStarts writes when the sync starts.
func writeStarts(t *ui.Text, applied syncs.Applied, spec schedule.Spec, next []time.Time) {
	if spec.String() == "" {
		t.Line("%s", spec.Describe())
	} else {
		t.Line("cron: %s", spec.Describe())
	}
	switch {
	case applied.Note == schedule.NoteByHand:
		t.Line("starter trigger %s starts a pass", applied.ID)
	case applied.Note == schedule.NoteDisabled:
		t.Line("disabled: it starts by hand only, with starter trigger")
	case applied.Paused:
		t.Line("%s; starter resume %s ends the pause", pausedText(applied.Note), applied.ID)
	}
	for _, start := range next {
		t.Line("next: %s", start.Format("2006-01-02 15:04:05 Mon MST"))
	}
}
