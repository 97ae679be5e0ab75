package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/searchattributes"
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
	if problem, ok := errors.AsType[*connect.Problem](connect.Probe(ctx, a.connection, options)); ok && problem.Unanswered {
		return done, problem
	}
	service := a.connection.WorkflowService()
	_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: options.Namespace, Description: "counterparty-sync", WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if err == nil {
		return done, a.awaitNamespace(ctx, options)
	}
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](err); !exists {
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

func (a *app) setupCommand() *cobra.Command {
	var checkOnly bool
	c := command("setup", "Register the search attributes in the namespace",
		`setup registers the search attributes by which a list of workflows is filtered: CounterpartySyncId and
CounterpartySyncStatus. It is done once per namespace; repeating it changes nothing. Passes that start later set
them, and passes without them run just as well.

An attribute that already exists with another type is left alone, and setup fails.`,
		"  starter setup\n  starter setup --check", 0,
		func(cmd *cobra.Command, _ []string) error {
			options, err := a.clientOptions()
			if err != nil {
				return err
			}
			if err := a.dial(cmd.Context(), options); err != nil {
				return err
			}
			work := searchattributes.Register
			if checkOnly {
				work = searchattributes.Look
			}
			found, err := work(cmd.Context(), a.connection.OperatorService(), options.Namespace)
			if err != nil {
				return explainSetup(err)
			}
			return a.printSetup(found, options.Namespace, checkOnly)
		})
	c.Flags().BoolVar(&checkOnly, "check", false, "register nothing; fail if something is missing or has another type")
	return c
}

// explainSetup adds what to do to the refusals of a server.
func explainSetup(err error) error {
	_, full := errors.AsType[*serviceerror.InvalidArgument](err)
	_, denied := errors.AsType[*serviceerror.PermissionDenied](err)
	switch {
	case full && strings.Contains(err.Error(), "cannot have more than"):
		return &hinted{err, "the namespace has room for 10 attributes of type Keyword; temporal operator search-attribute list shows them, " +
			"temporal operator search-attribute remove --name NAME makes room; until then passes run without search attributes"}
	case denied:
		return &hinted{err, "ask an administrator of the namespace to run starter setup; until then passes run without search attributes"}
	}
	return err
}

// setupLine is one attribute in the output of setup.
type setupLine struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// State is ready, added, missing or wrong type.
	State string `json:"state"`
	// Has is the type that a wrong one has.
	Has string `json:"has,omitempty"`
}

func (a *app) printSetup(found searchattributes.Attributes, namespace string, checkOnly bool) error {
	lines := make([]setupLine, len(found))
	for i, f := range found {
		lines[i] = setupLine{Name: f.Name, Type: f.Want.String(), State: "ready"}
		switch {
		case f.Ready():
		case f.Missing() && checkOnly:
			lines[i].State = "missing"
		case f.Missing():
			lines[i].State = "added"
		default:
			lines[i].State, lines[i].Has = "wrong type", f.Have.String()
		}
	}
	err := a.print(map[string]any{"namespace": namespace, "searchAttributes": lines}, func(t *ui.Text) {
		for _, line := range lines {
			t.Row(line.Name, line.Type, strings.TrimSpace(line.State+" "+line.Has))
		}
	})
	switch {
	case err != nil:
		return err
	case len(found.Wrong()) > 0:
		a.remark("hint: %s", searchattributes.HintWrong(found.Wrong()))
		return errFailed
	case checkOnly && !found.Ready():
		a.remark("hint: starter setup registers them; until then passes run without them")
		return errFailed
	}
	return nil
}
