package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/journal"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

const (
	// maxPasses bounds --last and --passes.
	maxPasses = 1000
	// passesShown is how many passes --passes lists unless --last says otherwise.
	passesShown = 20
)

// changesRun is one run of the command.
type changesRun struct {
	*app
	show
	pass   string
	last   int
	passes bool
}

func (a *app) changesCommand() *cobra.Command {
	run := &changesRun{app: a}
	c := command("changes ID", "Show what a pass changed, node by node, and what it could not",
		`changes shows what the latest pass of a sync did: for each node its changes, attribute by attribute, was → became, with
time and source. It works while the pass runs, after it, and for older passes: --last N takes the N latest, and --pass
one of those that --passes lists. It needs no worker.

--rejected shows the nodes that were not brought up to date (NOT_FOUND, AMBIGUOUS, INVALID_ID, REJECTED, FAILED) with
the reason and what to do.

-o json has one object per line and node. -o csv is for spreadsheets: UTF-8 with a byte order mark, an attribute per
line, semicolons unless --separator says otherwise, and a tab before what would be taken for a formula, number or date.

Passes that Temporal no longer keeps, because the namespace's retention is over, are named, and the exit status is 1.`,
		"  starter changes main\n  starter changes main --rejected\n  starter changes main -o csv > changes.csv\n"+
			"  starter changes main --passes\n  starter changes main --last 7 --attribute idocs:kpp --since 24h -o json", 1,
		run.do)
	c.Annotations = map[string]string{csvOutput: "yes"}
	flags := c.Flags()
	run.show.flags(flags)
	flags.BoolVar(&run.filter.Rejected, "rejected", false, "only nodes that were not brought up to date, with the reason")
	flags.StringVar(&run.pass, "pass", "", "this pass: WORKFLOW_ID or WORKFLOW_ID/RUN_ID")
	flags.IntVar(&run.last, "last", 1, "the latest N passes, oldest first")
	flags.BoolVar(&run.passes, "passes", false, "list the passes instead")
	return c
}

func (r *changesRun) check(cmd *cobra.Command) error {
	var l invalid.List
	r.show.check(r.app, &l)
	if r.last < 1 || r.last > maxPasses {
		l.Add("--last", fmt.Sprint(r.last), fmt.Sprintf("a whole number from 1 to %d", maxPasses))
	}
	if r.pass != "" && (cmd.Flags().Changed("last") || r.passes) {
		l.Add("--pass", r.pass, "nothing together with --last or --passes")
	}
	if r.passes && r.output == "csv" {
		l.Add("--output", r.output, "text or json with --passes")
	}
	return l.Err()
}

func (r *changesRun) do(cmd *cobra.Command, args []string) error {
	if err := r.check(cmd); err != nil {
		return err
	}
	ctx, id := cmd.Context(), args[0]
	manager, err := r.manager(ctx)
	if err != nil {
		return err
	}
	if r.passes {
		return r.listPasses(ctx, manager, id)
	}
	passes, err := r.chosen(ctx, manager, id)
	if err != nil {
		return err
	}
	printer, err := r.printer(r.app)
	if err != nil {
		return err
	}
	gaps := false
	for _, p := range passes {
		coverage, err := r.journal().Read(ctx, p.WorkflowID, p.RunID, printer.add)
		switch {
		case errors.Is(err, journal.ErrGone):
			gaps = true
			r.warn("pass %s is no longer kept: the namespace's retention is over, or it was deleted", p.WorkflowID)
		case errors.Is(err, errEnough):
			return printer.end()
		case err != nil:
			return errors.Join(printer.end(), err)
		}
		gaps = gaps || len(coverage.Gaps) > 0
		r.warnOf(coverage.Gaps, "what the pass did there can't be shown")
	}
	if err := printer.end(); err != nil || !gaps {
		return err
	}
	return errFailed
}

var withRunID = regexp.MustCompile(`^(.+)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// chosen are the passes to show, oldest first.
func (r *changesRun) chosen(ctx context.Context, manager *syncs.Manager, id string) ([]syncs.PassRef, error) {
	if r.pass != "" {
		if _, err := manager.Find(ctx, id); err != nil {
			return nil, err
		}
		if parts := withRunID.FindStringSubmatch(r.pass); parts != nil {
			return []syncs.PassRef{{WorkflowID: parts[1], RunID: parts[2]}}, nil
		}
		return []syncs.PassRef{{WorkflowID: r.pass}}, nil
	}
	passes, err := manager.Passes(ctx, id, r.last, false)
	if err != nil {
		return nil, err
	}
	if len(passes) == 0 {
		switch ran, err := manager.Ran(ctx, id); {
		case err != nil:
			return nil, err
		case ran:
			return nil, &hinted{fmt.Errorf("no pass to show: the passes of sync %s are no longer kept, the namespace's retention is over", id),
				"starter namespace --retention 720h keeps passes for 30 days"}
		}
		return nil, &hinted{fmt.Errorf("no pass to show: sync %s never ran", id), "starter trigger " + id + " starts a pass"}
	}
	slices.Reverse(passes)
	return passes, nil
}

func (r *changesRun) listPasses(ctx context.Context, manager *syncs.Manager, id string) error {
	limit := r.last
	if limit == 1 {
		limit = passesShown
	}
	passes, err := manager.Passes(ctx, id, limit, true)
	if err != nil {
		return err
	}
	if r.output == "json" {
		for _, p := range passes {
			if err := r.print(p, nil); err != nil {
				return err
			}
		}
		return nil
	}
	return r.print(nil, func(t *ui.Text) {
		names := map[string]int{}
		for _, p := range passes {
			names[p.WorkflowID]++
		}
		t.Row("PASS", "KIND", "STARTED", "ENDED", "OUTCOMES")
		for _, p := range passes {
			name := p.WorkflowID
			if names[name] > 1 {
				name += "/" + p.RunID // they started within one second
			}
			ended := strings.ToLower(p.Ended)
			if p.FinishedAt == nil {
				ended = "runs"
			}
			t.Row(name, p.Kind, p.StartedAt.Format(time.RFC3339), ended, countsText(p.Counts))
		}
	})
}
