package cli

import (
	"github.com/spf13/cobra"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/outside"
	"counterparty-sync/starter/ui"
)

const aboutTheList = `

The list belongs to the key: everyone with the same key shares it, and no other command touches it. Run this in the
worker's environment.`

func (a *app) watchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "watch COMMAND",
		Short:   "Show and change the watch list of Kontur.Focus",
		Long:    `watch shows and changes the list of companies whose changes Kontur.Focus reports. Syncs with changedOnly rely on it.` + aboutTheList,
		Example: "  starter watch list\n  starter watch add main\n  starter watch add main --yes",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is not a command of watch; allowed: list, add, remove", args[0])
		},
	}
	c.AddCommand(a.watchListCommand(), a.watchAddCommand(), a.watchRemoveCommand())
	return c
}

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

// watchedCompany is a company in the output.
type watchedCompany struct {
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
}

// listChange is what a command does to the list, or would do. Its JSON is the output; fields are only ever added.
type listChange struct {
	// Before and After count the companies on the list.
	Before int `json:"before"`
	After  int `json:"after"`
	// Nodes were walked; WithoutOGRN of them have none that could be watched.
	Nodes       int              `json:"nodes,omitempty"`
	WithoutOGRN int              `json:"withoutOgrn,omitempty"`
	Add         []string         `json:"add,omitempty"`
	Remove      []watchedCompany `json:"remove,omitempty"`
	// Unknown are those of Add that Kontur.Focus does not know.
	Unknown []string `json:"unknown,omitempty"`
	// Done: it was done. Otherwise nothing was changed.
	Done bool `json:"done"`
}

func (a *app) printListChange(change listChange, next string) error {
	return a.print(change, func(t *ui.Text) {
		if change.Nodes > 0 {
			t.Line("%d nodes, %d of them without an OGRN", change.Nodes, change.WithoutOGRN)
		}
		for _, w := range change.Remove {
			t.Line("- %s  %s", w.OGRN, w.INN)
		}
		for _, ogrn := range change.Unknown {
			t.Line("? %s  Kontur.Focus does not know it", ogrn)
		}
		switch {
		case len(change.Add)+len(change.Remove) == 0:
			t.Line("the watch list has %d companies: nothing to do", change.Before)
		case change.Done:
			t.Line("the watch list has %d companies; it had %d before", change.After, change.Before)
		default:
			t.Line("the watch list has %d companies and would have %d; nothing was changed", change.Before, change.After)
			a.remark("%s", next)
		}
	})
}

// outside makes the clients that a worker would make of the environment; none of them has been used.
func (a *app) outside() (outside.World, error) {
	settings, err := config.LoadWorker(a.Env.LookupEnv, a.ReadFile)
	if err != nil {
		return outside.World{}, err
	}
	return outside.Open(settings, outside.Observers{})
}
