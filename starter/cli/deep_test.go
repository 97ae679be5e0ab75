package cli_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/starter/cli"
)

// simulators are both systems, with three nodes whose companies are known, and the environment that leads to them.
func simulators(t *testing.T) (*alfrescotest.Server, *konturtest.Server, environment) {
	t.Helper()
	a := alfrescotest.NewServer(t)
	k := konturtest.NewServer(t)
	for n := 1; n <= 3; n++ {
		company := konturtest.Invented(n)
		k.AddCompany(company)
		a.Add(alfrescotest.Node{CreatedAt: now, Properties: map[string]any{"idocs:inn": company.INN, "idocs:fullOrganizationName": company.FullName}})
	}
	return a, k, environment{"ALFRESCO_URL": a.URL(), "ALFRESCO_USER": alfrescotest.DefaultUser, "ALFRESCO_PASSWORD": alfrescotest.DefaultPassword,
		"KONTUR_URL": k.URL(), "KONTUR_KEY": k.Key(), "KONTUR_RPS": "1000"}
}

func TestDeepCheckShowsATable(t *testing.T) {
	t.Parallel()
	a, k, env := simulators(t)
	got := starter(t, env, "id: main\n", "check", "--deep", "main", "-f", "-", "--identifiers", "2")
	require.Equal(t, cli.Done, got.status, got.stdout+got.stderr)
	require.Equal(t, "Kontur.Focus is asked about at most 2 identifiers of nodes, by req: what it charges for is what it has not answered in this period yet\n", got.stderr)
	require.Regexp(t, `^FACT +EXPECTED +SEEN +TIME +FOLLOWS\n`, got.stdout)
	require.Regexp(t, regexp.MustCompile(`(?m)^alfresco\.search-order +nodes in the order of their dbid +.* +0s +ok$`), got.stdout)
	require.Regexp(t, regexp.MustCompile(`(?m)^alfresco\.attribute idocs:inn +in the content model, writable +d:text +0s +ok$`), got.stdout)
	require.Regexp(t, regexp.MustCompile(`(?m)^kontur\.batch req +.* 2 items for 2 identifiers, 0 others +0s +ok$`), got.stdout)
	require.Empty(t, a.Writes())
	require.Equal(t, 2, k.Spent("req"))
}

func TestDeepCheckFailsWhereAPassWould(t *testing.T) {
	t.Parallel()
	a, k, env := simulators(t)
	a.SetReadOnly(true)
	got := starter(t, env, "id: main\n", "check", "--deep", "main", "-f", "-", "--identifiers", "0", "-o", "json", "-q")
	require.Equal(t, cli.Failed, got.status)
	require.Empty(t, got.stderr)
	var facts []map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &facts))
	require.Equal(t, map[string]any{"id": "alfresco.repository", "expected": "answers, logs in, takes writes", "seen": "alfresco discovery: status 200: the repository is read-only",
		"verdict": "differs", "follows": "the repository takes no writes: an administrator has to end the read-only mode or renew the licence", "breaks": true, "milliseconds": 0.0}, facts[0])
	require.Equal(t, []string{"stat"}, methodsAsked(k), "0 identifiers are none")
}

func methodsAsked(k *konturtest.Server) []string {
	var asked []string
	for _, r := range k.Requests() {
		asked = append(asked, r.Method)
	}
	return asked
}

func TestDeepCheckRecords(t *testing.T) {
	t.Parallel()
	_, k, env := simulators(t)
	file := filepath.Join(t.TempDir(), "main.jsonl")
	args := []string{"check", "--deep", "main", "-f", "-", "--record", file}
	got := starter(t, env, "id: main\n", args...)
	require.Equal(t, cli.Done, got.status, got.stderr)
	require.Regexp(t, `main\.jsonl has \d+ exchanges; values are masked`, got.stderr)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(text), k.Key())
	require.NotContains(t, string(text), konturtest.Invented(1).INN)
	recording, err := exchange.Read(strings.NewReader(string(text)))
	require.NoError(t, err)
	require.Equal(t, "rest", recording.About.Settings["ALFRESCO_API"])
	require.Equal(t, now, recording.About.At)
	asked := k.Count()
	requireUsage(t, starter(t, env, "id: main\n", args...), notAllowed("--record", file, "a file that is not there yet and can be made; file exists"))
	require.Equal(t, asked, k.Count(), "it is refused before anything is asked")
}

func TestDeepCheckRefusesWrongUsage(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "no", "x.jsonl")
	tests := []struct {
		args string
		want []string
	}{
		{"--record x", []string{"--record needs --deep ID"}},
		{"--identifiers 3", []string{"--identifiers needs --deep ID"}},
		{"--deep= --record x", []string{"--record needs --deep ID", `--deep: "" is not allowed; allowed: the id of a sync`}},
		{"--deep main --identifiers 101", []string{notAllowed("--identifiers", "101", "a whole number from 0 to 100")}},
		{"--deep main --identifiers -1", []string{notAllowed("--identifiers", "-1", "a whole number from 0 to 100")}},
		{"--deep other -f -", []string{notAllowed("--deep", "other", "main, which is the id in -")}},
		{"--deep main -f - --record " + nowhere, []string{notAllowed("--record", nowhere, "a file that is not there yet and can be made; no such file or directory")}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, workerEnv(nil), "id: main\n", append([]string{"check"}, strings.Fields(tt.args)...)...), tt.want...)
		})
	}
}
