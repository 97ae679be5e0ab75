package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
)

// watchChunk is how many companies are put on the list in one request: a limit is not told.
const watchChunk = 1000

// watchChange is what a command does to the list, or would do. Its JSON is the output; fields are only ever added.
type watchChange struct {
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
				if err := a.addToList(cmd.Context(), client, &change); err != nil {
					return err
				}
			}
			return a.printWatchChange(change, "starter watch add "+args[0]+" --yes puts them on it")
		})
	c.Flags().BoolVar(&yes, "yes", false, "do it, not only show it")
	return c
}

// missingOnList finds the companies of a sync's nodes that are not watched.
func (a *app) missingOnList(ctx context.Context, id string) (watchChange, *kontur.Client, error) {
	world, ogrns, change, err := a.ogrnsOf(ctx, id)
	if err != nil {
		return change, nil, err
	}
	list, err := a.watchList(ctx, world.Kontur)
	if err != nil {
		return change, nil, err
	}
	watched := map[string]bool{}
	for _, w := range list {
		watched[w.OGRN] = true
	}
	for _, ogrn := range ogrns {
		if !watched[ogrn] {
			change.Add = append(change.Add, ogrn)
		}
	}
	change.Before, change.After = len(list), len(list)+len(change.Add)
	return change, world.Kontur, nil
}

// ogrnsOf are the distinct OGRNs of a sync's nodes, in the order of the nodes.
func (a *app) ogrnsOf(ctx context.Context, id string) (outside.World, []string, watchChange, error) {
	var change watchChange
	manager, err := a.manager(ctx)
	if err != nil {
		return outside.World{}, nil, change, err
	}
	sync, err := manager.Configuration(ctx, id)
	if err != nil {
		return outside.World{}, nil, change, err
	}
	world, err := a.outside()
	if err != nil {
		return outside.World{}, nil, change, err
	}
	var ogrns []string
	seen := map[string]bool{}
	next := alfresco.PageRequest{NodeType: sync.WithDefaults().NodeType, Max: pass.MaxBatchSize, Properties: world.Mapping.Attributes()}
	for {
		page, err := world.Alfresco.NextPage(ctx, next)
		if err != nil {
			return outside.World{}, nil, change, watchError(err)
		}
		if len(page.Nodes) == 0 {
			return world, ogrns, change, nil
		}
		next.After = page.LastDbid
		for _, node := range page.Nodes {
			change.Nodes++
			ogrn := world.Mapping.Identity(node.Properties).OGRN
			switch {
			case counterparty.Check(counterparty.OGRN, ogrn) != nil:
				change.WithoutOGRN++
			case !seen[ogrn]:
				seen[ogrn] = true
				ogrns = append(ogrns, ogrn)
			}
		}
	}
}

func (a *app) addToList(ctx context.Context, client *kontur.Client, change *watchChange) error {
	known := map[string]bool{}
	for chunk := range slices.Chunk(change.Add, watchChunk) {
		watched, err := client.Watch(ctx, chunk)
		if err != nil {
			return watchError(err)
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
	list, err := a.watchList(ctx, client)
	if err != nil {
		return err
	}
	change.After, change.Done = len(list), true
	return nil
}

func (a *app) watchRemoveCommand() *cobra.Command {
	var yes bool
	var size int
	c := command("remove OGRN[,OGRN…]", "Take companies off the watch list",
		`remove shows which companies would disappear from the watch list, and how long it is. With --yes and --size, the number
that was shown, it does it.

Kontur.Focus has no way to take a single company off: the whole list is replaced by what is left of it. So the list is read again
right before, and nothing is changed if it is not what was shown. Whoever adds a company in that moment loses it.`+aboutTheList,
		"  starter watch remove 1000000000010\n  starter watch remove 1000000000010 --yes --size 1200", 1,
		func(cmd *cobra.Command, args []string) error {
			ogrns, err := ogrnsIn(args[0])
			if err != nil {
				return err
			}
			if yes && size <= 0 {
				return flagError("--size", strconv.Itoa(size), "the length of the list as it was shown without --yes")
			}
			world, err := a.outside()
			if err != nil {
				return err
			}
			list, err := a.watchList(cmd.Context(), world.Kontur)
			if err != nil {
				return err
			}
			change, left := without(list, ogrns)
			if yes {
				if err := a.removeFromList(cmd.Context(), world.Kontur, list, left, size, &change); err != nil {
					return err
				}
			}
			return a.printWatchChange(change, fmt.Sprintf("starter watch remove %s --yes --size %d takes them off", args[0], len(list)))
		})
	c.Flags().BoolVar(&yes, "yes", false, "do it, not only show it")
	c.Flags().IntVar(&size, "size", 0, "with --yes: how long the list is, as it was shown")
	return c
}

func ogrnsIn(text string) ([]string, error) {
	ogrns := strings.Split(text, ",")
	for i, ogrn := range ogrns {
		ogrns[i] = strings.TrimSpace(ogrn)
		if counterparty.Check(counterparty.OGRN, ogrns[i]) != nil {
			return nil, flagError("OGRN", ogrns[i], "OGRNs of 13 digits or OGRNIPs of 15, with right check digits, separated by commas")
		}
	}
	return ogrns, nil
}

// without is the list without some companies, and what is left of it as identifiers.
func without(list []kontur.Watched, ogrns []string) (change watchChange, left []string) {
	change.Before = len(list)
	for _, w := range list {
		if slices.Contains(ogrns, w.OGRN) {
			change.Remove = append(change.Remove, watchedCompany(w))
			continue
		}
		left = append(left, w.OGRN)
	}
	change.After = len(left)
	return change, left
}

// removeFromList replaces the list, unless it is not what was shown.
func (a *app) removeFromList(ctx context.Context, client *kontur.Client, list []kontur.Watched, left []string, size int, change *watchChange) error {
	if len(change.Remove) == 0 {
		return nil
	}
	if len(left) == 0 {
		return &hinted{errors.New("nothing would be left, and what Kontur.Focus makes of an empty list is not known"), "have the list emptied by Kontur's support, or leave one company on it"}
	}
	again, err := a.watchList(ctx, client)
	if err != nil {
		return err
	}
	if len(list) != size || !slices.Equal(again, list) {
		return &hinted{fmt.Errorf("the watch list has %d companies and not the %d that were shown, or others; nothing was changed", len(again), size),
			"somebody else may use it: look at it with starter watch list, then run this again without --yes"}
	}
	if _, err := client.ReplaceWatchList(ctx, left); err != nil {
		return watchError(err)
	}
	after, err := a.watchList(ctx, client)
	if err != nil {
		return err
	}
	change.After, change.Done = len(after), true
	if len(after) != len(left) {
		return &hinted{fmt.Errorf("the watch list has %d companies now and should have %d", len(after), len(left)), "starter watch list shows them, starter watch add ID puts those of a sync on it"}
	}
	return nil
}

func (a *app) printWatchChange(change watchChange, next string) error {
	if a.output == "json" {
		return json.NewEncoder(a.Out).Encode(change)
	}
	if change.Nodes > 0 {
		_, _ = fmt.Fprintf(a.Out, "%d nodes, %d of them without an OGRN\n", change.Nodes, change.WithoutOGRN)
	}
	for _, w := range change.Remove {
		_, _ = fmt.Fprintf(a.Out, "- %s  %s\n", w.OGRN, w.INN)
	}
	for _, ogrn := range change.Unknown {
		_, _ = fmt.Fprintf(a.Out, "? %s  Kontur.Focus does not know it\n", ogrn)
	}
	changes := len(change.Add) + len(change.Remove)
	switch {
	case changes == 0:
		_, _ = fmt.Fprintf(a.Out, "the watch list has %d companies: nothing to do\n", change.Before)
	case change.Done:
		_, _ = fmt.Fprintf(a.Out, "the watch list has %d companies, before it had %d\n", change.After, change.Before)
	default:
		_, _ = fmt.Fprintf(a.Out, "the watch list has %d companies and would have %d; nothing was changed\n", change.Before, change.After)
		a.remark("%s", next)
	}
	return nil
}
