package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

const (
	// startTimeout bounds the wait for Temporal to start a pass that was triggered.
	startTimeout = 30 * time.Second
)

func (a *app) triggerCommand() *cobra.Command {
	var wait, reset bool
	var chosen narrow
	c := command("trigger ID", "Start a pass now",
		`trigger starts a pass of a sync now, through its schedule, so that it never runs beside another pass. It goes on
from the checkpoint if the last pass did not complete; --reset begins at the beginning.

--only, --inn, --ogrn and --rejected narrow it to some nodes, 1,000 at most. Such a pass has a workflow of its own, runs
beside the schedule, has no brake, and leaves state and checkpoint of the sync alone.

With --wait it shows progress until the pass ends and exits with 1 if that ends in ERROR. Ctrl-C ends the waiting, not
the pass.`,
		"  starter trigger main --wait\n  starter trigger main --inn 0012345673,0098765437 --wait\n  starter trigger main --rejected --wait", 1,
		func(cmd *cobra.Command, args []string) error {
			var l invalid.List
			chosen.check(&l)
			if chosen.given() && reset {
				l.Add("--reset", "true", "nothing beside --only, --inn, --ogrn or --rejected: such a pass has no state")
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
				only, err := chosen.resolve(cmd.Context(), a, manager, args[0])
				if err != nil || only == nil {
					return a.nothingChosen(args[0], err)
				}
				if workflowID, runID, err = manager.StartAdHoc(ctx, args[0], pass.AdHoc{Selection: only}); err != nil {
					return err
				}
			} else if workflowID, runID, err = manager.Trigger(ctx, args[0], reset); err != nil {
				return err
			}
			if wait {
				a.remark("started %s", workflowID)
				return a.follow(cmd.Context(), manager, args[0], workflowID, runID)
			}
			if a.output == "json" {
				return json.NewEncoder(a.Out).Encode(map[string]string{"workflowId": workflowID, "runId": runID})
			}
			_, _ = fmt.Fprintln(a.Out, "started", workflowID)
			return nil
		})
	c.Flags().BoolVar(&wait, "wait", false, "wait until the pass ends, with progress")
	c.Flags().BoolVar(&reset, "reset", false, "Reset State: begin at the beginning")
	chosen.flags(c.Flags())
	return c
}

// foundNothing reports whether none of the nodes that a pass was narrowed to is there.
func foundNothing(status syncs.Status) bool {
	return pass.KindOf(status.Pass.WorkflowID) == pass.Narrowed && status.State.CountProcessedNodes == 0 && status.Pass.Ended == string(pass.Completed)
}

// nothingChosen says that no pass was started because there are no such nodes.
func (a *app) nothingChosen(id string, err error) error {
	if err != nil {
		return err
	}
	if a.output == "json" {
		return json.NewEncoder(a.Out).Encode(map[string]any{"workflowId": nil, "runId": nil})
	}
	_, err = fmt.Fprintf(a.Out, "nothing to do: the last pass of sync %s brought every node up to date\n", id)
	return err
}

// follow shows the progress of a pass until it ends, and then its summary.
func (a *app) follow(ctx context.Context, manager *syncs.Manager, id, workflowID, runID string) error {
	p := &progress{app: a}
	for {
		status, err := manager.StatusOf(ctx, id, workflowID, runID)
		if ctx.Err() != nil {
			p.clear()
			if pass.KindOf(workflowID) == pass.Narrowed {
				a.remark("the pass goes on; starter changes %s shows what it did", id)
				return ctx.Err()
			}
			a.remark("the pass goes on; starter status %s --watch shows it, starter stop %s stops it", id, id)
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		switch {
		case status.Pass == nil:
			return fmt.Errorf("pass %s is no longer kept by Temporal", workflowID)
		case status.Pass.FinishedAt != nil:
			p.clear()
			return a.summary(status)
		case status.Pass.Ended == "":
			p.show(status)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchInterval / 2):
		}
	}
}

func (a *app) summary(status syncs.Status) error {
	text, err := marshal(status)
	if err != nil {
		return err
	}
	if a.output == "text" {
		took := status.Pass.FinishedAt.Sub(status.Pass.StartedAt).Round(10 * time.Millisecond)
		text = fmt.Sprintf("%s in %s: %d nodes processed: %s\n", status.Pass.Ended, took, status.State.CountProcessedNodes, countsText(status.Pass.Counts))
		if foundNothing(status) {
			text += "no such node: it is gone, of another type, or not in the search index yet\n"
		}
		if status.State.Error != nil {
			text += *status.State.Error + "\n"
		}
	}
	_, _ = fmt.Fprint(a.Out, text)
	if foundNothing(status) {
		return errFailed
	}
	if status.Pass.Ended != string(pass.Completed) && status.Pass.Ended != string(pass.Stopped) {
		return errFailed
	}
	return nil
}
