package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
)

func (a *app) watchRemoveCommand(key *string) *cobra.Command {
	var yes bool
	var size int
	c := command("remove OGRN[,OGRN…]", "Take companies off the watch list",
		`remove shows which companies would disappear from the watch list, and how long it is. With --yes and --size, the number
that was shown, it does it. The list may be a pasted column, @FILE, or - for standard input.

Kontur.Focus has no way to take a single company off: the whole list is replaced by what is left of it. So the list is read again
right before, and nothing is changed if it is not what was shown. A company that somebody adds at that very moment is lost.`+aboutTheList,
		"  starter watch remove 1000000000010\n  starter watch remove 1000000000010 --yes --size 1200", 1,
		func(cmd *cobra.Command, args []string) error {
			ogrns, again, err := a.ogrnsIn(args[0])
			if err != nil {
				return err
			}
			if yes && size <= 0 {
				return flagError("--size", strconv.Itoa(size), "the length of the list that was shown without --yes")
			}
			_, client, err := a.keyed(pass.KeyName(*key))
			if err != nil {
				return err
			}
			list, err := client.WatchList(cmd.Context())
			if err != nil {
				return err
			}
			change, left := without(list, ogrns)
			if yes {
				if err := removeFromList(cmd.Context(), client, list, left, size, &change); err != nil {
					return err
				}
			}
			return a.printListChange(change, fmt.Sprintf("starter watch remove %s%s --yes --size %d takes them off", again, keyFlag(*key), len(list)))
		})
	c.Flags().BoolVar(&yes, "yes", false, "do it instead of only showing it")
	c.Flags().IntVar(&size, "size", 0, "with --yes: the length of the list that was shown")
	return c
}

// ogrnsIn reads a list of OGRNs. again is what to write for it in a command that is to be copied.
func (a *app) ogrnsIn(text string) (ogrns []string, again string, err error) {
	var l invalid.List
	given := list{given: []string{text}}
	given.readIDs(a, "OGRN", counterparty.OGRN, &l)
	again = text
	if strings.ContainsFunc(text, unicode.IsSpace) {
		again = strings.Join(given.values(), ",")
	}
	return given.values(), again, l.Err()
}

// without is the list without some companies, and what is left of it as identifiers.
func without(list []kontur.Watched, ogrns []string) (change listChange, left []string) {
	change.Before = len(list)
	for _, w := range list {
		if slices.Contains(ogrns, w.OGRN) {
			change.Remove = append(change.Remove, w)
		} else {
			left = append(left, w.OGRN)
		}
	}
	change.After = len(left)
	return change, left
}

// removeFromList replaces the list, unless it is not what was shown.
func removeFromList(ctx context.Context, client *kontur.Client, list []kontur.Watched, left []string, size int, change *listChange) error {
	if len(change.Remove) == 0 {
		return nil
	}
	if len(left) == 0 {
		return &hinted{errors.New("nothing would be left, and what Kontur.Focus makes of an empty list is not known"), "have the list emptied by Kontur's support, or leave one company on it"}
	}
	again, err := client.WatchList(ctx)
	if err != nil {
		return err
	}
	if len(list) != size || !slices.Equal(again, list) {
		return &hinted{fmt.Errorf("the watch list has %d companies and not the %d that were shown, or others; nothing was changed", len(again), size),
			"another program may use it: look at it with starter watch list, then run this again without --yes"}
	}
	if _, err := client.ReplaceWatchList(ctx, left); err != nil {
		return err
	}
	after, err := client.WatchList(ctx)
	if err != nil {
		return err
	}
	change.After, change.Done = len(after), true
	if len(after) != len(left) {
		return &hinted{fmt.Errorf("the watch list has %d companies now and should have %d", len(after), len(left)), "starter watch list shows them, starter watch add ID puts those of a sync on it"}
	}
	return nil
}
