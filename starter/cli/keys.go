package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/starter/ui"
)

func (a *app) keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "keys COMMAND", Short: "Make keys that encrypt what Temporal keeps",
		Long: `keys makes keys for PAYLOAD_KEYS_FILE, by which workers encrypt what Temporal keeps of passes and reports.

The file has a list: the first key encrypts, and any of them decrypts. It belongs to every worker, and to whoever is to read passes with
starter.`,
		Example: "  starter keys new",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is not a command of keys; allowed: new", args[0])
		},
	}
	c.AddCommand(a.newKeyCommand())
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
