package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func (a *app) statusCommand() *cobra.Command {
	var watch, sources bool
	var dialect string
	c := command("status [ID]", "Show the state of one sync, or of all",
		`status shows what a sync is doing, how far it has got, and when it runs next. With -o json the output has stable fields:
one object for a sync, an array for all.

With --sources it shows which sources the latest pass of a sync has and how far each is, in the words of reports; before
the first pass, those of its configuration.`,
		"  starter status\n  starter status main -o json\n  starter status main --watch\n  starter status main --sources --dialect vehicle", 0,
		func(cmd *cobra.Command, args []string) error {
			words, err := sourcestate.ParseDialect(dialect)
			switch {
			case err != nil:
				return flagError("--dialect", dialect, "vehicle or entity")
			case sources && len(args) == 0:
				return flagError("--sources", "true", "only with the ID of a sync")
			case !sources && cmd.Flags().Changed("dialect"):
				return flagError("--dialect", dialect, "only with --sources")
			}
			manager, err := a.manager(cmd.Context())
			if err != nil {
				return err
			}
			render := func() (string, error) { return a.renderStatus(cmd.Context(), manager, args) }
			if sources {
				render = func() (string, error) { return a.renderSources(cmd.Context(), manager, args[0], words) }
			}
			return a.printStatus(cmd.Context(), render, watch)
		})
	c.Args = atMostOne
	c.Flags().BoolVarP(&watch, "watch", "w", false, "show each change until Ctrl-C")
	c.Flags().BoolVar(&sources, "sources", false, "show the sources of the latest pass, as a report shows its own")
	c.Flags().StringVar(&dialect, "dialect", string(sourcestate.EntityDialect), "words for the states of sources: vehicle or entity")
	return c
}

// printStatus prints the status, once or whenever it changes; Ctrl-C is the way to end that.
func (a *app) printStatus(ctx context.Context, render func() (string, error), again bool) error {
	for shown := ""; ; {
		text, err := render()
		switch {
		case again && ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case text != shown:
			before := ""
			if shown != "" && a.output == "text" {
				before = "--- " + a.Now().Format(time.TimeOnly) + "\n"
			}
			if _, err := io.WriteString(a.Out, before+text); err != nil {
				return err
			}
			shown = text
		}
		if !again {
			return nil
		}
		sleep(ctx, pollInterval)
	}
}

func (a *app) renderStatus(ctx context.Context, manager *syncs.Manager, args []string) (string, error) {
	if len(args) == 1 {
		status, err := manager.Status(ctx, args[0])
		if err != nil {
			return "", err
		}
		return ui.Render(a.output == "json", status, func(t *ui.Text) { writeStatus(t, status) })
	}
	list, err := manager.List(ctx)
	if err != nil {
		return "", err
	}
	return ui.Render(a.output == "json", list, func(t *ui.Text) { a.writeList(t, list) })
}

func (a *app) writeList(t *ui.Text, list []syncs.Status) {
	if len(list) == 0 {
		a.remark("no syncs; starter apply -f FILE creates one")
		return
	}
	t.Row("ID", "NAME", "STATUS", "PROCESSED", "CHECKPOINT", "TRY", "NEXT")
	for _, s := range list {
		next, _ := startsOf(s.Schedule)
		if s.State == nil {
			t.Row(s.ID, s.Name, "not known", "-", "-", "-", next)
			continue
		}
		t.Row(s.ID, s.Name, s.State.Status, s.State.CountProcessedNodes, dbid(s.State.LastModifiedNodeDbid), try(s), next)
	}
	for _, s := range list {
		if s.StateNote != "" {
			a.remark("%s: %s", s.ID, s.StateNote)
		}
		for _, problem := range s.Schedule.Problems {
			a.remark("%s: %s", s.ID, problem)
		}
	}
}

func try(s syncs.Status) string {
	if s.State.TryCount == 0 {
		return "-"
	}
	return fmt.Sprint(s.State.TryCount)
}

func writeStatus(t *ui.Text, s syncs.Status) {
	t.Row("id", s.ID)
	t.Row("name", s.Name)
	writeState(t, s)
	if s.Rewind != nil {
		t.Row("next pass", "begins "+where(s.Rewind.To)+", once: starter rewind said so at "+s.Rewind.At)
	}
	_, starts := startsOf(s.Schedule)
	t.Row("schedule", starts)
	for _, problem := range s.Schedule.Problems {
		t.Row("WRONG", problem)
	}
	if s.Pass != nil {
		writePass(t, s.Pass)
		if s.State.Status == pass.ApprovalWaiting && s.Pass.Hold != nil {
			writeEvidence(t, s.Pass.Hold.Evidence)
		}
	}
}

func writeState(t *ui.Text, s syncs.Status) {
	if s.State == nil {
		t.Row("status", "not known: "+s.StateNote)
		return
	}
	t.Row("status", s.State.Status)
	t.Row("processed", s.State.CountProcessedNodes)
	t.Row("checkpoint", dbid(s.State.LastModifiedNodeDbid))
	if s.State.TryCount > 0 {
		t.Row("try", s.State.TryCount)
	}
	if s.State.NextTry != nil {
		name := "next try"
		if s.State.Status == pass.ApprovalWaiting {
			name = "gives up"
		}
		t.Row(name, s.State.NextTry.Format(time.RFC3339))
	}
	if s.State.Error != nil {
		what, hint := pass.SplitHint(*s.State.Error)
		t.Row("error", strings.ReplaceAll(what, "\n", " "))
		if hint != "" {
			t.Row("hint", hint)
		}
	}
}

func writePass(t *ui.Text, p *syncs.Pass) {
	t.Row("pass", p.WorkflowID)
	t.Row("started", p.StartedAt.Format(time.RFC3339))
	if p.FinishedAt != nil {
		t.Row("finished", fmt.Sprintf("%s (%s, %s)", p.FinishedAt.Format(time.RFC3339), strings.ToLower(p.Ended), p.FinishedAt.Sub(p.StartedAt).Round(time.Millisecond)))
	}
	if p.Replaced != "" {
		t.Row("because", p.Replaced)
	}
	if p.Stuck != "" {
		t.Row("WRONG", "the pass is stuck: "+p.Stuck+"; the worker's log says why")
	}
	switch {
	case p.Rewound:
		t.Row("began", where(p.ResumedFrom)+", where starter rewind put the checkpoint")
	case p.ResumedFrom != nil:
		t.Row("went on from", fmt.Sprintf("dbid %d", *p.ResumedFrom))
	}
	if p.Wakes > 0 {
		t.Row("woken", fmt.Sprintf("%d of %d times by starts of workers", p.Wakes, pass.MaxWakes))
	}
	t.Row("outcomes", countsText(p.Counts))
	if asks := p.Walk.String(); asks != "" {
		t.Row("asks about", asks)
	}
	if p.Forgotten != "" {
		t.Row("the pass before", "can't be read, so that this one began at the beginning: it is "+p.Forgotten)
	}
	if p.Missing != nil {
		t.Row("missing", p.Missing.String()+"; "+p.Missing.Why())
	}
	if p.Untried != "" {
		t.Row("not tried again", "rejected nodes; the next pass tries them: "+strings.ReplaceAll(p.Untried, "\n", " "))
	}
	if p.Open > 0 {
		t.Row("open", fmt.Sprintf("%d nodes could not be written yet; this pass or the next one tries them again", p.Open))
	}
	for _, source := range p.Sources {
		t.Row(source.ID, strings.TrimSpace(string(source.State)+" "+source.Reason))
	}
}

// startsOf says when a schedule starts a pass next, and why if it does not: in a list, and with room for the whole.
func startsOf(s syncs.Schedule) (inList, inFull string) {
	switch {
	case s.Paused && s.Note == schedule.NoteByHand: // the sync has no cron
		return "by hand", s.ID + ", starts by hand"
	case s.Paused && s.Note == "":
		return "paused", s.ID + ", paused"
	case s.Paused:
		return "paused", s.ID + ", " + pausedText(s.Note)
	case len(s.Next) == 0:
		return "-", s.ID + ", no more starts"
	}
	at := s.Next[0].Format(time.RFC3339)
	return at, s.ID + ", next " + at
}

// pausedText says that a schedule is paused and why; a note may begin with "paused" itself.
func pausedText(note string) string {
	if strings.HasPrefix(note, "paused") {
		return note
	}
	return "paused: " + note
}

func countsText(c counterparty.Counts) string {
	return fmt.Sprintf("%d updated, %d unchanged, %d not found, %d ambiguous, %d invalid id, %d rejected, %d failed, %d gone",
		c.Updated, c.Unchanged, c.NotFound, c.Ambiguous, c.InvalidID, c.Rejected, c.Failed, c.Gone)
}

func dbid(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// writeEvidence shows what the brake holds back; nil if only the memo could be read.
func writeEvidence(t *ui.Text, held *pass.Evidence) {
	if held == nil {
		t.Line("\nwhat it would change is not shown: no worker answers")
		return
	}
	t.Line("\nwould change %d of %d nodes of the batch:", held.Changed, held.Nodes)
	t.Row("  ATTRIBUTE", "NODES", "EMPTIED")
	for _, a := range held.Attributes {
		t.Row("  "+a.Attribute, a.Changed, a.Emptied)
	}
	t.Line("for example:")
	for _, e := range held.Examples {
		t.Line("  %s %s: %s → %s", e.NodeID, e.Attribute, plain(e.Was), plain(e.Became))
	}
}

// plain is a foreign text on one line, which steers no terminal.
func plain(text string) string {
	if text == "" {
		return "(nothing)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
