package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// startTimeout bounds the wait for Temporal to start a pass that was triggered.
const startTimeout = 30 * time.Second

func (a *app) triggerCommand() *cobra.Command {
	var wait, reset bool
	var chosen selection
	c := command("trigger ID", "Start a pass now",
		`trigger starts a pass of a sync now, through its schedule, so that it never runs beside another pass. It goes on
from the checkpoint if the last pass did not complete; --reset starts from the beginning.

--first, --only, --inn, --ogrn and --rejected narrow it to some nodes, 1,000 at most. Such a pass has a workflow of its
own, runs beside the schedule, has no brake, and leaves state and checkpoint of the sync alone. --first needs the
worker's environment. A list may be a pasted column: commas, semicolons, blanks and ends of lines separate its items.
@FILE is a list in a file, - is one on standard input.

With --wait it shows progress until the pass ends, and exits with 1 if it ends in ERROR. Ctrl-C ends the wait, not the
pass.`,
		"  starter trigger main --wait\n  starter trigger main --inn 0012345673,0098765437 --wait\n  starter trigger main --inn @inns.txt --wait\n  starter trigger main --rejected --wait", 1,
		func(cmd *cobra.Command, args []string) error {
			var l invalid.List
			chosen.check(a, &l)
			if chosen.given() && reset {
				l.Add("--reset", "true", "nothing beside --first, --only, --inn, --ogrn or --rejected: such a pass has no state")
			}
			if err := l.Err(); err != nil {
				return err
			}
			manager, err := a.manager(cmd.Context())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			var workflowID, runID string
			if chosen.given() {
				selection, err := chosen.resolve(cmd.Context(), a, manager, args[0])
				if err != nil || selection == nil {
					return a.nothingChosen(args[0], err)
				}
				if workflowID, runID, err = manager.StartAdHoc(ctx, args[0], pass.AdHoc{Selection: selection}); err != nil {
					return err
				}
			} else if workflowID, runID, err = manager.Trigger(ctx, args[0], reset); err != nil {
				return err
			}
			if wait {
				a.remark("started %s", workflowID)
				return a.follow(cmd.Context(), manager, args[0], workflowID, runID)
			}
			return a.print(map[string]string{"workflowId": workflowID, "runId": runID}, func(t *ui.Text) { t.Line("started %s", workflowID) })
		})
	c.Flags().BoolVar(&wait, "wait", false, "wait until the pass ends, with progress")
	c.Flags().BoolVar(&reset, "reset", false, "Reset State: start from the beginning")
	chosen.flags(c.Flags())
	return c
}

// nothingChosen says that no pass was started because there are no such nodes.
func (a *app) nothingChosen(id string, err error) error {
	if err != nil {
		return err
	}
	return a.print(map[string]any{"workflowId": nil, "runId": nil}, func(t *ui.Text) {
		t.Line("nothing to do: the last pass of sync %s brought every node up to date", id)
	})
}

// follow shows the progress of a pass until it ends, and then its summary.
func (a *app) follow(ctx context.Context, manager *syncs.Manager, id, workflowID, runID string) error {
	status, err := a.await(ctx, "pass "+workflowID, func() (syncs.Status, error) { return manager.StatusOf(ctx, id, workflowID, runID) })
	narrowed := pass.KindOf(workflowID) == pass.Narrowed
	switch {
	case err == nil:
		return a.printSummary(status, narrowed)
	case ctx.Err() != nil && narrowed:
		a.remark("the pass goes on; starter changes %s shows what it did", id)
	case ctx.Err() != nil:
		a.remark("the pass goes on; starter status %s --watch shows it, starter stop %s stops it", id, id)
	}
	return err
}

func (a *app) printSummary(status syncs.Status, narrowed bool) error {
	p := status.Pass
	foundNothing := narrowed && status.State.CountProcessedNodes == 0 && p.Ended == string(pass.Completed)
	err := a.print(status, func(t *ui.Text) {
		took := p.FinishedAt.Sub(p.StartedAt).Round(10 * time.Millisecond)
		t.Line("%s in %s: %d nodes processed: %s", p.Ended, took, status.State.CountProcessedNodes, countsText(p.Counts))
		switch {
		case p.Missing != nil && narrowed:
			t.Line("no such node: %s; %s", p.Missing, p.Missing.Why())
		case p.Missing != nil:
			t.Line("rejected nodes: %s; %s", p.Missing, p.Missing.Why())
		case foundNothing:
			t.Line("no such node: it is gone, of another type, or not in the search index yet")
		}
		if p.Untried != "" {
			t.Line("rejected nodes were not tried again; the next pass tries them: %s", p.Untried)
		}
		if p.Replaced != "" {
			t.Line("%s", p.Replaced)
		}
		if status.State.Error != nil {
			t.Line("%s", *status.State.Error)
		}
	})
	if err == nil && (foundNothing || p.Ended != string(pass.Completed) && p.Ended != string(pass.Stopped)) {
		return errFailed
	}
	return err
}

// await shows the progress of a pass until it has ended; name is what to call it. When ctx ends, so does the waiting.
func (a *app) await(ctx context.Context, name string, read func() (syncs.Status, error)) (syncs.Status, error) {
	p := a.progress()
	defer p.Clear()
	for {
		status, err := read()
		switch {
		case ctx.Err() != nil:
			return status, ctx.Err()
		case err != nil:
			return status, err
		case status.Pass == nil:
			return status, fmt.Errorf("%s is no longer kept by Temporal", name)
		case status.Pass.FinishedAt != nil:
			return status, nil
		case status.Pass.Ended == "":
			p.Show(string(status.State.Status), progressLine(status))
		}
		sleep(ctx, pollInterval/2)
	}
}

// progressLine says first what matters most, for the end of the line may be cut.
func progressLine(s syncs.Status) string {
	if s.State.Status == pass.ApprovalWaiting && s.State.NextTry != nil {
		what, _ := pass.SplitHint(*s.State.Error)
		return fmt.Sprintf("%s  starter approve %s or starter refuse %s, until %s: %s",
			s.State.Status, s.ID, s.ID, s.State.NextTry.Format(time.RFC3339), what)
	}
	if s.State.NextTry != nil {
		return fmt.Sprintf("%s  try %d at %s: %s", s.State.Status, s.State.TryCount, s.State.NextTry.Format(time.TimeOnly), *s.State.Error)
	}
	c := s.Pass.Counts
	return fmt.Sprintf("%s  %d nodes to dbid %s: %d updated, %d unchanged, %d other",
		s.State.Status, s.State.CountProcessedNodes, dbid(s.State.LastModifiedNodeDbid), c.Updated, c.Unchanged, c.Total()-c.Updated-c.Unchanged)
}
