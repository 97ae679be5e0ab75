package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

func (a *app) pauseCommand() *cobra.Command {
	var note string
	c := a.steer("pause ID", "Pause the schedule of a sync",
		"pause keeps the schedule from starting passes. A running pass goes on; starter stop stops it.",
		"  starter pause main --note \"until the move is over\"",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "paused", m.Pause(ctx, id, note)
		})
	c.Flags().StringVar(&note, "note", "paused by starter", "the reason; shown by status")
	return c
}
