package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/replay"
	"counterparty-sync/starter/ui"
)

const (
	// replayLimit is how many runs of each type are replayed by default: some weeks of passes, in some seconds.
	replayLimit = 20
	// maxReplayLimit keeps what is known of the runs in memory.
	maxReplayLimit = 100_000
)

// replayRun is one run of the command.
type replayRun struct {
	*app
	selection         replay.Selection
	types, statuses   list
	since             string
	workflowID, runID string
	dir               string
	allowNone         bool
}

func (a *app) replayCommand() *cobra.Command {
	run := &replayRun{app: a}
	c := command("replay [ID]", "Replay histories of the server against this build",
		`replay shows whether workers of this build can go on with what an earlier build began. It takes histories of passes,
segments and reports from the server, open ones first, then those that ended most recently, and replays them against
the workflow code of this program; it changes nothing and needs no worker. With ID it takes the passes of that sync and
their segments. --dir takes histories from files instead, as temporal, tctl and the Web UI write them.

A history breaks if this build issues other commands, gives activities or children another input, or returns another
result. The exit status is 1 if one breaks or can't be read, and if none was replayed, unless --allow-none is given: a
pipeline must not take an empty list as proof. A history that was deleted in the meantime is reported and not counted.`,
		"  starter replay\n  starter replay main --limit 5\n  starter replay --status open -o json\n"+
			"  starter replay --workflow-id counterparty-sync-main-2026-11-21T23:00:00Z\n  starter replay --dir histories", 0,
		run.do)
	c.Args = atMostOne
	flags := c.Flags()
	flags.IntVar(&run.selection.Limit, "limit", replayLimit, "at most this many runs of each type")
	flags.Var(&run.types, "type", "only "+words(replay.Types()))
	flags.Var(&run.statuses, "status", "only "+words(replay.Statuses()))
	flags.StringVar(&run.since, "since", "", "only runs that are open or ended since: 2026-11-21T00:00:00Z or 24h")
	flags.StringVar(&run.selection.Query, "query", "", "a further condition, in the syntax of Temporal's list filters")
	flags.StringVar(&run.workflowID, "workflow-id", "", "the latest run of this workflow, whatever its type, and nothing else")
	flags.StringVar(&run.runID, "run-id", "", "with --workflow-id: that run")
	flags.StringVar(&run.dir, "dir", "", "a directory of histories, .json or .json.gz, instead of the server")
	flags.BoolVar(&run.allowNone, "allow-none", false, "exit with 0 if there is nothing to replay")
	return c
}

// words are the keys of a table as a list for people.
func words(table map[string]string) string {
	keys := slices.Sorted(maps.Keys(table))
	return strings.Join(keys[:len(keys)-1], ", ") + " or " + keys[len(keys)-1]
}

// read takes the arguments and flags; what is wrong comes all at once.
func (r *replayRun) read(cmd *cobra.Command, args []string) error {
	var l invalid.List
	s := &r.selection
	if len(args) == 1 {
		s.Sync = args[0]
	}
	if s.Limit < 1 || s.Limit > maxReplayLimit {
		l.Add("--limit", fmt.Sprint(s.Limit), fmt.Sprintf("a whole number from 1 to %d", maxReplayLimit))
	}
	known := func(flag string, given *list, table map[string]string) []string {
		given.read(r.app, flag, &l)
		for _, word := range given.items {
			if table[word.value] == "" {
				word.refuse(&l, flag, words(table))
			}
		}
		return given.values()
	}
	s.Types = known("--type", &r.types, replay.Types())
	s.Statuses = known("--status", &r.statuses, replay.Statuses())
	if s.Sync != "" && slices.Contains(s.Types, "report") {
		l.Add("--type", "report", "pass or segment with an ID: reports belong to no sync")
	}
	s.Since = r.app.since(r.since, &l)
	if r.runID != "" && r.workflowID == "" {
		l.Add("--run-id", r.runID, "only with --workflow-id")
	}
	switch {
	case r.dir != "":
		r.alone(cmd, args, "--dir", []string{"limit", "type", "status", "since", "query", "workflow-id", "run-id"}, &l)
	case r.workflowID != "":
		r.alone(cmd, args, "--workflow-id", []string{"limit", "type", "status", "since", "query"}, &l)
	}
	return l.Err()
}

// alone refuses an ID and flags beside one that says by itself what to replay.
func (r *replayRun) alone(cmd *cobra.Command, args []string, flag string, others []string, l *invalid.List) {
	if len(args) > 0 {
		l.Add("ID", args[0], "nothing beside "+flag)
	}
	for _, other := range others {
		if f := cmd.Flags().Lookup(other); f.Changed {
			l.Add("--"+other, f.Value.String(), "nothing beside "+flag)
		}
	}
}

func (r *replayRun) do(cmd *cobra.Command, args []string) error {
	if err := r.read(cmd, args); err != nil {
		return err
	}
	ctx := cmd.Context()
	runs, err := r.find(ctx)
	if err != nil {
		return err
	}
	payloads, err := connect.Payloads(r.Env)
	if err != nil {
		return err
	}
	outcomes := r.check(ctx, replay.Replayer{Codec: payloads}, runs)
	counts := replay.Count(outcomes)
	value := struct {
		Counts replay.Counts    `json:"counts"`
		Proof  bool             `json:"proof"`
		Runs   []replay.Outcome `json:"runs"`
	}{counts, counts.Proof(), outcomes}
	if err := r.print(ui.Literal{Value: value}, func(t *ui.Text) { writeOutcomes(t, outcomes, counts) }); err != nil {
		return err
	}
	if ctx.Err() != nil {
		r.remark("%d of %d runs were not replayed", len(runs)-len(outcomes), len(runs))
		return ctx.Err()
	}
	switch {
	case counts.Broke > 0 || counts.Unreadable > 0:
		return errFailed
	case counts.Replays == 0 && !r.allowNone:
		return errNoProof
	}
	return nil
}

// check replays the runs, and shows how far it is.
func (r *replayRun) check(ctx context.Context, replayer replay.Replayer, runs []replay.Run) []replay.Outcome {
	var counts replay.Counts
	p := r.progress()
	defer p.Clear()
	return replayer.CheckAll(ctx, runs, func(o replay.Outcome) {
		counts.Add(o.Verdict)
		p.Show("", fmt.Sprintf("%d of %d replayed, %d broke", counts.Total(), len(runs), counts.Broke+counts.Unreadable))
	})
}

// errNoProof is a replay that found nothing to replay.
var errNoProof = errors.New("nothing was replayed, so nothing is proved")

func (r *replayRun) find(ctx context.Context) ([]replay.Run, error) {
	if r.dir != "" {
		if info, err := os.Stat(r.dir); err != nil || !info.IsDir() {
			return nil, flagError("--dir", r.dir, "a directory that can be read")
		}
		return replay.InDir(r.dir)
	}
	queue, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	server := &replay.Server{Temporal: r.connection, TaskQueue: queue}
	if r.workflowID != "" {
		run, err := server.Find(ctx, r.workflowID, r.runID)
		return []replay.Run{run}, err
	}
	found, err := server.List(ctx, r.selection)
	if refused, ok := errors.AsType[*serviceerror.InvalidArgument](err); ok && r.selection.Query != "" {
		return nil, flagError("--query", r.selection.Query, "a condition in the syntax of Temporal's list filters; "+refused.Message)
	}
	return found, err
}

// verdictWords are the verdicts as people read them.
var verdictWords = map[replay.Verdict]string{
	replay.Replays: "replays", replay.Broke: "BROKE", replay.Gone: "gone", replay.TooYoung: "too young", replay.Unreadable: "UNREADABLE",
	replay.NoHistory: "no history",
}

// writeOutcomes writes a table of the runs, what is wrong with some of them, and a line that sums up.
func writeOutcomes(t *ui.Text, outcomes []replay.Outcome, counts replay.Counts) {
	if len(outcomes) > 0 {
		t.Row("TYPE", "RUN", "STATUS", "STARTED", "EVENTS", "VERDICT")
		for _, o := range outcomes {
			started := "-"
			if o.StartedAt != nil {
				started = o.StartedAt.UTC().Format(time.RFC3339)
			}
			t.Row(cmp.Or(o.Type, "-"), cmp.Or(filepath.ToSlash(o.File), o.WorkflowID), cmp.Or(o.Status, "-"), started, o.Events, verdictWords[o.Verdict])
		}
		t.Line("")
	}
	for _, o := range outcomes {
		if o.Verdict != replay.Broke && o.Verdict != replay.Unreadable {
			continue
		}
		t.Line("%s", o.Reason)
		if o.Hint != "" {
			t.Line("hint: %s", o.Hint)
		}
		t.Line("")
	}
	sum := fmt.Sprintf("%d of %d replay", counts.Replays, counts.Total())
	for _, more := range []struct {
		n    int
		what string
	}{{counts.Broke, "broke"}, {counts.Unreadable, "unreadable"}, {counts.TooYoung, "too young"}, {counts.Gone, "gone"}, {counts.NoHistory, "no history"}} {
		if more.n > 0 {
			sum += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	t.Line("%s", sum)
}
