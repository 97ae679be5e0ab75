package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/cli"
)

const (
	alfrescoAllowed = "an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query"
	password        = "pa55-of-the-test"
	key             = "k3y-of-the-test"
)

// workerEnv is the least that a worker needs, with changes.
func workerEnv(changes environment) environment {
	env := environment{"ALFRESCO_URL": "http://127.0.0.1:1/alfresco", "ALFRESCO_USER": "sync", "ALFRESCO_PASSWORD": password, "KONTUR_KEY": key, "KONTUR_URL": "http://127.0.0.1:1"}
	for name, value := range changes {
		env[name] = value
	}
	return env
}

func TestCheckRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		return file
	}
	none := filepath.Join(dir, "none.json")
	empty := write("empty.json", "{}")
	broken := write("broken.json", "{")
	tests := []struct {
		name string
		give environment
		args []string
		want []string
	}{
		{"an empty environment", environment{"ALFRESCO_URL": "", "ALFRESCO_USER": "", "ALFRESCO_PASSWORD": "", "KONTUR_KEY": ""}, nil, []string{
			"ALFRESCO_URL is missing; allowed: " + alfrescoAllowed,
			"ALFRESCO_USER is missing; allowed: a user name on one line, without a colon",
			"ALFRESCO_PASSWORD is missing; allowed: a password on one line, here or in a file that ALFRESCO_PASSWORD_FILE names",
			"KONTUR_KEY is missing; allowed: a key on one line, here or in a file that KONTUR_KEY_FILE names",
		}},
		{"settings, Temporal and the file at once", environment{"ALFRESCO_URL": "http://ecm.example.org/share", "TEMPORAL_ADDRESS": "x"}, []string{"-f", none}, []string{
			notAllowed("ALFRESCO_URL", "http://ecm.example.org/share", alfrescoAllowed),
			notAllowed("TEMPORAL_ADDRESS", "x", hostPort),
			notAllowed("--file", none, "a file that can be read; no such file or directory"),
		}},
		{"rate", environment{"KONTUR_RPS": "0"}, nil, []string{notAllowed("KONTUR_RPS", "0", "a number from 0.1 to 1000")}},
		{"password file", environment{"ALFRESCO_PASSWORD": "", "ALFRESCO_PASSWORD_FILE": none}, nil, []string{
			notAllowed("ALFRESCO_PASSWORD_FILE", none, "a file with a password on one line; there is no such file")}},
		{"a key that can't be one", environment{"KONTUR_KEY": "two words"}, nil, []string{notAllowed("KONTUR_KEY", "***", "a key without spaces and line breaks")}},
		{"no mapping file", environment{"MAPPING_FILE": none}, nil, []string{notAllowed("MAPPING_FILE", none, "a file that can be read; no such file or directory")}},
		{"a directory for a mapping", environment{"MAPPING_FILE": dir}, nil, []string{notAllowed("MAPPING_FILE", dir, "a file that can be read; is a directory")}},
		{"a mapping with nothing in it", environment{"MAPPING_FILE": empty}, nil, []string{
			"MAPPING_FILE " + empty + ": identity is missing; allowed: an object with inn, ogrn, kpp",
			"MAPPING_FILE " + empty + ": attributes is missing; allowed: a list of at least one entry {attribute, source, value, branch, write, absent}",
		}},
		{"a mapping that is no JSON", environment{"MAPPING_FILE": broken}, nil, []string{"MAPPING_FILE " + broken + ": JSON: unexpected end of JSON input at character 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, workerEnv(tt.give), "", append([]string{"check"}, tt.args...)...), tt.want...)
		})
	}
}

func TestCheckTellsWhatIsDownAndHowToMendIt(t *testing.T) {
	t.Parallel()
	got := starter(t, workerEnv(environment{"ALFRESCO_PASWORD": password}), "", "check")
	require.Equal(t, cli.Failed, got.status)
	require.Equal(t, "ALFRESCO_PASWORD is not a setting and has no effect; did you mean ALFRESCO_PASSWORD?\n", got.stderr)
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	require.Len(t, lines, 8)
	for i, want := range []string{
		`^temporal +WRONG  Temporal at .* does not answer: `, `^ +hint: check that the server runs, and TEMPORAL_ADDRESS$`,
		`^alfresco +WRONG  alfresco discovery: `, `^ +hint: check that Alfresco runs and that ALFRESCO_URL is right$`,
		`^kontur +WRONG  ask Kontur.Focus stat: `, `^ +hint: if it lasts, check the network, the proxy and KONTUR_URL$`,
		`^mapping +ok +13 attributes$`, `^reports +ok +2 types: requisites, full$`,
	} {
		require.Regexp(t, want, lines[i])
	}
	require.NotContains(t, got.stdout+got.stderr, password)
	require.NotContains(t, got.stdout+got.stderr, key)
}

func TestCheckWarnsOfPlainHTTP(t *testing.T) {
	t.Parallel()
	got := starter(t, workerEnv(environment{"KONTUR_URL": "http://0.0.0.0:1"}), "", "check")
	require.Equal(t, cli.Failed, got.status)
	require.Equal(t, "KONTUR_URL is http, and not on this machine: key and answers can be read and changed on the way; use https\n", got.stderr)
}

func TestCheckWarnsOfQuotes(t *testing.T) {
	t.Parallel()
	got := starter(t, workerEnv(environment{"ALFRESCO_PASSWORD": `"` + password + `"`}), "", "check")
	require.Equal(t, cli.Failed, got.status)
	require.Equal(t, "ALFRESCO_PASSWORD has a value in quotes, and they are part of it: docker's --env-file keeps what a shell takes off\n", got.stderr)
}

func TestCheckAsJSON(t *testing.T) {
	t.Parallel()
	got := starter(t, workerEnv(nil), "", "check", "-o", "json", "-q")
	require.Equal(t, cli.Failed, got.status)
	require.Empty(t, got.stderr)
	var findings []map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &findings))
	require.Len(t, findings, 5)
	require.Equal(t, map[string]any{"name": "mapping", "ok": true, "text": "13 attributes"}, findings[3])
	for _, f := range findings[:3] {
		require.Equal(t, false, f["ok"])
		require.NotEmpty(t, f["text"])
		require.NotEmpty(t, f["hint"])
	}
}
