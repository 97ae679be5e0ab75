package main

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur/methods"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	password = "pa55-of-the-test"
	key      = "k3y-of-the-test"
)

// variables are an environment.
type variables map[string]string

func (v variables) LookupEnv(name string) (string, bool) { value, ok := v[name]; return value, ok }

func (v variables) Environ() []string {
	var list []string
	for name, value := range v {
		list = append(list, name+"="+value)
	}
	return list
}

// settings are the least that a worker needs, with changes. Nobody listens anywhere.
func settings(t *testing.T, changes variables) variables {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	all := variables{
		"TEMPORAL_ADDRESS": listener.Addr().String(), "TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none"),
		"ALFRESCO_URL": "http://127.0.0.1:1/alfresco", "ALFRESCO_USER": "sync", "ALFRESCO_PASSWORD": password,
		"KONTUR_URL": "http://127.0.0.1:1", "KONTUR_KEY": key, "HTTP_ADDR": "127.0.0.1:0",
	}
	maps.Copy(all, changes)
	return all
}

// start runs the worker and returns its exit status and what it wrote.
func start(ctx context.Context, env variables, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(ctx, args, process{stdout: &out, stderr: &errs, env: env, readFile: os.ReadFile})
	return status, out.String(), errs.String()
}

func notAllowed(name, value, allowed string) string {
	return name + `: "` + value + `" is not allowed; allowed: ` + allowed
}

func TestRunRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	mapping := filepath.Join(dir, "mapping.json")
	require.NoError(t, os.WriteFile(mapping, []byte(`{"identity":{"inn":["idocs:inn"],"ogrn":["idocs:ogrn"],"kpp":["idocs:kpp"]},"attributes":[
		{"attribute":"idocs:kpp","source":"rek","value":".UL.kpp","write":"always"},
		{"attribute":"kpp","source":"req","value":".UL.kpp","write":"often"}]}`), 0o600))
	profile := filepath.Join(dir, "temporal.toml")
	require.NoError(t, os.WriteFile(profile, []byte("[profile.prod]\naddress = \"127.0.0.1:7233\"\n"), 0o600))
	const alfresco = "an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query"
	const kontur = "an http or https address such as https://focus-api.kontur.ru, without /api3, user, password and query"
	const rps = "a number from 0.1 to 1000"
	const concurrency = "a whole number from 1 to 64"
	const hostPort = "host:port, such as 127.0.0.1:7233"
	const address = "host:port such as :8080 or 127.0.0.1:8080, or off"
	const stop = "a duration from 1s to 1h such as 30s"
	tests := []struct {
		name string
		give variables
		want []string
	}{
		{"nothing set", variables{"ALFRESCO_URL": "", "ALFRESCO_USER": "", "ALFRESCO_PASSWORD": "", "KONTUR_KEY": ""}, []string{
			"ALFRESCO_URL is missing; allowed: " + alfresco,
			"ALFRESCO_USER is missing; allowed: a user name on one line, without a colon",
			"ALFRESCO_PASSWORD is missing; allowed: a password on one line, here or in a file that ALFRESCO_PASSWORD_FILE names",
			"KONTUR_KEY is missing; allowed: a key on one line, here or in a file that KONTUR_KEY_FILE names",
		}},
		{"task queue", variables{"TASK_QUEUE": "two words"}, []string{notAllowed("TASK_QUEUE", "two words", "1 to 200 printable characters without blanks")}},
		{"address of Alfresco", variables{"ALFRESCO_URL": "http://sync:" + password + "@ecm.example.org/share"}, []string{notAllowed("ALFRESCO_URL", "http://***@ecm.example.org/share", alfresco)}},
		{"user with a password", variables{"ALFRESCO_USER": "sync:" + password}, []string{notAllowed("ALFRESCO_USER", "sync:***", "a user name on one line, without a colon")}},
		{"password twice", variables{"ALFRESCO_PASSWORD_FILE": none}, []string{notAllowed("ALFRESCO_PASSWORD_FILE", none, "either ALFRESCO_PASSWORD or ALFRESCO_PASSWORD_FILE, not both")}},
		{"way to log in", variables{"ALFRESCO_AUTH": "digest"}, []string{notAllowed("ALFRESCO_AUTH", "digest", "basic or ticket")}},
		{"requests to Alfresco", variables{"ALFRESCO_CONCURRENCY": "0"}, []string{notAllowed("ALFRESCO_CONCURRENCY", "0", concurrency)}},
		{"address of Kontur.Focus", variables{"KONTUR_URL": "https://focus-api.kontur.ru/api3?key=" + key}, []string{notAllowed("KONTUR_URL", "https://focus-api.kontur.ru/api3?***", kontur)}},
		{"key with a blank", variables{"KONTUR_KEY": "two words"}, []string{notAllowed("KONTUR_KEY", "***", "a key without spaces and line breaks")}},
		{"file of the key", variables{"KONTUR_KEY": "", "KONTUR_KEY_FILE": none + "/"}, []string{notAllowed("KONTUR_KEY_FILE", none+"/", "a file with a key on one line; there is no such file")}},
		{"rate", variables{"KONTUR_RPS": "fast"}, []string{notAllowed("KONTUR_RPS", "fast", rps)}},
		{"requests to Kontur.Focus", variables{"KONTUR_CONCURRENCY": "65"}, []string{notAllowed("KONTUR_CONCURRENCY", "65", concurrency)}},
		{"no mapping", variables{"MAPPING_FILE": none}, []string{notAllowed("MAPPING_FILE", none, "a file that can be read; no such file or directory")}},
		{"mapping", variables{"MAPPING_FILE": mapping}, []string{
			"MAPPING_FILE " + mapping + ": " + notAllowed("entry 1 (idocs:kpp) source", "rek", strings.Join(methods.All(), ", ")),
			"MAPPING_FILE " + mapping + ": " + notAllowed("entry 2 (kpp) attribute", "kpp", "a name such as idocs:kpp"),
			"MAPPING_FILE " + mapping + ": " + notAllowed("entry 2 (kpp) write", "often", "always, ifEmpty, ifOurs, never"),
		}},
		{"address to listen on", variables{"HTTP_ADDR": "8080"}, []string{notAllowed("HTTP_ADDR", "8080", address)}},
		{"level", variables{"LOG_LEVEL": "loud"}, []string{notAllowed("LOG_LEVEL", "loud", "debug, info, warn or error")}},
		{"format", variables{"LOG_FORMAT": "xml"}, []string{notAllowed("LOG_FORMAT", "xml", "json or console")}},
		{"time to stop", variables{"STOP_TIMEOUT": "0s"}, []string{notAllowed("STOP_TIMEOUT", "0s", stop)}},
		{"address of Temporal", variables{"TEMPORAL_ADDRESS": "temporal"}, []string{notAllowed("TEMPORAL_ADDRESS", "temporal", hostPort)}},
		{"profile", variables{"TEMPORAL_CONFIG_FILE": profile, "TEMPORAL_PROFILE": "test"}, []string{notAllowed("TEMPORAL_PROFILE", "test", "prod")}},
		{"all at once", variables{"KONTUR_RPS": "0", "STOP_TIMEOUT": "5", "TEMPORAL_ADDRESS": "x"}, []string{
			notAllowed("KONTUR_RPS", "0", rps), notAllowed("STOP_TIMEOUT", "5", stop), notAllowed("TEMPORAL_ADDRESS", "x", hostPort)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := start(t.Context(), settings(t, tt.give))
			require.Equal(t, strings.Join(tt.want, "\n")+"\n", stderr)
			require.Empty(t, stdout)
			require.Equal(t, 2, status)
			require.NotContains(t, stderr, password)
			require.NotContains(t, stderr, key)
		})
	}
}

func TestRunRefusesArguments(t *testing.T) {
	t.Parallel()
	for _, give := range []string{"--port 8080", "start", "--help me", "--version --help", "-v"} {
		t.Run(give, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := start(t.Context(), settings(t, nil), strings.Fields(give)...)
			require.Equal(t, give+" is not allowed; allowed: --healthcheck, --help, --version; settings are environment variables\n", stderr)
			require.Empty(t, stdout)
			require.Equal(t, 2, status)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	// The settings have a golden file of their own, in internal/config.
	golden := filepath.Join("testdata", "help.golden.txt")
	for _, flag := range []string{"--help", "-h"} {
		status, stdout, stderr := start(t.Context(), variables{}, flag)
		require.Zero(t, status)
		require.Empty(t, stderr)
		got := strings.Replace(stdout, config.Usage(), "(the settings)\n", 1)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), got)
	}
	status, stdout, _ := start(t.Context(), variables{}, "--version")
	require.Zero(t, status)
	require.Equal(t, "worker "+version+"\n", stdout)
}

// until is a writer that calls then when text appears in what was written.
type until struct {
	bytes.Buffer
	text string
	then func()
}

func (u *until) Write(b []byte) (int, error) {
	if strings.Contains(string(b), u.text) {
		u.then()
	}
	return u.Buffer.Write(b)
}

func TestRunWaitsForTemporalAndStopsWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	callers := filepath.Join(t.TempDir(), "callers.yaml")
	require.NoError(t, os.WriteFile(callers, []byte("callers: [{name: crm, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}]"), 0o600))
	require.NoError(t, os.Chmod(callers, 0o644)) // whatever the umask
	env := settings(t, variables{"ALFRESCO_PASWORD": password, "ALFRESCO_URL": "http://0.0.0.0:1/alfresco", "REPORTS_CALLERS_FILE": callers, "TEMPORAL_NAMESPACE": `"default"`})
	// The worker stops logging before run returns, so that nothing is written while the buffer is read.
	stderr := &until{text: "does not answer", then: cancel}
	status := run(ctx, nil, process{stdout: &bytes.Buffer{}, stderr: stderr, env: env, readFile: os.ReadFile})
	require.Zero(t, status)
	said := stderr.String()
	require.Contains(t, said, "Temporal at "+env["TEMPORAL_ADDRESS"]+" does not answer")
	require.Contains(t, said, `"hint":"check that the server runs, and TEMPORAL_ADDRESS"`)
	require.Contains(t, said, "ALFRESCO_PASWORD is not a setting and has no effect; did you mean ALFRESCO_PASSWORD?")
	require.Contains(t, said, `"a value has quotes around it","found":"TEMPORAL_NAMESPACE has a value in quotes, and they are part of it: `)
	require.Contains(t, said, `"a setting is not safe","found":"ALFRESCO_URL is http, and not on this machine: `)
	require.Contains(t, said, `"a setting is not safe","found":"REPORTS_CALLERS_FILE can be read by others than its owner`)
	require.NotContains(t, said, "KONTUR_URL is http", "it is this machine's")
	require.NotContains(t, said, password)
	require.NotContains(t, said, key)
}

func TestRunStoppedWhileItConnectsIsNoFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, _, stderr := start(ctx, settings(t, nil))
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
}
