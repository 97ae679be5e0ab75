package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

func (a *app) deleteCommand() *cobra.Command {
	return a.steer("delete ID", "Delete a sync and its schedule",
		`delete removes the schedule. The nodes and the histories of past passes stay. A running pass must be stopped
first.`, "  starter delete main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "deleted", m.Delete(ctx, id)
		})
}
