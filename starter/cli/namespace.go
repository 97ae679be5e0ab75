package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"counterparty-sync/internal/connect"
	"counterparty-sync/starter/ui"
)

const (
	// defaultRetention is how long a pass that ended can be looked at: a month of nightly passes.
	defaultRetention = 30 * 24 * time.Hour
	// minRetention is the server's own limit (server 1.32.1, namespace.minRetentionGlobal).
	minRetention = 24 * time.Hour
	// usableAfter bounds the wait for a new namespace: each frontend reads the list of namespaces every ten seconds.
	usableAfter = time.Minute
	// askAgain is the pause between two looks at a new namespace.
	askAgain = 500 * time.Millisecond
)

func (a *app) namespaceCommand() *cobra.Command {
	var retention time.Duration
	c := command("namespace", "Create the Temporal namespace if it is missing",
		`namespace creates the namespace that --namespace or TEMPORAL_NAMESPACE names, and waits until it can be used. An
existing one is left alone; its retention is set only if --retention is given. It is a step of an installation, safe to
repeat, on a Temporal that lets its clients create namespaces.`,
		"  starter namespace\n  starter namespace --retention 720h", 0,
		func(cmd *cobra.Command, _ []string) error {
			if retention < minRetention {
				return flagError("--retention", retention.String(), "a duration of 24h or more, such as 720h")
			}
			done, err := a.ensureNamespace(cmd.Context(), retention, cmd.Flags().Changed("retention"))
			if err != nil {
				return err
			}
			return a.print(done, func(t *ui.Text) {
				t.Line("namespace %s %s; ended passes are kept for %s", done.Name, done.Result, done.Retention)
			})
		})
	c.Flags().DurationVar(&retention, "retention", defaultRetention, "how long ended passes are kept")
	return c
}

// namespaceDone is the output of namespace.
type namespaceDone struct {
	Name string `json:"name"`
	// Result is created, changed or unchanged.
	Result    string `json:"result"`
	Retention string `json:"retention"`
}

// ensureNamespace creates the namespace with a retention; one that is there gets it only if set.
func (a *app) ensureNamespace(ctx context.Context, retention time.Duration, set bool) (namespaceDone, error) {
	options, err := a.clientOptions()
	if err != nil {
		return namespaceDone{}, err
	}
	if err := a.open(options); err != nil {
		return namespaceDone{}, err
	}
	done := namespaceDone{Name: options.Namespace, Result: "created", Retention: retention.String()}
	// Probe has the words for a server that does not answer. That the namespace is missing is what we are here for.
	if problem, ok := errors.AsType[*connect.Problem](connect.Probe(ctx, a.connection, options)); ok && problem.Passing {
		return done, problem
	}
	service := a.connection.WorkflowService()
	_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: options.Namespace, Description: "counterparty-sync", WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	switch {
	case err == nil:
		return done, a.awaitNamespace(ctx, options)
	case !errors.As(err, &exists):
		return done, fmt.Errorf("create namespace %s: %w", options.Namespace, err)
	}
	found, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: options.Namespace})
	if err != nil {
		return done, fmt.Errorf("describe namespace %s: %w", options.Namespace, err)
	}
	settings := found.GetConfig()
	if has := settings.GetWorkflowExecutionRetentionTtl().AsDuration(); !set || has == retention {
		done.Result, done.Retention = "unchanged", has.String()
		return done, nil
	}
	settings.WorkflowExecutionRetentionTtl = durationpb.New(retention)
	if _, err := service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{Namespace: options.Namespace, Config: settings}); err != nil {
		return done, fmt.Errorf("set the retention of namespace %s: %w", options.Namespace, err)
	}
	done.Result = "changed"
	return done, nil
}

// awaitNamespace waits until passes can be asked for in a namespace that was just made: until then a frontend says that
// there is none.
func (a *app) awaitNamespace(ctx context.Context, options client.Options) error {
	ctx, cancel := context.WithTimeout(ctx, usableAfter)
	defer cancel()
	for {
		_, err := a.connection.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: options.Namespace, PageSize: 1,
		})
		if err == nil {
			return nil
		}
		if sleep(ctx, askAgain); ctx.Err() != nil {
			return fmt.Errorf("wait for namespace %s, which was created: %w", options.Namespace, err)
		}
	}
}
