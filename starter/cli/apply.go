package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/schedule"
	"counterparty-sync/starter/syncs"
)

// nextStarts is how many starts are shown before and after a schedule is changed.
const nextStarts = 3

func (a *app) applyCommand() *cobra.Command {
	var file string
	var reset bool
	c := command("apply -f FILE", "Create a sync, or change it to what a file says",
		`apply creates the sync of a YAML file, or changes it to what the file says, and tells what changed. The same file
again changes nothing.

If the configuration of a running pass changes, the pass is stopped at a clean point and a new one is started from
the beginning. What operators set by hand, such as a pause, is kept. A schedule that was made or changed by other means,
such as tctl or temporal, becomes what the file says, and its state stays.`,
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
			return a.printApplied(applied, spec)
		})
	c.Flags().StringVarP(&file, "file", "f", "", "the sync's YAML file, or - for standard input (required)")
	c.Flags().BoolVar(&reset, "reset", false, "Reset State: the next pass begins at the beginning")
	return c
}

func (a *app) printApplied(applied syncs.Applied, spec schedule.Spec) error {
	next := []time.Time{}
	if !applied.Paused {
		next = append(next, spec.Next(a.Now(), nextStarts)...)
	}
	if a.output == "json" {
		return json.NewEncoder(a.Out).Encode(struct {
			syncs.Applied
			Next []time.Time `json:"next"`
		}{applied, next})
	}
	name := applied.ScheduleID
	switch {
	case applied.Created:
		_, _ = fmt.Fprintf(a.Out, "%s created\n", name)
	case len(applied.Changes) == 0 && !applied.Reset:
		_, _ = fmt.Fprintf(a.Out, "%s unchanged\n", name)
		return nil
	case len(applied.Changes) == 0 && applied.Stopped == "":
		_, _ = fmt.Fprintf(a.Out, "%s reset\n", name)
	default:
		_, _ = fmt.Fprintf(a.Out, "%s changed\n", name)
	}
	for _, change := range applied.Changes {
		_, _ = fmt.Fprintf(a.Out, "  %s: %s → %s\n", change.Field, orNone(change.Was), orNone(change.Became))
	}
	if applied.Reset {
		_, _ = fmt.Fprintln(a.Out, "  the next pass begins at the beginning")
	}
	if applied.Stopped != "" {
		_, _ = fmt.Fprintf(a.Out, "  pass %s is being stopped at a clean point\n", applied.Stopped)
	}
	if applied.Restarted {
		_, _ = fmt.Fprintln(a.Out, "  a new pass starts when it has ended")
	}
	a.printNext(applied, spec, next)
	return nil
}

func (a *app) printNext(applied syncs.Applied, spec schedule.Spec, next []time.Time) {
	if spec.String() == "" {
		_, _ = fmt.Fprintln(a.Out, spec.Describe())
	} else {
		_, _ = fmt.Fprintf(a.Out, "cron: %s\n", spec.Describe())
	}
	switch {
	case applied.Note == schedule.NoteByHand:
		_, _ = fmt.Fprintf(a.Out, "starter trigger %s starts a pass\n", applied.ID)
	case applied.Note == schedule.NoteDisabled:
		_, _ = fmt.Fprintln(a.Out, "disabled: it starts by hand only, with starter trigger")
	case applied.Paused:
		_, _ = fmt.Fprintf(a.Out, "%s; starter resume %s ends the pause\n", pausedText(applied.Note), applied.ID)
	}
	for _, t := range next {
		_, _ = fmt.Fprintf(a.Out, "next: %s\n", t.Format("2006-01-02 15:04:05 Mon MST"))
	}
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
