package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
)

// watchChunk is how many companies are put on the list in one request: Kontur.Focus documents no limit.
const watchChunk = 1000

func (a *app) watchAddCommand() *cobra.Command {
	var yes bool
	c := command("add ID", "Watch the companies of a sync's nodes",
		`add walks the nodes of a sync in Alfresco and shows how many of their companies, by OGRN, are not on the watch list. With
--yes it puts them on it; those that are there stay.`+aboutTheList, "  starter watch add main\n  starter watch add main --yes", 1,
		func(cmd *cobra.Command, args []string) error {
			change, client, err := a.missingOnList(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if yes && len(change.Add) > 0 {
				if err := addToList(cmd.Context(), client, &change); err != nil {
					return err
				}
			}
			return a.printListChange(change, "starter watch add "+args[0]+" --yes puts them on it")
		})
	c.Flags().BoolVar(&yes, "yes", false, "do it instead of only showing it")
	return c
}

// missingOnList finds the companies of a sync's nodes that are not watched.
func (a *app) missingOnList(ctx context.Context, id string) (listChange, *kontur.Client, error) {
	var change listChange
	manager, err := a.manager(ctx)
	if err != nil {
		return change, nil, err
	}
	sync, err := manager.Sync(ctx, id)
	if err != nil {
		return change, nil, err
	}
	world, err := a.outside()
	if err != nil {
		return change, nil, err
	}
	ogrns, err := ogrnsOf(ctx, world, sync.NodeType, &change)
	if err != nil {
		return change, nil, err
	}
	list, err := world.Kontur.WatchList(ctx)
	watched := map[string]bool{}
	for _, w := range list {
		watched[w.OGRN] = true
	}
	change.Add = slices.DeleteFunc(ogrns, func(ogrn string) bool { return watched[ogrn] })
	change.Before, change.After = len(list), len(list)+len(change.Add)
	return change, world.Kontur, err
}

// ogrnsOf are the distinct OGRNs of the nodes of a type, in the order of the nodes, which are counted.
func ogrnsOf(ctx context.Context, world outside.World, nodeType string, change *listChange) ([]string, error) {
	var ogrns []string
	seen := map[counterparty.Identifier]bool{}
	next := alfresco.PageRequest{NodeType: nodeType, Max: pass.MaxBatchSize, Properties: world.Mapping.Attributes()}
	for {
		page, err := world.Alfresco.NextPage(ctx, next)
		if err != nil || len(page.Nodes) == 0 {
			return ogrns, err
		}
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
	for _, ogrn := range change.Add {
		if !known[ogrn] {
			change.Unknown = append(change.Unknown, ogrn)
		}
	}
	list, err := client.WatchList(ctx)
	if err != nil {
		return err
	}
	change.After, change.Done = len(list), true
	return nil
}
