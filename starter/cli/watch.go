package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
)

const aboutTheList = `

The list is that of the key: everyone with the same key shares it, and no other command touches it. Run this in the
worker's environment.`

func (a *app) watchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "watch COMMAND",
		Short: "Look at the watch list of Kontur.Focus, and change it",
		Long: `watch looks at the companies of which Kontur.Focus tells that they changed, and changes which they are. Syncs with
changedOnly go by it.` + aboutTheList,
		Example: "  starter watch list\n  starter watch add main\n  starter watch add main --yes",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is no command of watch; allowed: list, add, remove", args[0])
		},
	}
	for _, sub := range []*cobra.Command{a.watchListCommand(), a.watchAddCommand(), a.watchRemoveCommand()} {
		// So that a message names the whole command.
		sub.Args = exactly(len(strings.Fields(sub.Use))-1, "watch "+sub.Use)
		c.AddCommand(sub)
	}
	return c
}

func (a *app) watchListCommand() *cobra.Command {
	c := command("list", "Show the companies that are watched", "list shows the companies on the watch list, in the order of Kontur.Focus."+aboutTheList,
		"  starter watch list\n  starter watch list -o json", 0,
		func(cmd *cobra.Command, _ []string) error {
			world, err := a.outside()
			if err != nil {
				return err
			}
			list, err := a.watchList(cmd.Context(), world.Kontur)
			if err != nil {
				return err
			}
			if a.output == "json" {
				return json.NewEncoder(a.Out).Encode(struct {
					Watched []watchedCompany `json:"watched"`
				}{shownCompanies(list)})
			}
			a.printCompanies(list)
			a.remark("%d companies are watched", len(list))
			return nil
		})
	return c
}

// watchedCompany is a company in the output.
type watchedCompany struct {
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
}

func shownCompanies(list []kontur.Watched) []watchedCompany {
	shown := make([]watchedCompany, 0, len(list))
	for _, w := range list {
		shown = append(shown, watchedCompany(w))
	}
	return shown
}

func (a *app) printCompanies(list []kontur.Watched) {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, company := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", company.OGRN, company.INN)
	}
	_ = w.Flush()
}

func (a *app) watchList(ctx context.Context, client *kontur.Client) ([]kontur.Watched, error) {
	list, err := client.WatchList(ctx)
	return list, watchError(err)
}

// watchError gives an error of Kontur.Focus or Alfresco its hint.
func watchError(err error) error {
	if err == nil {
		return nil
	}
	var k *kontur.Error
	var r *alfresco.Error
	switch {
	case errors.As(err, &k):
		return &hinted{err, k.Hint}
	case errors.As(err, &r):
		return &hinted{err, r.Hint}
	}
	return err
}

// outside makes the clients that a worker would make of the environment; none of them has been used.
func (a *app) outside() (outside.World, error) {
	settings, err := config.LoadWorker(a.Env.LookupEnv, a.ReadFile)
	if err != nil {
		return outside.World{}, err
	}
	return outside.Open(settings, outside.Observers{})
}
