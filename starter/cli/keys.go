package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/reseal"
	"counterparty-sync/starter/ui"
)

func (a *app) keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "keys COMMAND", Short: "Make and turn keys that encrypt what Temporal keeps",
		Long: `keys makes and turns keys of PAYLOAD_KEYS_FILE, by which workers encrypt what Temporal keeps of passes and reports.

The file has a list: the first key encrypts, and any of them decrypts. It belongs to every worker, and to whoever is to read passes with
starter.`,
		Example: "  starter keys new\n  starter keys reseal",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is not a command of keys; allowed: new, reseal", args[0])
		},
	}
	c.AddCommand(a.newKeyCommand(), a.resealCommand())
	return c
}

func (a *app) newKeyCommand() *cobra.Command {
	var id string
	c := command("new", "Make a key",
		`new makes a key and prints it as an item of the list in PAYLOAD_KEYS_FILE. It is kept nowhere else, and nothing can be read without it.

For the first one:  (umask 077; { echo keys:; starter keys new; } > payload-keys.yaml)`,
		"  starter keys new\n  starter keys new --id 2026-12", 0,
		func(*cobra.Command, []string) error {
			if id == "" {
				id = a.Now().UTC().Format("2006-01")
			}
			line, err := codec.NewKey(id)
			if field, ok := errors.AsType[*invalid.Field](err); ok {
				return flagError("--id", field.Value, field.Allowed)
			}
			if err != nil {
				return err
			}
			return a.print(struct {
				ID   string `json:"id"`
				Item string `json:"item"`
			}{id, line}, func(t *ui.Text) { t.Line("%s", line) })
		})
	c.Flags().StringVar(&id, "id", "", "how the key is called; it stands beside all that is encrypted with it (default: the month)")
	return c
}

func (a *app) resealCommand() *cobra.Command {
	return command("reseal", "Encrypt schedules with the first key",
		`reseal writes schedules anew as they are, so that their input and memo are encrypted with the first key of PAYLOAD_KEYS_FILE. Passes and
reports end with the namespace's retention; schedules stay as they are. Workers do the same when they start. When no schedule needs an
older key, and the retention is over, that key can go.`,
		"  starter keys reseal", 0,
		func(cmd *cobra.Command, _ []string) error {
			queue, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			payloads, err := connect.Payloads(a.Env)
			if err != nil {
				return err
			}
			resealed, unreadable, err := reseal.All(cmd.Context(), a.connection, queue, payloads.Keys)
			if err != nil {
				return err
			}
			if err := a.print(struct {
				Key        string            `json:"key"`
				Resealed   []reseal.Schedule `json:"resealed"`
				Unreadable []reseal.Schedule `json:"unreadable"`
			}{payloads.Keys.First(), append([]reseal.Schedule{}, resealed...), append([]reseal.Schedule{}, unreadable...)}, func(t *ui.Text) {
				for _, s := range resealed {
					t.Line("%s: %s, before: %s", s.ID, sealedWith([]string{payloads.Keys.First()}), sealedWith(s.Keys))
				}
				for _, s := range unreadable {
					t.Line("%s: can't be read: encrypted with key %s, which PAYLOAD_KEYS_FILE does not have", s.ID, strings.Join(s.Unreadable(payloads.Keys), ", "))
				}
				if len(resealed)+len(unreadable) == 0 {
					t.Line("all schedules are %s already", sealedWith([]string{payloads.Keys.First()}))
				}
			}); err != nil {
				return err
			}
			if len(unreadable) > 0 {
				return errFailed
			}
			return nil
		})
}

// sealedWith says how something is encoded that has these keys.
func sealedWith(ids []string) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		if texts[i] = "encrypted with key " + id; id == "" {
			texts[i] = "not encrypted"
		}
	}
	return strings.Join(texts, ", ")
}
