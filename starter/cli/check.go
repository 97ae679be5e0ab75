package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func (a *app) checkCommand() *cobra.Command {
	var file string
	var d deep
	c := command("check", "Check Temporal, Alfresco, Kontur.Focus and the mapping",
		`check looks at everything that a worker depends on, with the worker's own settings (run it in the worker's environment):
each line says what is in order, or what is wrong and how to fix it. It costs nothing at Kontur.Focus.
Report types are held against the contract: what a type asks and the key may not is among these lines.
So are the callers of reports and the certificate that they are served with, if the settings name them.

It also looks at the schedules of all syncs: what another tool changed and what follows from it, and passes that run
under an older configuration.

It warns if Alfresco or Kontur.Focus is called over plain http on another machine.

With -f it checks a sync's file too, and the node type and the sources that the file names. It changes nothing.

--deep ID tries instead what a sync relies on, on its own Alfresco and Kontur.Focus, by reading only: does the search
find by dbid and in order, how far is the index behind, which attributes are in the content model, what does
Kontur.Focus answer. It asks each source about at most --identifiers of the sync's nodes, and says so before. With -f
the sync is that of the file. --record FILE keeps what was exchanged, with all values masked, for a report of a bug.
The exit status is 1 if something differs that breaks a pass.`,
		"  starter check\n  starter check -f sync.yaml\n  starter check --deep main --record main.jsonl", 0,
		func(cmd *cobra.Command, _ []string) error {
			if err := d.check(cmd.Flags()); err != nil {
				return err
			}
			if d.id != "" {
				return a.deepCheck(cmd.Context(), d, file)
			}
			subject, err := a.subject(file)
			if err != nil {
				return err
			}
			findings := preflight.Run(cmd.Context(), subject)
			findings = append(findings, a.checkSyncs(cmd.Context(), findings)...)
			if err := cmd.Context().Err(); err != nil {
				return err // what was found is no more than that
			}
			return a.printFindings(findings)
		})
	c.Flags().StringVarP(&file, "file", "f", "", "a sync's YAML file to check as well, or - for standard input")
	d.flags(c.Flags())
	return c
}

// subject makes what a worker would make of the environment.
func (a *app) subject(file string) (preflight.Subject, error) {
	var problems invalid.List
	settings, err := config.LoadWorker(a.Env, a.ReadFile)
	problems.Join(err)
	options, err := a.clientOptions()
	problems.Join(err)
	sync := pass.Sync{}.WithDefaults()
	if file != "" {
		sync, _, err = a.load(file)
		problems.Join(err)
	}
	if err := problems.Err(); err != nil {
		return preflight.Subject{}, err
	}
	a.remarkOn(settings)
	if err := a.open(options); err != nil {
		return preflight.Subject{}, err
	}
	world, err := outside.Open(settings, outside.Observers{})
	for _, warning := range world.Callers.Warnings() {
		a.remark("%s", warning)
	}
	payloads, payloadsErr := connect.Payloads(a.Env)
	if payloadsErr != nil {
		return preflight.Subject{}, payloadsErr
	}
	for _, warning := range payloads.Keys.Warnings() {
		a.remark("%s", warning)
	}
	return preflight.Subject{
		Payloads: payloads, TaskQueue: settings.TaskQueue,
		Temporal: a.connection, TemporalOptions: options, World: world, ReportTypesFile: settings.ReportTypesFile, NodeType: sync.NodeType, Sources: sync.Sources, KonturKey: sync.KonturKey,
		Deployment: worker.WorkerDeploymentVersion{DeploymentName: settings.DeploymentName, BuildID: settings.BuildID},
	}, err
}

// remarkOn says what is odd about valid settings.
func (a *app) remarkOn(settings config.Worker) {
	for _, warning := range slices.Concat(config.Unknown(a.Env.Environ()), config.Quoted(a.Env.Environ()), settings.Warnings()) {
		a.remark("%s", warning)
	}
}

func (a *app) printFindings(findings []preflight.Finding) error {
	err := a.print(findings, func(t *ui.Text) {
		for _, f := range findings {
			verdict := "ok"
			if !f.OK {
				verdict = "WRONG"
			}
			t.Row(f.Name, verdict, f.Text)
			if f.Hint != "" {
				t.Row("", "", "hint: "+f.Hint)
			}
		}
	})
	if err == nil && !preflight.OK(findings) {
		return errFailed
	}
	return err
}

// syncsTimeout bounds the look at all schedules.
const syncsTimeout = 30 * time.Second

// checkSyncs looks at the schedules of all syncs, once Temporal is known to answer.
func (a *app) checkSyncs(ctx context.Context, before []preflight.Finding) []preflight.Finding {
	if slices.ContainsFunc(before, func(f preflight.Finding) bool { return f.Name == "temporal" && !f.OK }) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, syncsTimeout)
	defer cancel()
	queue, err := a.queue()
	if err != nil {
		return []preflight.Finding{{Name: "syncs", Text: err.Error()}}
	}
	list, err := (&syncs.Manager{Temporal: a.connection, TaskQueue: queue, Now: a.Now}).Inspect(ctx)
	if err != nil {
		return []preflight.Finding{{Name: "syncs", Text: err.Error(), Hint: "check that the account may list schedules"}}
	}
	var findings []preflight.Finding
	for _, s := range list {
		findings = append(findings, syncFinding(s))
	}
	return findings
}

func syncFinding(s syncs.Inspection) preflight.Finding {
	f := preflight.Finding{Name: "sync " + s.ID, OK: len(s.Problems) == 0}
	if !f.OK {
		f.Text = strings.Join(s.Problems, "; ")
		f.Hint = cmp.Or(s.Hint, "starter apply -f FILE, with the sync's file, puts the schedule right")
		return f
	}
	f.Text, f.Hint = "schedule "+s.Schedule.ID, strings.Join(s.Remarks, "; ")
	if s.Paused {
		f.Text += ", " + pausedText(cmp.Or(s.Note, "no reason given"))
	}
	return f
}
