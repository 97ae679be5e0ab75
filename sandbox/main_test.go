package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
)

func TestWrongFlagsAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give string
		want string
	}{
		{"not a number", "--count x", `--count: "x" is not allowed; allowed: a whole number from 1 to 100000`},
		{"all at once", "--count 0 --kontur-rps fast", `--count: "0" is not allowed; allowed: a whole number from 1 to 100000` + "\n" +
			`--kontur-rps: "fast" is not allowed; allowed: a number from 0.1 to 1000`},
		{"no number", "--kontur-rps NaN", `--kontur-rps: "NaN" is not allowed; allowed: a number from 0.1 to 1000`},
		{"without a unit", "--kontur-latency 5", `--kontur-latency: "5" is not allowed; allowed: a duration from 0s to 1m, such as 150ms`},
		{"no port", "--ui-port 65536", `--ui-port: "65536" is not allowed; allowed: a port from 1 to 65535, or 0 for a free one`},
		{"one port twice", "--ui-port 7233", `--ui-port: "7233" is not allowed; allowed: another port than that of --temporal-port`},
		{"no language", "--alfresco-language русский", `--alfresco-language: "русский" is not allowed; allowed: a language such as ru or de`},
		{"each node", "--alfresco-broken-every 1", `--alfresco-broken-every: "1" is not allowed; allowed: 0 (never), or a whole number from 2 to 1000000`},
		{"no kind of request", "--alfresco-poison search,delete", `--alfresco-poison: "search,delete" is not allowed; allowed: none, or some of search, get, put, separated by commas`},
		{"one kind twice", "--alfresco-poison get,get", `--alfresco-poison: "get,get" is not allowed; allowed: none, or some of search, get, put, separated by commas`},
		{"a method that does not exist", "--kontur-hangs taxes", `--kontur-hangs: "taxes" is not allowed; allowed: none, egrDetails, contacts, contactEmails, sites, licences, briefReport`},
		{"no kind of poison", "--kontur-poison 500,arsenic", `--kontur-poison: "500,arsenic" is not allowed; allowed: none, or some of 500, 400, nonsense, hang, cut, separated by commas`},
		{"the method that all need", "--kontur-limits req", `--kontur-limits: "req" is not allowed; allowed: none, egrDetails, contacts, contactEmails, sites, licences, briefReport`},
		{"each request", "--alfresco-fail-every 1", `--alfresco-fail-every: "1" is not allowed; allowed: 0 (never), or a whole number from 2 to 1000000`},
		{"no name of a key", "--further-key acme", `--further-key: "acme" is not allowed; allowed: ` + pass.AllowedKeyName},
		{"no such API", "--alfresco-api cmis", `--alfresco-api: "cmis" is not allowed; allowed: rest or records`},
		{"no such name", "--kontur-changes-by kpp", `--kontur-changes-by: "kpp" is not allowed; allowed: ogrn, inn or both`},
		{"switch", "--once=maybe", `--once: "maybe" is not allowed; allowed: true or false`},
		{"unknown", "--cuont 5", `--cuont is not a flag; allowed: those that --help lists`},
		{"no value", "--count", `--count is missing; allowed: a whole number from 1 to 100000`},
		{"no file", "--file=", `--file is missing; allowed: a path`},
		{"arguments", "start", `arguments: "start" is not allowed; allowed: flags only; --help lists them`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := try(t.Context(), strings.Fields(tt.give)...)
			require.Equal(t, cli.Usage, status)
			require.Equal(t, tt.want+"\n", stderr)
			require.Empty(t, stdout)
		})
	}
}

func TestPortInUseNamesFlagAndPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", local(0))
	require.NoError(t, err)
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	status, stdout, stderr := try(t.Context(), anywhere(t, "--kontur-port", port)...)
	require.Equal(t, cli.Usage, status)
	require.Equal(t, "--kontur-port "+port+": another program listens on this port; choose another one, or 0 for a free one\n", stderr)
	require.Empty(t, stdout)
}

func TestHelpListsEveryFlag(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := try(t.Context(), "--help")
	require.Equal(t, cli.Done, status)
	require.Empty(t, stderr)
	for _, d := range new(options).declared() {
		require.Contains(t, stdout, "--"+d.name+" ")
	}
	for line := range strings.Lines(stdout) {
		require.LessOrEqual(t, len(line), 160)
	}
}

func TestSyncFileIsAllowed(t *testing.T) {
	t.Parallel()
	sync, err := config.LoadSync(bytes.NewReader(syncYAML), syncFile)
	require.NoError(t, err)
	require.Equal(t, syncID, sync.ID)
}

// TestOnce is the whole program: both passes with all that they have to prove, a database in a file, and a second start
// on it.
func TestOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := anywhere(t, "--once", "--further-key", "ACME", "--count", "600", "--kontur-rps", "1000", "--kontur-concurrency", "8", "--kontur-latency", "0s", "--alfresco-latency", "0s")
	status, stdout, stderr := try(ctx, args...)
	require.Equal(t, cli.Done, status, stdout+stderr)
	require.Contains(t, stdout, "counterparty-sync-main created")
	require.Contains(t, stdout, "second pass: 0 writes\nall is well\n")

	status, stdout, stderr = try(ctx, append(args, "--alfresco-replica", "--alfresco-broken-every", "7", "--alfresco-language", "de", "--alfresco-cross-locale",
		"--alfresco-poison", "search")...)
	require.Equal(t, cli.Done, status, stdout+stderr)
	require.Contains(t, stdout, "each request about them fails: [search] to Alfresco, [] to Kontur.Focus; starter changes main --rejected names them")
	require.Contains(t, stdout, "counterparty-sync-main unchanged")
	require.Contains(t, stdout, "trigger main --wait --reset")
	require.Contains(t, stdout, "second pass: 0 writes\nall is well\n")

	log, err := os.ReadFile(filepath.Join(filepath.Dir(args[1]), "worker.log"))
	require.NoError(t, err)
	require.Empty(t, slices.DeleteFunc(strings.Split(string(log), "\n"), usual), "a worker in good health warns of nothing")
}

// usual reports whether a line of the log is empty, or says no more than that this machine was busy for a moment: the SDK gives
// a heartbeat two seconds to arrive.
func usual(line string) bool {
	return line == "" || strings.Contains(line, "RecordActivityHeartbeat with error") && strings.Contains(line, "context deadline exceeded")
}

// anywhere are flags for a sandbox of the test's own. The file is the second of them.
func anywhere(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{"--file", filepath.Join(t.TempDir(), "temporal.db"), "--temporal-port", "0", "--ui-port", "0",
		"--codec-port", "0", "--metrics-port", "0", "--alfresco-port", "0", "--kontur-port", "0"}, more...)
}

func try(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, args, cli.IO{In: strings.NewReader(""), Out: &out, Err: &err, Env: connect.Variables{}, ReadFile: os.ReadFile, Now: time.Now})
	return status, out.String(), err.String()
}
