package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

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
