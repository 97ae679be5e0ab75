package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// cancelTimeout bounds the request to end a plan that is no longer waited for.
const cancelTimeout = 5 * time.Second

// planRun is one run of the command.
type planRun struct {
	*app
	show
	selection
	adHoc          pass.AdHoc
	fromCheckpoint bool
	detailed       bool
}

func (a *app) planCommand() *cobra.Command {
	run := &planRun{app: a, adHoc: pass.AdHoc{Plan: true}}
	c := command("plan ID", "Show what a pass would change, and change nothing",
		`plan runs a pass of a sync that writes nothing: the same workflow, on the same workers, through the same code, except
that the client of Alfresco refuses to write. It shows each change that a pass would make right now, was → became, by
node, then totals and what Kontur.Focus was asked. A plan cannot know what Alfresco itself would refuse.

It starts from the beginning (--from-checkpoint: where the sync's next pass would go on), can run beside a pass, and
leaves the sync's state alone. Kontur.Focus is asked what a pass would ask, at the same cost; --cost only walks the
nodes and counts. Ctrl-C ends the plan.

--first, --only, --inn, --ogrn and --rejected narrow the plan to some nodes, as they do a pass: see starter trigger.

With --detailed-exitcode the exit status is 3 if there is something to change among what the filters leave.`,
		"  starter plan main\n  starter plan main --cost\n  starter plan main -o csv > plan.csv\n  starter plan main --detailed-exitcode -q", 1,
		run.do)
	c.Annotations = map[string]string{csvOutput: "yes"}
	flags := c.Flags()
	run.show.flags(flags)
	run.selection.flags(flags)
	flags.BoolVar(&run.adHoc.CostOnly, "cost", false, "only count what Kontur.Focus would be asked; it is not asked")
	flags.BoolVar(&run.fromCheckpoint, "from-checkpoint", false, "begin at the sync's checkpoint")
	flags.BoolVar(&run.detailed, "detailed-exitcode", false, "exit with 3 if there is something to change")
	return c
}

func (r *planRun) check() error {
	var l invalid.List
	r.show.check(r.app, &l)
	r.selection.check(r.app, &l)
	if r.adHoc.CostOnly && r.output == "csv" {
		l.Add("--output", r.output, "text or json with --cost")
	}
	if r.fromCheckpoint && r.first > 0 {
		l.Add("--from-checkpoint", "true", "nothing together with --first, which are those of the beginning")
	}
	return l.Err()
}

func (r *planRun) do(cmd *cobra.Command, args []string) error {
	if err := r.check(); err != nil {
		return err
	}
	ctx, id := cmd.Context(), args[0]
	manager, err := r.manager(ctx)
	if err != nil {
		return err
	}
	if r.fromCheckpoint {
		status, err := manager.Status(ctx, id)
		if err != nil {
			return err
		}
		if status.State == nil {
			return fmt.Errorf("the checkpoint is not known: %s", status.StateNote)
		}
		r.adHoc.After = status.State.Checkpoint()
	}
	if r.given() {
		if r.adHoc.Selection, err = r.resolve(ctx, r.app, manager, id); err != nil || r.adHoc.Selection == nil {
			return r.nothingChosen(id, err)
		}
	}
	workflowID, runID, err := manager.StartAdHoc(ctx, id, r.adHoc)
	if err != nil {
		return err
	}
	if !r.adHoc.CostOnly {
		r.remark("%s asks Kontur.Focus as a pass does; starter plan %s --cost only counts", workflowID, id)
	}
	result, ended, err := r.wait(ctx, manager, workflowID, runID)
	if err != nil {
		return err
	}
	if r.adHoc.CostOnly {
		return r.cost(ctx, manager, id, result, ended)
	}
	printer, err := r.printer(r.app)
	if err != nil {
		return err
	}
	emptied := 0
	coverage, err := r.journal().Read(ctx, workflowID, runID, func(e journal.Entry) error {
		emptied += e.Emptied()
		return printer.add(e)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err := errors.Join(printer.end(), err); err != nil {
		return err
	}
	r.warnOf(coverage.Gaps, "what the plan found there can't be shown")
	r.remark("%d nodes walked: %s; Kontur.Focus was asked about %d identifiers, all sources together",
		result.CountProcessedNodes, countsText(result.Counts), result.Asked)
	if result.Missing != nil {
		r.warn("no such node: %s; %s", result.Missing, result.Missing.Why())
	}
	if err := r.sayBrake(ctx, manager, id, result, emptied); err != nil {
		return err
	}
	switch {
	case ended.Ended != string(pass.Completed):
		return r.cutShort(workflowID, result, ended)
	case len(coverage.Gaps) > 0:
		return errFailed
	case r.detailed && printer.totals.outcomes[counterparty.Updated] > 0:
		return errDiffers
	}
	return nil
}

// cutShort says why a plan did not walk all nodes.
func (r *planRun) cutShort(workflowID string, result pass.Result, ended *syncs.Pass) error {
	why := strings.ToLower(ended.Ended)
	if result.Error != nil {
		why += ": " + *result.Error
	}
	text, hint := pass.SplitHint(why)
	return &hinted{fmt.Errorf("%s did not walk all nodes: %s", workflowID, text), hint}
}

// wait shows the progress of a plan until it ends. An interruption ends the plan too: it is of use to no one else.
func (r *planRun) wait(ctx context.Context, manager *syncs.Manager, workflowID, runID string) (pass.Result, *syncs.Pass, error) {
	var result pass.Result
	status, err := r.await(ctx, workflowID, func() (syncs.Status, error) {
		var p *syncs.Pass
		var err error
		result, p, err = manager.PassOf(ctx, runs.Execution{WorkflowID: workflowID, RunID: runID})
		return syncs.Status{State: &result.State, Pass: p}, err
	})
	if ctx.Err() != nil {
		done, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
		defer cancel()
		err = errors.Join(err, manager.Cancel(done, workflowID, runID))
	}
	return result, status.Pass, err
}

// planCost is what a pass would ask. Its JSON is the output of `starter plan --cost -o json`; fields are only ever added.
type planCost struct {
	ID    string `json:"id"`
	Nodes int64  `json:"nodes"`
	// WithoutIdentifier are nodes about which Kontur.Focus is not asked: the identifier is missing, mistyped or a foreigner's.
	WithoutIdentifier int `json:"withoutIdentifier"`
	// Identifiers are asked about, at each source; Different ones are what Kontur.Focus bills, if it bills by counterparty.
	Identifiers int64    `json:"identifiers"`
	Different   int      `json:"different"`
	Sources     []string `json:"sources"`
	// Missing is what was asked for and no node has; null if there is nothing.
	Missing *pass.Missing `json:"missing,omitempty"`
}

func (r *planRun) cost(ctx context.Context, manager *syncs.Manager, id string, result pass.Result, ended *syncs.Pass) error {
	if ended.Ended != string(pass.Completed) {
		return r.cutShort(result.WorkflowID, result, ended)
	}
	count := map[string]struct{}{}
	sync, without, err := r.journal().Identifiers(ctx, result.WorkflowID, result.RunID, func(ids []string) {
		for _, one := range ids {
			count[one] = struct{}{}
		}
	})
	if err != nil {
		return err
	}
	cost := planCost{ID: id, Nodes: result.CountProcessedNodes, WithoutIdentifier: without, Different: len(count), Sources: sync.Sources, Missing: result.Missing}
	cost.Identifiers = result.Asked / max(1, int64(len(sync.Sources)))
	return r.print(cost, func(t *ui.Text) {
		t.Line("%d nodes, %d of them without an identifier to ask about", cost.Nodes, cost.WithoutIdentifier)
		t.Line("a pass asks about %d identifiers (%d different ones) at each of: %s", cost.Identifiers, cost.Different, strings.Join(cost.Sources, ", "))
		if cost.Missing != nil {
			t.Line("no such node: %s; %s", cost.Missing, cost.Missing.Why())
		}
	})
}

// sayBrake says whether the brake would hold a pass that changes what the plan found: a person who plans wants to know it
// before the night. A plan that stops after some nodes has not counted all values that are emptied.
func (r *planRun) sayBrake(ctx context.Context, manager *syncs.Manager, id string, result pass.Result, emptied int) error {
	sync, err := manager.Sync(ctx, id)
	if err != nil {
		return err
	}
	found := pass.Evidence{Changed: result.Counts.Updated, Emptied: emptied}
	if limits := sync.Exceeded(found, pass.Brake{}, result.CountProcessedNodes); limits != "" {
		r.remark("a pass would be held by its brake: %s", limits)
	}
	return nil
}
