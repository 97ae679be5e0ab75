package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
	"counterparty-sync/starter/syncs"
)

// watchInterval is how often --watch looks.
const watchInterval = time.Second

func (a *app) statusCommand() *cobra.Command {
	var watch bool
	c := command("status [ID]", "Show the state of one sync, or of all",
		`status shows what a sync does, where it got to, and when it runs next. With -o json the output has stable fields:
one object for a sync, an array for all.`,
		"  starter status\n  starter status main -o json\n  starter status main --watch", 0,
		func(cmd *cobra.Command, args []string) error {
			manager, err := a.manager(cmd.Context())
			if err != nil {
				return err
			}
			if !watch {
				text, err := a.renderStatus(cmd.Context(), manager, args)
				if err == nil {
					_, _ = fmt.Fprint(a.Out, text)
				}
				return err
			}
			return a.watchStatus(cmd.Context(), manager, args)
		})
	c.Args = func(cmd *cobra.Command, args []string) error {
		return exactly(min(len(args), 1), c.Use)(cmd, args)
	}
	c.Flags().BoolVarP(&watch, "watch", "w", false, "show each change until Ctrl-C")
	return c
}

// watchStatus prints the status whenever it changes; Ctrl-C is the way to end it.
func (a *app) watchStatus(ctx context.Context, manager *syncs.Manager, args []string) error {
	shown := ""
	for {
		text, err := a.renderStatus(ctx, manager, args)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if text != shown {
			if shown != "" && a.output == "text" {
				_, _ = fmt.Fprintf(a.Out, "--- %s\n", a.Now().Format(time.TimeOnly))
			}
			_, _ = fmt.Fprint(a.Out, text)
			shown = text
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchInterval):
		}
	}
}

func (a *app) renderStatus(ctx context.Context, manager *syncs.Manager, args []string) (string, error) {
	var b strings.Builder
	if len(args) == 1 {
		status, err := manager.Status(ctx, args[0])
		if err != nil {
			return "", err
		}
		if a.output == "json" {
			return marshal(status)
		}
		writeStatus(&b, status)
		return b.String(), nil
	}
	list, err := manager.List(ctx)
	if err != nil {
		return "", err
	}
	if a.output == "json" {
		return marshal(list)
	}
	if len(list) == 0 {
		a.remark("no syncs; starter apply -f FILE creates one")
	}
	writeList(&b, list)
	for _, s := range list {
		for _, problem := range s.Schedule.Problems {
			a.remark("%s: %s", s.ID, problem)
		}
	}
	return b.String(), nil
}

func marshal(value any) (string, error) {
	data, err := json.Marshal(value)
	return string(data) + "\n", err
}

func writeList(b *strings.Builder, list []syncs.Status) {
	if len(list) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tNAME\tSTATUS\tPROCESSED\tCHECKPOINT\tTRY\tNEXT")
	for _, s := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
			s.ID, s.Name, s.State.Status, s.State.CountProcessedNodes, dbid(s.State.LastModifiedNodeDbid), try(s), next(s))
	}
	_ = w.Flush()
}

func try(s syncs.Status) string {
	if s.State.TryCount == 0 {
		return "-"
	}
	return fmt.Sprint(s.State.TryCount)
}

func next(s syncs.Status) string {
	switch {
	case startsByHand(s.Schedule):
		return "by hand"
	case s.Schedule.Paused:
		return "paused"
	case len(s.Schedule.Next) == 0:
		return "-"
	}
	return s.Schedule.Next[0].Format(time.RFC3339)
}

func writeStatus(b *strings.Builder, s syncs.Status) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { _, _ = fmt.Fprintf(w, "%s\t%v\n", name, value) }
	row("id", s.ID)
	row("name", s.Name)
	row("status", s.State.Status)
	row("processed", s.State.CountProcessedNodes)
	row("checkpoint", dbid(s.State.LastModifiedNodeDbid))
	if s.State.TryCount > 0 {
		row("try", s.State.TryCount)
	}
	if s.State.NextTry != nil {
		name := "next try"
		if s.State.Status == pass.ApprovalWaiting {
			name = "gives up"
		}
		row(name, s.State.NextTry.Format(time.RFC3339))
	}
	if s.State.Error != nil {
		what, hint, _ := strings.Cut(*s.State.Error, "; hint: ")
		row("error", strings.ReplaceAll(what, "\n", " "))
		if hint != "" {
			row("hint", hint)
		}
	}
	row("schedule", scheduleText(s.Schedule))
	for _, problem := range s.Schedule.Problems {
		row("WRONG", problem)
	}
	if p := s.Pass; p != nil {
		row("pass", p.WorkflowID)
		row("started", p.StartedAt.Format(time.RFC3339))
		if p.FinishedAt != nil {
			row("finished", fmt.Sprintf("%s (%s, %s)", p.FinishedAt.Format(time.RFC3339), strings.ToLower(p.Ended), p.FinishedAt.Sub(p.StartedAt).Round(time.Millisecond)))
		}
		if p.Stuck != "" {
			row("WRONG", "the pass is stuck: "+p.Stuck+"; the worker's log says why")
		}
		if p.ResumedFrom != nil {
			row("went on from", fmt.Sprintf("dbid %d", *p.ResumedFrom))
		}
		row("outcomes", countsText(p.Counts))
		if asks := p.Walk.String(); asks != "" {
			row("asks about", asks)
		}
		for _, source := range p.Sources {
			row(source.ID, strings.TrimSpace(string(source.State)+" "+source.Reason))
		}
	}
	_ = w.Flush()
	if s.State.Status == pass.ApprovalWaiting && s.Pass != nil && s.Pass.Hold != nil {
		writeEvidence(b, s.Pass.Hold.Evidence)
	}
}

// startsByHand reports whether a sync has no cron, for which its schedule is paused.
func startsByHand(s syncs.Schedule) bool { return s.Paused && s.Note == schedule.NoteByHand }

func scheduleText(s syncs.Schedule) string {
	switch {
	case startsByHand(s):
		return s.ID + ", starts by hand"
	case s.Paused && s.Note == "":
		return s.ID + ", paused"
	case s.Paused:
		return s.ID + ", " + pausedText(s.Note)
	case len(s.Next) == 0:
		return s.ID + ", no more starts"
	}
	return s.ID + ", next " + s.Next[0].Format(time.RFC3339)
}

// pausedText tells that a schedule is paused and why, once: a note may say "paused" itself.
func pausedText(note string) string {
	if strings.HasPrefix(note, "paused") {
		return note
	}
	return "paused: " + note
}

func countsText(c counterparty.Counts) string {
	return fmt.Sprintf("%d updated, %d unchanged, %d not found, %d ambiguous, %d invalid id, %d rejected, %d gone",
		c.Updated, c.Unchanged, c.NotFound, c.Ambiguous, c.InvalidID, c.Rejected, c.Gone)
}

func dbid(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}
