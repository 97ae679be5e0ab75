package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

// done prints that something was done to a sync.
func (a *app) done(sync syncs.Ref, what string) error {
	if a.output == "json" {
		return json.NewEncoder(a.Out).Encode(map[string]string{"id": sync.ID, "done": what})
	}
	_, err := fmt.Fprintf(a.Out, "%s %s\n", sync.ScheduleID, what)
	return err
}

// steer makes a command that does one thing to one sync.
func (a *app) steer(use, short, long, example string, act func(ctx context.Context, m *syncs.Manager, id string) (string, error)) *cobra.Command {
	return command(use, short, long, example, 1, func(cmd *cobra.Command, args []string) error {
		manager, err := a.manager(cmd.Context())
		if err != nil {
			return err
		}
		sync, err := manager.Find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		what, err := act(cmd.Context(), manager, sync.ID)
		if err != nil {
			return err
		}
		return a.done(sync, what)
	})
}

func (a *app) pauseCommand() *cobra.Command {
	var note string
	c := a.steer("pause ID", "Pause the schedule of a sync",
		"pause keeps the schedule from starting passes. A pass that runs goes on; starter stop stops it.",
		"  starter pause main --note \"until the move is over\"",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "paused", m.Pause(ctx, id, note)
		})
	c.Flags().StringVar(&note, "note", "paused by starter", "why; status shows it")
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	var note string
	c := a.steer("resume ID", "End the pause of a sync",
		"resume lets the schedule start passes again.", "  starter resume main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "resumed", m.Resume(ctx, id, note)
		})
	c.Flags().StringVar(&note, "note", "resumed by starter", "why; status shows it")
	return c
}

func (a *app) retryCommand() *cobra.Command {
	return a.steer("retry ID", "End the waiting of a pass in RETRY_WAITING",
		"retry makes a pass in RETRY_WAITING try again now. The number of its tries stays.", "  starter retry main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "tries again", m.Retry(ctx, id)
		})
}

func (a *app) stopCommand() *cobra.Command {
	var timeout time.Duration
	c := a.steer("stop ID", "Stop the running pass at a clean point",
		`stop lets the running pass finish the nodes that it is writing, keeps the checkpoint, and waits until it has ended.
The next pass goes on from there. With no pass running there is nothing to do.`, "  starter stop main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			workflowID, wasRunning, err := m.Stop(ctx, id)
			switch {
			case errors.Is(err, context.DeadlineExceeded):
				return "", fmt.Errorf("pass %s was asked to stop and has not ended within %s; it needs a worker to end", workflowID, timeout)
			case !wasRunning:
				return "has no running pass", err
			}
			return "stopped: " + workflowID, err
		})
	c.PreRunE = func(*cobra.Command, []string) error {
		if timeout <= 0 {
			return flagError("--timeout", timeout.String(), "a duration above 0s")
		}
		return nil
	}
	c.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait for the end of the pass")
	return c
}

func (a *app) deleteCommand() *cobra.Command {
	return a.steer("delete ID", "Delete a sync and its schedule",
		`delete removes the schedule. The nodes and the histories of past passes stay. A pass that runs must be stopped
before.`, "  starter delete main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "deleted", m.Delete(ctx, id)
		})
}
