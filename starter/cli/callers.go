package cli

import (
	"github.com/spf13/cobra"

	"counterparty-sync/internal/report/callers"
	"counterparty-sync/starter/ui"
)

func (a *app) callersCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "callers COMMAND",
		Short: "Make tokens for callers of the reports' API",
		Long: `callers is about those who may ask a worker for reports over HTTP: its REPORTS_CALLERS_FILE names them, with hashes of
their tokens. A caller who is taken out of that file is refused from the next request on.`,
		Example: "  starter callers new crm",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is not a command of callers; allowed: new", args[0])
		},
	}
	c.AddCommand(a.callersNewCommand())
	return c
}

// newCaller is what is to be known of a new token.
type newCaller struct {
	Name  string `json:"name"`
	Token string `json:"token"`
	Hash  string `json:"tokenHash"`
	Entry string `json:"entry"` // for the file
}

func (a *app) callersNewCommand() *cobra.Command {
	return command("new NAME", "Make a token",
		`new makes a token of 32 random bytes, and prints it with the lines for the file of callers, which holds its SHA-256
alone. The token is kept nowhere: give it to the caller now. new asks no server and changes no file.

For a caller who has a token already, add the hash to the list: both tokens hold until the old one is taken out.`,
		"  starter callers new crm\n  starter callers new crm -q -o json | jq -r .token", 1,
		func(_ *cobra.Command, args []string) error {
			if err := callers.CheckName("NAME", args[0]); err != nil {
				return err
			}
			token, hash, err := callers.NewToken(nil)
			if err != nil {
				return err
			}
			entry := "  - name: \"" + args[0] + "\"\n    tokenHashes: [" + hash + "]\n"
			err = a.print(newCaller{args[0], token, hash, entry}, func(t *ui.Text) {
				t.Line("%s", token)
				t.Line("")
				t.Add(entry)
			})
			if err == nil {
				a.remark("The first line is the token, shown this once: give it to the caller. The others go into REPORTS_CALLERS_FILE, under callers:")
			}
			return err
		})
}
