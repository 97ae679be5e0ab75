package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/cli"
)

const hostPort = "host:port, such as 127.0.0.1:7233"

// verbs are the commands; one that disappears from the help, or from here, is a slip.
var verbs = []string{"apply", "approve", "changes", "check", "delete", "pause", "plan", "refuse", "replay", "report", "resume", "retry", "rewind", "setup", "status", "stop", "trigger"}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	const commands = "apply, approve, callers, changes, check, delete, help, keys, namespace, pause, plan, refuse, replay, report, resume, retry, rewind, setup, status, stop, trigger, watch"
	const common = "--address, --help, --namespace, --output, --quiet, --task-queue"
	tests := []struct{ give, want string }{
		{"aply", `"aply" is not a command; allowed: ` + commands},
		{"apply-sync main", `"apply-sync" is not a command; allowed: ` + commands},
		{"help aply", `"aply" is not a command; allowed: ` + commands},
		{"help status main", `"status main" is not a command; allowed: ` + commands},
		{"--rest", "--rest is not a flag of starter; allowed: " + common},
		{"apply --rest", "--rest is not a flag of starter apply; allowed: --address, --file, --help, --namespace, --output, --quiet, --reset, --task-queue"},
		{"pause main -x", "-x is not a flag of starter pause; allowed: --address, --help, --namespace, --note, --output, --quiet, --task-queue"},
		{"status ---x", "---x is not a flag of starter status; allowed: --address, --dialect, --help, --namespace, --output, --quiet, --sources, --task-queue, --watch"},
		{"status --watch=maybe", notAllowed("--watch", "maybe", "true or false")},
		{"status --sources", notAllowed("--sources", "true", "only with the ID of a sync")},
		{"status main --dialect entity", notAllowed("--dialect", "entity", "only with --sources")},
		{"status main --sources --dialect person", notAllowed("--dialect", "person", "vehicle or entity")},
		{"stop main --timeout soon", notAllowed("--timeout", "soon", "a duration such as 30s or 2m")},
		{"stop main --timeout=", notAllowed("--timeout", "", "a duration such as 30s or 2m")},
		{"stop main --timeout 0s", notAllowed("--timeout", "0s", "a duration above 0s")},
		{"stop main --timeout=-1s", notAllowed("--timeout", "-1s", "a duration above 0s")},
		{"stop main --timeout", "--timeout is missing; allowed: a duration such as 30s or 2m"},
		{"apply -f", "--file is missing; allowed: the sync's YAML file, or - for standard input (required)"},
		{"--output yaml", notAllowed("--output", "yaml", "text or json")},
		{"status --output yaml", notAllowed("--output", "yaml", "text or json")},
		{"status -o JSON", notAllowed("--output", "JSON", "text or json")},
		{"status -o", "--output is missing; allowed: text or json"},
		{"status --address localhost", notAllowed("--address", "localhost", hostPort)},
		{"status --address http://localhost:7233", notAllowed("--address", "http://localhost:7233", hostPort)},
		{"status --task-queue " + strings.Repeat("q", 201), notAllowed("--task-queue", strings.Repeat("q", 80)+"…", "1 to 200 printable characters without blanks")},
		{"status a b", "usage: starter status [ID]; got 2 arguments"},
		{"rewind", "usage: starter rewind ID --to DBID; got 0 arguments"},
		{"rewind main", "--to is missing; allowed: beginning, or a sys:node-dbid: a whole number from 1"},
		{"rewind main --to 0", notAllowed("--to", "0", "beginning, or a sys:node-dbid: a whole number from 1")},
		{"rewind main --to=-7", notAllowed("--to", "-7", "beginning, or a sys:node-dbid: a whole number from 1")},
		{"rewind main --to Beginning", notAllowed("--to", "Beginning", "beginning, or a sys:node-dbid: a whole number from 1")},
		{"rewind main --to 9223372036854775808", notAllowed("--to", "9223372036854775808", "beginning, or a sys:node-dbid: a whole number from 1")},
		{"trigger main --inn 0012345674", notAllowed("--inn", "0012345674", "INNs with their check digits, separated by commas, blanks or ends of lines; it has a wrong check digit")},
		{"trigger main --ogrn 1", notAllowed("--ogrn", "1", "OGRNs with their check digits, separated by commas, blanks or ends of lines; it has 1 digits instead of 13 or 15")},
		{"trigger main --only dbid:1,dbid:x", notAllowed("--only", "dbid:x", "ids of nodes, such as 7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e, separated by commas, blanks or ends of lines")},
		{"trigger main --only a,b@", notAllowed("--only", "b@", "ids of nodes, such as 7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e, separated by commas, blanks or ends of lines")},
		{"trigger main --rejected --only a", notAllowed("--rejected", "true", "nothing together with --only, --inn or --ogrn")},
		{"trigger main --only a --reset", notAllowed("--reset", "true", "nothing beside --first, --only, --inn, --ogrn or --rejected: such a pass has no state")},
		{"plan main --first 1001", notAllowed("--first", "1001", "a whole number from 1 to 1000")},
		{"trigger main --first 0", notAllowed("--first", "0", "a whole number from 1 to 1000")},
		{"trigger main --only=", "--only is missing; allowed: at least one; leave the flag out for all"},
		{"plan main --inn=", "--inn is missing; allowed: at least one; leave the flag out for all"},
		{"plan main --ogrn= --cost", "--ogrn is missing; allowed: at least one; leave the flag out for all"},
		{"changes main --node=", "--node is missing; allowed: at least one; leave the flag out for all"},
		{"changes main --id @nowhere.txt", notAllowed("--id", "nowhere.txt", "a file that can be read; no such file or directory")},
		{"changes main --id @", notAllowed("--id", "@", "@FILE, or - for standard input")},
		{"plan main --first 5 --from-checkpoint", notAllowed("--from-checkpoint", "true", "nothing together with --first, which are those of the beginning")},
		{"plan main --first -1", notAllowed("--first", "-1", "a whole number from 1 to 1000")},
		{"trigger main --first 5 --only a", notAllowed("--first", "5", "nothing together with --only, --inn, --ogrn or --rejected")},
		{"plan main --cost --output csv", notAllowed("--output", "csv", "text or json with --cost")},
		{"plan main --output yaml", notAllowed("--output", "yaml", "text, json or csv")},
		{"status main --output csv", notAllowed("--output", "csv", "text or json")},
		{"changes main --last 0", notAllowed("--last", "0", "a whole number from 1 to 1000")},
		{"changes main --outcome lost", notAllowed("--outcome", "lost", "UPDATED, UNCHANGED, NOT_FOUND, AMBIGUOUS, INVALID_ID, REJECTED, FAILED, GONE, OPEN")},
		{"changes main --since soon --separator pipe", notAllowed("--since", "soon", "a time such as 2026-11-21T00:00:00Z, or a duration above 0s such as 24h") + "\n" +
			notAllowed("--separator", "pipe", "semicolon, comma or tab")},
		{"changes main --pass x --passes", notAllowed("--pass", "x", "nothing together with --last or --passes")},
		{"apply main", "usage: starter apply -f FILE; got 1 arguments"},
		{"check main", "usage: starter check; got 1 arguments"},
		{"setup main", "usage: starter setup; got 1 arguments"},
		{"report", "usage: starter report TYPE ID; got 0 arguments"},
		{"report full", "usage: starter report TYPE ID; got 1 arguments"},
		{"report full 0012345673 --dialect person", notAllowed("--dialect", "person", "vehicle or entity")},
		{"report full 0012345673 --dialect", "--dialect is missing; allowed: words for the states of sources: vehicle or entity"},
		{"report full 0012345673 --wait", "--wait is not a flag of starter report; allowed: --address, --dialect, --help, --namespace, --no-wait, --output, --quiet, --refresh, --task-queue"},
		{"report full 0012345674", notAllowed("ID", "0012345674", "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits; it has a wrong check digit")},
		{"report full 012345673", notAllowed("ID", "012345673", "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits; it has 9 digits instead of 10 or 12; was a leading zero lost?")},
		{"report Full 100000000001x", notAllowed("TYPE", "Full", "1 to 60 characters a-z, 0-9 and hyphen, a letter first") + "\n" +
			notAllowed("ID", "100000000001x", "an INN of 10 or 12 digits or an OGRN of 13 or 15, with its check digits; it has characters other than the digits 0 to 9")},
	}
	for _, verb := range []string{"changes", "plan", "approve", "delete", "pause", "refuse", "resume", "retry", "stop", "trigger"} {
		tests = append(tests,
			struct{ give, want string }{verb, "usage: starter " + verb + " ID; got 0 arguments"},
			struct{ give, want string }{verb + " a b", "usage: starter " + verb + " ID; got 2 arguments"})
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(tt.give)
			requireUsage(t, starter(t, nil, "", args...), tt.want)
			t.Run("as JSON", func(t *testing.T) {
				if strings.Contains(tt.give, "-o") {
					t.Skip("has an output of its own")
				}
				got := starter(t, nil, "", append(args, "-o", "json")...)
				if strings.HasSuffix(tt.give, "--timeout") || strings.HasSuffix(tt.give, "-f") || strings.HasSuffix(tt.give, "--dialect") {
					return // takes -o for its value
				}
				requireJSONError(t, got, cli.Usage, tt.want, "")
			})
		})
	}
	t.Run("empty ID", func(t *testing.T) {
		t.Parallel()
		requireUsage(t, starter(t, nil, "", "status", ""), "usage: starter status [ID]; got an empty argument")
		requireUsage(t, starter(t, nil, "", "delete", " "), "usage: starter delete ID; got an empty argument")
	})
}

// requireJSONError requires that a command failed with one JSON object on standard error and nothing else.
func requireJSONError(t *testing.T, got result, status int, text, hint string) {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stderr), &object), got.stderr)
	require.Equal(t, map[string]any{"error": text, "hint": hint, "exitStatus": float64(status)}, object)
	require.Empty(t, got.stdout)
	require.Equal(t, status, got.status)
}

func TestWrongEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.prod]\naddress = \"nowhere\"\n"), 0o600))
	broken := filepath.Join(dir, "broken.toml")
	require.NoError(t, os.WriteFile(broken, []byte("address: x\n"), 0o600))
	const queue = "1 to 200 printable characters without blanks"
	tests := []struct {
		name string
		give environment
		want []string
	}{
		{"address", environment{"TEMPORAL_ADDRESS": "rubbish"}, []string{notAllowed("TEMPORAL_ADDRESS", "rubbish", hostPort)}},
		{"profile", environment{"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "test"}, []string{notAllowed("TEMPORAL_PROFILE", "test", "prod")}},
		{"profile file", environment{"TEMPORAL_CONFIG_FILE": broken}, []string{
			notAllowed("TEMPORAL_CONFIG_FILE", broken, "a TOML file of profiles that can be read; toml: line 1: expected '.' or '=', but got ':' instead")}},
		{"TLS", environment{"TEMPORAL_TLS": "on"}, []string{notAllowed("TEMPORAL_TLS", "on", "true or false")}},
		{"task queue", environment{"TASK_QUEUE": "two words"}, []string{notAllowed("TASK_QUEUE", "two words", queue)}},
		{"two at once", environment{"TEMPORAL_ADDRESS": ":1", "TASK_QUEUE": "a\tb"}, []string{
			notAllowed("TEMPORAL_ADDRESS", ":1", hostPort), notAllowed("TASK_QUEUE", `a\tb`, queue+"; it has line breaks or other control characters")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, tt.give, "id: main\n", "apply", "-f", "-"), tt.want...)
			requireUsage(t, starter(t, tt.give, "", "status"), tt.want...)
			requireJSONError(t, starter(t, tt.give, "", "status", "-o", "json"), cli.Usage, strings.Join(tt.want, "\n"), "")
		})
	}
}

func TestTemporalIsDown(t *testing.T) {
	t.Parallel()
	const hint = "check that the server runs, and TEMPORAL_ADDRESS"
	for _, command := range []string{"apply -f -", "status", "status main --watch", "status main --sources", "trigger main --wait", "trigger main --rejected", "plan main", "changes main", "pause main", "resume main", "retry main", "rewind main --to 7", "stop main", "delete main", "setup", "setup --check", "report full 0012345673", "replay", "replay --workflow-id x"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			address := nobody(t)
			args := append(strings.Fields(command), "--address", address)
			got := starter(t, nil, "id: main\n", args...)
			require.Equal(t, cli.Failed, got.status)
			require.Empty(t, got.stdout)
			lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
			require.Len(t, lines, 2)
			require.Contains(t, lines[0], "Temporal at "+address+" does not answer: ")
			require.Equal(t, "hint: "+hint, lines[1])

			got = starter(t, nil, "id: main\n", append(args, "-o", "json")...)
			var object struct{ Error string }
			require.NoError(t, json.Unmarshal([]byte(got.stderr), &object), got.stderr)
			requireJSONError(t, got, cli.Failed, object.Error, hint)
		})
	}
}

func TestInterruptedSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, command := range []string{"status", "check"} {
		var out, errs bytes.Buffer
		status := cli.Run(ctx, []string{command}, cli.IO{
			In: strings.NewReader(""), Out: &out, Err: &errs, ReadFile: os.ReadFile, Now: time.Now,
			Env: workerEnv(environment{"TEMPORAL_ADDRESS": nobody(t), "TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none")}),
		})
		require.Equal(t, cli.Failed, status)
		require.Empty(t, out.String())
		require.Equal(t, "interrupted\n", errs.String())
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	const end = "\nExit status: 0 done, 1 failed, 2 wrong usage or configuration (nothing was changed).\n"
	for _, verb := range append([]string{"", "callers", "callers new"}, verbs...) {
		t.Run("starter "+verb, func(t *testing.T) {
			t.Parallel()
			got := starter(t, nil, "", append(strings.Fields(verb), "--help")...)
			require.Equal(t, cli.Done, got.status)
			require.Empty(t, got.stderr)
			require.True(t, strings.HasSuffix(got.stdout, end), got.stdout)
			require.Contains(t, got.stdout, "Examples:\n  starter "+verb)
			require.Equal(t, got, starter(t, nil, "", append([]string{"help"}, strings.Fields(verb)...)...))
			for line := range strings.Lines(got.stdout) {
				require.LessOrEqual(t, len([]rune(line)), 121, line)
			}
		})
	}
	t.Run("lists every command with what it does", func(t *testing.T) {
		t.Parallel()
		help := starter(t, nil, "").stdout
		require.Equal(t, starter(t, nil, "", "--help").stdout, help)
		for _, verb := range verbs {
			require.Regexp(t, `(?m)^  `+verb+` +[A-Z].+$`, help)
		}
	})
}
