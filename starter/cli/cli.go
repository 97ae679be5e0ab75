// Package cli is the starter without its main function: commands, output and exit statuses.
//
// Results go to standard output, everything else to standard error. A command's work is done by package syncs.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/starter/replays"
	"counterparty-sync/starter/syncs"
)

// Exit statuses.
const (
	// Done: the command did what it says.
	Done = 0
	// Failed: something went wrong, or a pass that was waited for ended in ERROR.
	Failed = 1
	// Differs: a plan found something to change, and was asked to tell so by its exit status.
	Differs = 3
	// Usage: a flag, an argument, a file or the environment is wrong; nothing was changed.
	Usage = 2
)

const exitStatuses = `
Exit status: 0 done, 1 failed, 2 wrong usage or configuration (nothing was changed).
`

// System is the process's own environment.
func System() IO {
	return IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: processEnv{}, ReadFile: os.ReadFile, Terminal: isTerminal(os.Stderr), Now: time.Now}
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

type processEnv struct{}

func (processEnv) LookupEnv(name string) (string, bool) { return os.LookupEnv(name) }
func (processEnv) Environ() []string                    { return os.Environ() }

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
	return a.report(ctx, err)
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
		Short: "Steer the syncs of counterparties between Alfresco and Kontur.Focus",
		Long: `starter applies, watches and steers the syncs that keep the counterparties of Alfresco true to Kontur.Focus, and makes
reports about single counterparties.

Each sync is a YAML file and a Temporal Schedule. Where Temporal is comes from the standard environment
(TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, …) or from the flags.`,
		Example:       "  starter apply -f sync.yaml\n  starter trigger main --wait\n  starter status",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("%q is no command; allowed: %s", args[0], strings.Join(commandNames(cmd), ", "))
		},
		Args: cobra.ArbitraryArgs,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.address, "address", "", "host:port of the Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)")
	flags.StringVarP(&a.namespace, "namespace", "n", "", "Temporal namespace (default: TEMPORAL_NAMESPACE, else default)")
	flags.StringVar(&a.taskQueue, "task-queue", "", "task queue of the workers (default: TASK_QUEUE, else counterparty-sync)")
	flags.StringVarP(&a.output, "output", "o", "text", "text or json")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no remarks on standard error")
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
	root.AddCommand(a.applyCommand(), a.statusCommand(), a.triggerCommand(), a.pauseCommand(), a.resumeCommand(),
		a.retryCommand(), a.approveCommand(), a.refuseCommand(), a.stopCommand(), a.deleteCommand(), a.checkCommand(), a.namespaceCommand(), a.setupCommand(), a.reportCommand(),
		a.replayCommand(), a.changesCommand(), a.planCommand(), a.watchCommand())
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
				return usage("%q is no command; allowed: %s", strings.Join(args, " "), strings.Join(commandNames(root), ", "))
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
	return &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: exactly(arguments, use), RunE: run}
}

// errFailed ends a command with status Failed after it has said everything itself.
var errFailed = errors.New("failed")

// report says what went wrong and chooses the exit status.
func (a *app) report(ctx context.Context, err error) int {
	status := Failed
	switch {
	case err == nil:
		return Done
	case errors.Is(err, errFailed), errors.Is(err, errGaps):
		return Failed
	case errors.Is(err, errDiffers):
		return Differs
	case isUsage(err) || !a.started:
		status = Usage
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	text, hint := err.Error(), hintFor(err)
	var problem *connect.Problem
	if errors.As(err, &problem) {
		text, hint = problem.Text, problem.Hint
	}
	if a.output == "json" || !a.started && asksForJSON(a.args) {
		_ = json.NewEncoder(a.Err).Encode(map[string]any{"error": text, "hint": hint, "exitStatus": status})
		return status
	}
	_, _ = fmt.Fprintln(a.Err, text)
	if hint != "" {
		_, _ = fmt.Fprintln(a.Err, "hint:", hint)
	}
	return status
}

// hinted is an error with its next step.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// hintFor is the next step after an error that a person can do something about.
func hintFor(err error) string {
	var h *hinted
	switch {
	case errors.As(err, &h):
		return h.hint
	case errors.Is(err, syncs.ErrNoSync):
		return "starter status lists the syncs; starter apply -f FILE creates one"
	case errors.Is(err, syncs.ErrRunning):
		return "starter status ID --watch shows it, starter stop ID stops it at a clean point"
	case errors.Is(err, syncs.ErrNotWaiting):
		return "starter trigger ID starts a pass, starter approve ID answers one in APPROVAL_WAITING"
	case errors.Is(err, syncs.ErrNotHeld):
		return "starter status ID shows how the sync stands"
	case errors.Is(err, errNoProof):
		return "check --address, --namespace, --task-queue and the filters; --allow-none takes it for done"
	case errors.Is(err, replays.ErrNoRun):
		return "temporal workflow list, or the Web UI, shows the runs that there are"
	case errors.Is(err, errNoWorker):
		return "start a worker on the same task queue, then: starter report TYPE ID"
	case errors.Is(err, desk.ErrUnknownType):
		return "the types are those of the worker: the built-in ones requisites and full, or its REPORT_TYPES_FILE"
	}
	return ""
}

// remark tells a person something that is no result.
func (a *app) remark(format string, args ...any) {
	if !a.quiet {
		_, _ = fmt.Fprintf(a.Err, format+"\n", args...)
	}
}
