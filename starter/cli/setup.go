package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"counterparty-sync/internal/searchattributes"
	"counterparty-sync/starter/ui"
)

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
	var full *serviceerror.InvalidArgument
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &full) && strings.Contains(err.Error(), "cannot have more than"):
		return &hinted{err, "the namespace has room for 10 attributes of type Keyword; temporal operator search-attribute list shows them, " +
			"temporal operator search-attribute remove --name NAME makes room; until then passes run without search attributes"}
	case errors.As(err, &denied):
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
