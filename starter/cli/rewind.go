package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// beginning stands for the place before all nodes.
const beginning = "beginning"

func (a *app) rewindCommand() *cobra.Command {
	var to string
	var after int64
	c := command("rewind ID --to DBID", "Set the checkpoint of a sync by hand",
		`rewind makes the next pass begin after a sys:node-dbid, or at the beginning: once, whatever came before and whatever
start says. It starts no pass. That pass counts anew, has its brake anew, and says where it began; with changedOnly it
asks about all nodes from there on. Status shows the rewind until it is used; another one, or --reset, takes its place.

A running pass must be stopped first.`,
		"  starter rewind main --to 57509\n  starter rewind main --to beginning", 1,
		func(cmd *cobra.Command, args []string) error {
			manager, err := a.manager(cmd.Context())
			if err != nil {
				return err
			}
			sync, err := manager.Find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			rewind, err := manager.Rewind(cmd.Context(), args[0], after)
			if err != nil {
				return err
			}
			a.warnOfForward(rewind)
			value := struct {
				ID string `json:"id"`
				syncs.Rewind
			}{sync.ID, rewind}
			return a.print(value, func(t *ui.Text) {
				t.Line("%s: the next pass begins %s, once", sync.ScheduleID, where(rewind.To))
			})
		})
	c.PreRunE = func(*cobra.Command, []string) (err error) {
		after, err = checkpoint(to)
		return err
	}
	c.Flags().StringVar(&to, "to", "", "the dbid of the last node that is left out, or beginning (required)")
	return c
}

// checkpoint is the dbid after which to begin, as a person writes it; 0 is the beginning.
func checkpoint(text string) (int64, error) {
	if text == beginning {
		return 0, nil
	}
	dbid, err := strconv.ParseInt(text, 10, 64)
	if err != nil || dbid < 1 {
		return 0, flagError("--to", text, "beginning, or a sys:node-dbid: a whole number from 1")
	}
	return dbid, nil
}

// warnOfForward warns of a checkpoint that is set forward, as by a digit too many: nodes that no pass walked are left out.
func (a *app) warnOfForward(r syncs.Rewind) {
	if r.To != nil && (r.Checkpoint == nil || *r.To > *r.Checkpoint) {
		a.warn("that is beyond the checkpoint (%s): the next pass leaves out all nodes up to dbid %d, walked before or not", dbid(r.Checkpoint), *r.To)
	}
}

func where(after *int64) string {
	if after == nil {
		return "at the beginning"
	}
	return fmt.Sprintf("after dbid %d", *after)
}
