package cli

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/ui"
)

// watchChunk is how many companies are put on the list in one request: Kontur.Focus documents no limit.
const watchChunk = 1000

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
	var key string
	c.PersistentFlags().StringVar(&key, "key", "", "the name of the key whose list it is (default: that of KONTUR_KEY; for add, that of the sync)")
	c.AddCommand(a.watchListCommand(&key), a.watchAddCommand(&key), a.watchRemoveCommand(&key))
	return c
}

// keyed is what a worker would make of the environment, and the client that asks with a key.
func (a *app) keyed(key pass.KeyName) (outside.World, *kontur.Client, error) {
	if key != "" && !key.Valid() {
		return outside.World{}, nil, flagError("--key", pass.Hidden, pass.AllowedKeyName)
	}
	world, err := a.outside()
	if err != nil {
		return world, nil, err
	}
	client, err := world.KonturOf(key)
	if err != nil {
		return world, nil, &hinted{err, key.HintMissing()}
	}
	return world, client, nil
}

func (a *app) watchListCommand(key *string) *cobra.Command {
	return command("list", "Show the companies that are watched", "list shows the companies on the watch list, in the order of Kontur.Focus."+aboutTheList,
		"  starter watch list\n  starter watch list -o json", 0,
		func(cmd *cobra.Command, _ []string) error {
			_, client, err := a.keyed(pass.KeyName(*key))
			if err != nil {
				return err
			}
			list, err := client.WatchList(cmd.Context())
			if err != nil {
				return err
			}
			err = a.print(map[string]any{"watched": list}, func(t *ui.Text) {
				for _, w := range list {
					t.Row(w.OGRN, w.INN)
				}
			})
			if err == nil && a.output == "text" {
				a.remark("%d companies are watched", len(list))
			}
			return err
		})
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
	Remove      []kontur.Watched `json:"remove,omitempty"`
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

func (a *app) watchAddCommand(key *string) *cobra.Command {
	var yes bool
	c := command("add ID", "Watch the companies of a sync's nodes",
		`add walks the nodes of a sync in Alfresco and shows how many of their companies, by OGRN, are not on the watch list. With
--yes it puts them on it; those that are there stay.`+aboutTheList, "  starter watch add main\n  starter watch add main --yes", 1,
		func(cmd *cobra.Command, args []string) error {
			return a.watchCompaniesOf(cmd.Context(), args[0], pass.KeyName(*key), yes)
		})
	c.Flags().BoolVar(&yes, "yes", false, "do it instead of only showing it")
	return c
}

// watchCompaniesOf finds the companies of a sync's nodes that are not watched, and with yes puts them on the list.
func (a *app) watchCompaniesOf(ctx context.Context, id string, key pass.KeyName, yes bool) error {
	manager, err := a.manager(ctx)
	if err != nil {
		return err
	}
	sync, err := manager.Sync(ctx, id)
	if err != nil {
		return err
	}
	world, client, err := a.keyed(cmp.Or(key, sync.KonturKey))
	if err != nil {
		return err
	}
	var change listChange
	ogrns, err := a.ogrnsOf(ctx, world, sync.NodeType, &change)
	if err != nil {
		return err
	}
	list, err := client.WatchList(ctx)
	if err != nil {
		return err
	}
	watched := map[string]bool{}
	for _, w := range list {
		watched[w.OGRN] = true
	}
	change.Add = slices.DeleteFunc(ogrns, func(ogrn string) bool { return watched[ogrn] })
	change.Before, change.After = len(list), len(list)+len(change.Add)
	if yes && len(change.Add) > 0 {
		if err := addToList(ctx, client, &change); err != nil {
			return err
		}
	}
	return a.printListChange(change, "starter watch add "+id+keyFlag(string(key))+" --yes puts them on it")
}

// keyFlag repeats the flag that chose a key.
func keyFlag(key string) string {
	if key == "" {
		return ""
	}
	return " --key " + key
}

// ogrnsOf are the distinct OGRNs of the nodes of a type, in the order of the nodes, which are counted.
func (a *app) ogrnsOf(ctx context.Context, world outside.World, nodeType string, change *listChange) ([]string, error) {
	var ogrns []string
	seen := map[counterparty.Identifier]bool{}
	next := alfresco.PageRequest{NodeType: nodeType, Max: pass.MaxBatchSize, Properties: world.Mapping.Attributes()}
	for {
		page, err := world.Alfresco.NextPage(ctx, next)
		if err != nil || len(page.Nodes)+len(page.Failed) == 0 {
			return ogrns, err
		}
		a.warnOfFailed(page.Failed)
		next.After = page.LastDbid
		for _, node := range page.Nodes {
			change.Nodes++
			ogrn, err := counterparty.ParseID(counterparty.OGRN, world.Mapping.Identity(node.Properties).OGRN)
			switch {
			case err != nil:
				change.WithoutOGRN++
			case !seen[ogrn]:
				seen[ogrn] = true
				ogrns = append(ogrns, ogrn.String())
			}
		}
	}
}

func addToList(ctx context.Context, client *kontur.Client, change *listChange) error {
	known := map[string]bool{}
	for chunk := range slices.Chunk(change.Add, watchChunk) {
		watched, err := client.Watch(ctx, chunk)
		if err != nil {
			return err
		}
		for _, w := range watched {
			known[w.OGRN] = true
		}
	}
	change.Unknown = slices.DeleteFunc(slices.Clone(change.Add), func(ogrn string) bool { return known[ogrn] })
	list, err := client.WatchList(ctx)
	if err != nil {
		return err
	}
	change.After, change.Done = len(list), true
	return nil
}
