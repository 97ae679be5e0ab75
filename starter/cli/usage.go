package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report/desk"
)

// usageError is wrong usage that no field names.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func flagError(flag, value, allowed string) error {
	return &invalid.Field{Name: flag, Value: value, Allowed: allowed}
}

// isUsage reports whether an error is the user's, so that nothing was changed.
func isUsage(err error) bool {
	_, wrong := errors.AsType[*usageError](err)
	return wrong || invalid.Is(err) || errors.Is(err, desk.ErrUnknownType)
}

// wrongFlag words what the parser of flags refuses: the flag, the value and what is allowed.
func wrongFlag(cmd *cobra.Command, err error) error {
	switch err := err.(type) {
	case *pflag.NotExistError:
		name := "--" + err.GetSpecifiedName()
		if err.GetSpecifiedShortnames() != "" {
			name = "-" + err.GetSpecifiedName()[:1]
		}
		return noFlag(cmd, name)
	case *pflag.InvalidSyntaxError:
		return noFlag(cmd, err.GetSpecifiedFlag())
	case *pflag.ValueRequiredError:
		return flagError("--"+err.GetFlag().Name, "", allowedFor(err.GetFlag()))
	case *pflag.InvalidValueError:
		// An empty value would read as if there was no flag.
		return usage("--%s: %q is not allowed; allowed: %s", err.GetFlag().Name, err.GetValue(), allowedFor(err.GetFlag()))
	}
	return usage("%v", err)
}

func noFlag(cmd *cobra.Command, name string) error {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return usage("%s is not a flag of %s; allowed: %s", name, cmd.CommandPath(), strings.Join(names, ", "))
}

// allowedFor says what values a flag takes.
func allowedFor(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "duration":
		return "a duration such as 30s or 2m"
	}
	return f.Usage
}

// exactly makes the check of a command's arguments: as many as named, and none of them empty.
func exactly(arguments int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		use := cmd.Parent().CommandPath() + " " + cmd.Use
		if len(args) != arguments {
			return usage("usage: %s; got %d arguments", use, len(args))
		}
		if slices.ContainsFunc(args, func(arg string) bool { return strings.TrimSpace(arg) == "" }) {
			return usage("usage: %s; got an empty argument", use)
		}
		return nil
	}
}

// atMostOne checks the arguments of a command with one that may be missing.
func atMostOne(cmd *cobra.Command, args []string) error { return exactly(min(len(args), 1))(cmd, args) }

// asksForJSON finds -o json among arguments that were not parsed to their end.
func asksForJSON(args []string) bool {
	for i, arg := range args {
		switch arg {
		case "--":
			return false
		case "-ojson", "-o=json", "--output=json":
			return true
		case "-o", "--output":
			if i+1 < len(args) && args[i+1] == "json" {
				return true
			}
		}
	}
	return false
}
