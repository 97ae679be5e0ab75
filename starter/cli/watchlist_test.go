package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
)

// watched is a Kontur.Focus that watches n companies, and the environment of a worker that asks it.
func watched(t *testing.T, n int) (*konturtest.Server, environment) {
	t.Helper()
	server := konturtest.NewServer(t)
	for i := 1; i <= n; i++ {
		server.AddCompany(konturtest.Company{INN: konturtest.INN(i), OGRN: konturtest.OGRN(i)})
	}
	server.WatchAll()
	return server, environment{
		"ALFRESCO_URL": "http://127.0.0.1:1/alfresco", "ALFRESCO_USER": "sync", "ALFRESCO_PASSWORD": "invented",
		"KONTUR_URL": server.URL(), "KONTUR_KEY": server.Key(),
	}
}

func TestWatchListShowsTheList(t *testing.T) {
	t.Parallel()
	_, env := watched(t, 2)
	got := starter(t, env, "", "watch", "list")
	require.Equal(t, cli.Done, got.status, got.stderr)
	require.Equal(t, fmt.Sprintf("%s  %s\n%s  %s\n", konturtest.OGRN(1), konturtest.INN(1), konturtest.OGRN(2), konturtest.INN(2)), got.stdout)
	got = starter(t, env, "", "watch", "list", "-o", "json")
	require.JSONEq(t, fmt.Sprintf(`{"watched":[{"inn":%q,"ogrn":%q},{"inn":%q,"ogrn":%q}]}`,
		konturtest.INN(1), konturtest.OGRN(1), konturtest.INN(2), konturtest.OGRN(2)), got.stdout)
}

func TestWatchRemoveShowsFirstAndReplacesThen(t *testing.T) {
	t.Parallel()
	server, env := watched(t, 5)
	two := konturtest.OGRN(2) + "," + konturtest.OGRN(77)
	shown := starter(t, env, "", "watch", "remove", two)
	require.Equal(t, cli.Done, shown.status, shown.stderr)
	require.Equal(t, fmt.Sprintf("- %s  %s\nthe watch list has 5 companies and would have 4; nothing was changed\n", konturtest.OGRN(2), konturtest.INN(2)), shown.stdout)
	require.Contains(t, shown.stderr, "--yes --size 5")
	require.Len(t, server.WatchList(), 5)

	done := starter(t, env, "", "watch", "remove", two, "--yes", "--size", "5", "-o", "json")
	require.Equal(t, cli.Done, done.status, done.stderr)
	var change struct {
		Before, After int
		Done          bool
	}
	require.NoError(t, json.Unmarshal([]byte(done.stdout), &change))
	require.Equal(t, 5, change.Before)
	require.Equal(t, 4, change.After)
	require.True(t, change.Done)
	require.Len(t, server.WatchList(), 4)

	again := starter(t, env, "", "watch", "remove", konturtest.OGRN(2), "--yes", "--size", "4")
	require.Equal(t, "the watch list has 4 companies: nothing to do\n", again.stdout)
}

func TestWatchRemoveChangesNothingThatWasNotShown(t *testing.T) {
	t.Parallel()
	server, env := watched(t, 3)
	other := starter(t, env, "", "watch", "remove", konturtest.OGRN(1), "--yes", "--size", "2")
	require.Equal(t, cli.Failed, other.status)
	require.Contains(t, other.stderr, "has 3 companies and not the 2 that were shown")

	all := starter(t, env, "", "watch", "remove", konturtest.OGRN(1)+","+konturtest.OGRN(2)+","+konturtest.OGRN(3), "--yes", "--size", "3")
	require.Equal(t, cli.Failed, all.status)
	require.Contains(t, all.stderr, "nothing would be left")

	for _, args := range [][]string{
		{"watch", "remove", "123"}, {"watch", "remove", konturtest.OGRN(1), "--yes"}, {"watch", "remove"}, {"watch", "add"}, {"watch", "list", "x"}, {"watch", "clear"},
	} {
		got := starter(t, env, "", args...)
		require.Equal(t, cli.Usage, got.status, args)
	}
	require.Contains(t, starter(t, env, "", "watch", "add").stderr, "usage: starter watch add ID")
	require.Len(t, server.WatchList(), 3)
}

func TestWatchSaysWhatAContractWithoutMonitoringLacks(t *testing.T) {
	t.Parallel()
	server, env := watched(t, 0)
	server.Inject(konturtest.Fault{Status: 403, Text: "Monitoring is not available under the contract"})
	got := starter(t, env, "", "watch", "list")
	require.Equal(t, cli.Failed, got.status)
	require.Contains(t, got.stderr, "status 403")
	require.Contains(t, got.stderr, "hint: ")
	require.NotContains(t, got.stderr, server.Key())
}

func TestWatchListIsThatOfTheKey(t *testing.T) {
	t.Parallel()
	server, env := watched(t, 2)
	second := server.AddKey("second-key-0123456789-abcdefghijklmnop")
	env["KONTUR_KEY_ACME"] = second.Key()
	require.Len(t, strings.Split(strings.TrimSpace(starter(t, env, "", "watch", "list").stdout), "\n"), 2)
	got := starter(t, env, "", "watch", "list", "--key", "ACME")
	require.Equal(t, cli.Done, got.status, got.stderr)
	require.Empty(t, got.stdout)
	second.WatchAll()
	shown := starter(t, env, "", "watch", "remove", konturtest.OGRN(2), "--key", "ACME")
	require.Contains(t, shown.stderr, "starter watch remove "+konturtest.OGRN(2)+" --key ACME --yes --size 2")
	require.Equal(t, cli.Done, starter(t, env, "", "watch", "remove", konturtest.OGRN(2), "--key", "ACME", "--yes", "--size", "2").status)
	require.Len(t, second.WatchList(), 1)
	require.Len(t, server.WatchList(), 2)

	none := starter(t, env, "", "watch", "list", "--key", "OTHER")
	require.Equal(t, cli.Failed, none.status)
	require.Contains(t, none.stderr, "there is no key OTHER of Kontur.Focus here\nhint: set KONTUR_KEY_OTHER")
	pasted := starter(t, env, "", "watch", "list", "--key", second.Key())
	requireUsage(t, pasted, notAllowed("--key", "***", pass.AllowedKeyName))
}
