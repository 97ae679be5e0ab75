package cli_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report/callers"
)

func TestCallersNew(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"crm", "true", "1.50", "-", "Портал"} {
		args := []string{"callers", "new", name}
		if name == "-" {
			args = []string{"callers", "new", "--", name}
		}
		got := starter(t, nil, "", args...)
		require.Equal(t, 0, got.status, got.stderr)
		token, entry, found := strings.Cut(got.stdout, "\n\n")
		require.True(t, found, got.stdout)
		require.Regexp(t, regexp.MustCompile(`^cps_[A-Za-z0-9_-]{43}$`), token)
		require.NotContains(t, entry+got.stderr, token, "it is shown once")
		require.Contains(t, got.stderr, "REPORTS_CALLERS_FILE")
		list, err := callers.Parse([]byte("callers:\n" + entry))
		require.NoError(t, err, "the lines are fit for the file")
		caller, ok := list.Find(token)
		require.True(t, ok)
		require.Equal(t, name, caller.User())
	}
}

func TestCallersNewForMachines(t *testing.T) {
	t.Parallel()
	got := starter(t, nil, "", "callers", "new", "crm", "-q", "-o", "json")
	require.Equal(t, 0, got.status)
	require.Empty(t, got.stderr)
	var made struct{ Name, Token, TokenHash, Entry string }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &made))
	require.Equal(t, "crm", made.Name)
	require.Equal(t, callers.TokenHash(made.Token), made.TokenHash)
	require.Contains(t, made.Entry, made.TokenHash)
}

func TestCallersNewRefuses(t *testing.T) {
	t.Parallel()
	requireUsage(t, starter(t, nil, "", "callers", "new", "a b"), `NAME: "a b" is not allowed; allowed: 1 to 100 letters, digits and . _ -`)
	requireUsage(t, starter(t, nil, "", "callers", "new"), "usage: starter callers new NAME; got 0 arguments")
	requireUsage(t, starter(t, nil, "", "callers", "old"), `"old" is not a command of callers; allowed: new`)
}
