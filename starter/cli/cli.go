// Package cli is the starter without its main function: a file for each command or for a few that are alike, and what they
// share. The work on syncs is done by package syncs, that on reports by package desk; how output looks on a terminal and in a
// pipe is package ui's.
//
// A result goes to standard output, as text or as JSON. All else goes to standard error: an error with its hint, a warning
// that the result is not whole, and unless --quiet remarks and progress.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/connect"
	"counterparty-sync/starter/ui"
)

// pollInterval is how often a state that is watched is read; what is waited for is read twice as often.
const pollInterval = time.Second

// System is the process's own environment.
func System() IO {
	return IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: envconfig.EnvLookupOS, ReadFile: os.ReadFile, Terminal: isTerminal(os.Stderr), Now: time.Now}
}

// IO is what a command touches besides Temporal.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Env      connect.Environment
	ReadFile func(name string) ([]byte, error)
	// Terminal: Err is a terminal, where progress may be drawn in place.
	Terminal bool
	Now      func() time.Time
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Run runs the command that args name and returns the exit status.
func Run(ctx context.Context, args []string, streams IO) int {
	a := &app{IO: streams, args: args}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if a.connection != nil {
		a.connection.Close()
	}
	return a.finish(ctx, err)
}

// app is one run of the starter.
type app struct {
	IO
	args []string
	// started: arguments and flags are in order and a command has begun.
	started    bool
	output     string
	quiet      bool
	address    string
	namespace  string
	taskQueue  string
	connection client.Client
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "starter",
		Short: "Manage the syncs that keep Alfresco up to date with Kontur.Focus",
		Long: `starter creates, watches and controls the syncs that keep the counterparties of Alfresco up to date with Kontur.Focus,
and makes reports about single counterparties.

Each sync is a YAML file and a Temporal Schedule. The address of Temporal comes from the standard environment
(TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, …) or from the flags.`,
		Example:       "  starter apply -f sync.yaml\n  starter trigger main --wait\n  starter status",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is not a command; allowed: %s", args[0], strings.Join(commandNames(cmd), ", "))
		},
		Args: cobra.ArbitraryArgs,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.address, "address", "", "host:port of the Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)")
	flags.StringVarP(&a.namespace, "namespace", "n", "", "Temporal namespace (default: TEMPORAL_NAMESPACE, else default)")
	flags.StringVar(&a.taskQueue, "task-queue", "", "task queue of the workers (default: TASK_QUEUE, else counterparty-sync)")
	flags.StringVarP(&a.output, "output", "o", "text", "text or json")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress or remarks on standard error")
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpTemplate(root.HelpTemplate() + exitStatuses)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		a.started = true
		allowed := "text or json"
		if cmd.Annotations[csvOutput] != "" {
			allowed = "text, json or csv"
		}
		if a.output != "text" && a.output != "json" && (a.output != "csv" || cmd.Annotations[csvOutput] == "") {
			return flagError("--output", a.output, allowed)
		}
		return nil
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.applyCommand(), a.callersCommand(), a.changesCommand(), a.checkCommand(), a.keysCommand(), a.namespaceCommand(), a.planCommand(), a.replayCommand(),
		a.reportCommand(), a.setupCommand(), a.statusCommand(), a.triggerCommand(), a.watchCommand())
	root.AddCommand(a.steerCommands()...)
	root.SetHelpCommand(helpCommand(root))
	return root
}

// helpCommand is cobra's own, but for a wrong command, which is wrong usage.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show the help of a command", Example: "  starter help apply",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage("%q is not a command; allowed: %s", strings.Join(args, " "), strings.Join(commandNames(root), ", "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// command makes a command whose arguments are wrong usage unless they are exactly the named ones.
func command(use, short, long, example string, arguments int, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: exactly(arguments), RunE: run}
}

// print prints a result: as JSON if that is asked for, else as text writes it for people.
func (a *app) print(value any, text func(*ui.Text)) error {
	return ui.Print(a.Out, a.output == "json", value, text)
}

// remark says something to a person that is no result.
func (a *app) remark(format string, args ...any) {
	if !a.quiet {
		a.warn(format, args...)
	}
}

// warn says what is missing in the output, even if --quiet.
func (a *app) warn(format string, args ...any) {
	_, _ = fmt.Fprintln(a.Err, charset.Visible(fmt.Sprintf(format, args...)))
}

func (a *app) progress() *ui.Progress {
	return &ui.Progress{Err: a.Err, Terminal: a.Terminal, Quiet: a.quiet, Now: a.Now}
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
