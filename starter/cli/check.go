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
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func (a *app) checkCommand() *cobra.Command {
	var file string
	c := command("check", "Check Temporal, Alfresco, Kontur.Focus and the mapping",
		`check looks at everything that a worker depends on, with the worker's own settings (run it in the worker's environment):
each line says what is in order, or what is wrong and how to fix it. It costs nothing at Kontur.Focus.
Report types are held against the contract: what a type asks and the key may not is among these lines.

It also looks at the schedules of all syncs: what another tool changed and what follows from it, and passes that run
under an older configuration.

It warns if Alfresco or Kontur.Focus is called over plain http on another machine.

With -f it checks a sync's file too, and the node type and the sources that the file names. It changes nothing.`,
		"  starter check\n  starter check -f sync.yaml", 0,
		func(cmd *cobra.Command, _ []string) error {
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
	return c
}

// subject makes what a worker would make of the environment.
func (a *app) subject(file string) (preflight.Subject, error) {
	var problems invalid.List
	settings, err := config.LoadWorker(a.Env.LookupEnv, a.ReadFile)
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
	for _, warning := range slices.Concat(config.Unknown(a.Env.Environ()), settings.Warnings()) {
		a.remark("%s", warning)
	}
	if err := a.open(options); err != nil {
		return preflight.Subject{}, err
	}
	world, err := outside.Open(settings, outside.Observers{})
	return preflight.Subject{
		Temporal: a.connection, TemporalOptions: options, World: world, ReportTypesFile: settings.ReportTypesFile, NodeType: sync.NodeType, Sources: sync.Sources,
		Deployment: worker.WorkerDeploymentVersion{DeploymentName: settings.DeploymentName, BuildID: settings.BuildID},
	}, err
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
		f.Hint = "starter apply -f FILE, with the sync's file, puts the schedule right"
		return f
	}
	f.Text, f.Hint = "schedule "+s.Schedule.ID, strings.Join(s.Remarks, "; ")
	if s.Paused {
		f.Text += ", " + pausedText(cmp.Or(s.Note, "no reason given"))
	}
	return f
}
