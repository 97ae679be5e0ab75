package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// steer makes a command that does one thing to one sync, and says what was done.
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
		return a.print(map[string]string{"id": sync.ID, "done": what}, func(t *ui.Text) {
			t.Line("%s %s", sync.ScheduleID, what)
		})
	})
}
