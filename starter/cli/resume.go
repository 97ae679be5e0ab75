package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

func (a *app) resumeCommand() *cobra.Command {
	var note string
	c := a.steer("resume ID", "End the pause of a sync",
		"resume lets the schedule start passes again.", "  starter resume main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "resumed", m.Resume(ctx, id, note)
		})
	c.Flags().StringVar(&note, "note", "resumed by starter", "the reason; shown by status")
	return c
}
