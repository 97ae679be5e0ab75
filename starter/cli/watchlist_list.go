package cli

import (
	"github.com/spf13/cobra"

	"counterparty-sync/starter/ui"
)

func (a *app) watchListCommand() *cobra.Command {
	return command("list", "Show the companies that are watched", "list shows the companies on the watch list, in the order of Kontur.Focus."+aboutTheList,
		"  starter watch list\n  starter watch list -o json", 0,
		func(cmd *cobra.Command, _ []string) error {
			world, err := a.outside()
			if err != nil {
				return err
			}
			list, err := world.Kontur.WatchList(cmd.Context())
			if err != nil {
				return err
			}
			watched := make([]watchedCompany, 0, len(list))
			for _, w := range list {
				watched = append(watched, watchedCompany(w))
			}
			err = a.print(map[string]any{"watched": watched}, func(t *ui.Text) {
				for _, w := range watched {
					t.Row(w.OGRN, w.INN)
				}
			})
			if err == nil && a.output == "text" {
				a.remark("%d companies are watched", len(list))
			}
			return err
		})
}
