package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
)

func (a *app) retryCommand() *cobra.Command {
	return a.steer("retry ID", "Let a pass in RETRY_WAITING try again now",
		"retry makes a pass in RETRY_WAITING try again now. The number of its tries is not reset.", "  starter retry main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			return "tries again", m.Retry(ctx, id)
		})
}
