package config_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The secrets of these tests. No message may have them.
const (
	password = "pa55-of-the-test"
	key      = "k3y-of-the-test"
	// webhookSecret is as short as one may be.
	webhookSecret = "s3cret-of-the-test-0"
)

// need is the least environment that works.
func need() map[string]string {
	return map[string]string{
		"ALFRESCO_URL": "http://ecm.example.org:8080/alfresco", "ALFRESCO_USER": "sync", "ALFRESCO_PASSWORD": password, "KONTUR_KEY": key,
	}
}

func loadWorker(environment, files map[string]string) (config.Worker, error) {
	readFile := func(name string) ([]byte, error) {
		switch content, ok := files[name]; {
		case ok:
			return []byte(content), nil
		case name == "/run/forbidden":
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		case name == "/run":
			return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return config.LoadWorker(connect.Variables(environment), readFile)
}

func TestLoadWorkerDefaults(t *testing.T) {
	t.Parallel()
	w, err := loadWorker(need(), nil)
	require.NoError(t, err)
	require.Equal(t, password, w.AlfrescoPassword.Reveal())
	require.Equal(t, key, w.KonturKey.Reveal())
	// Secrets hold functions, which can't be compared.
	w.AlfrescoPassword, w.KonturKey = config.Worker{}.AlfrescoPassword, config.Worker{}.KonturKey
	require.Equal(t, config.Worker{
		TaskQueue:   "counterparty-sync",
		AlfrescoURL: "http://ecm.example.org:8080/alfresco", AlfrescoUser: "sync", AlfrescoAuth: "basic", AlfrescoAPI: "rest",
		AlfrescoLanguages: []string{"ru", "en"}, AlfrescoConcurrency: 8,
		KonturURL: "https://focus-api.kontur.ru", KonturRequestsPerSecond: 5, KonturConcurrency: 1, KonturMonitoringDate: "since",
		HTTPAddr: "127.0.0.1:8080", MetricsSyncsInterval: 30 * time.Second, MetricsQuotaInterval: 15 * time.Minute, LogLevel: "info", LogFormat: "json", StopTimeout: 25 * time.Second,
		ReportsDialect: "entity", ReportsPercent: 50, ReportsRate: 50, ReportsCallerRate: 25, ReportsMaxRunning: 100, ReportsQuotaReserve: "off",
		VersioningBehavior: "auto-upgrade",
	}, w)
}

func TestLoadWorkerAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        any
		got         func(config.Worker) any
	}{
		{"REPORTS_DIALECT", " Vehicle ", "vehicle", func(w config.Worker) any { return w.ReportsDialect }},
		{"TASK_QUEUE", "counterparty-sync/test", "counterparty-sync/test", func(w config.Worker) any { return w.TaskQueue }},
		{"ALFRESCO_URL", "https://ecm.example.org/alfresco/", "https://ecm.example.org/alfresco", func(w config.Worker) any { return w.AlfrescoURL }},
		{"ALFRESCO_URL", " http://[::1]:8080/alfresco ", "http://[::1]:8080/alfresco", func(w config.Worker) any { return w.AlfrescoURL }},
		{"ALFRESCO_PASSWORD", " пароль: \"x\"@ ", " пароль: \"x\"@ ", func(w config.Worker) any { return w.AlfrescoPassword.Reveal() }},
		{"ALFRESCO_AUTH", "Ticket", "ticket", func(w config.Worker) any { return w.AlfrescoAuth }},
		{"ALFRESCO_LANGUAGES", "ru-RU, zh-Hant-TW,en", []string{"ru-RU", "zh-Hant-TW", "en"}, func(w config.Worker) any { return w.AlfrescoLanguages }},
		{"ALFRESCO_CONCURRENCY", "64", 64, func(w config.Worker) any { return w.AlfrescoConcurrency }},
		{"KONTUR_URL", "http://127.0.0.1:8099/", "http://127.0.0.1:8099", func(w config.Worker) any { return w.KonturURL }},
		{"KONTUR_URL", "", "https://focus-api.kontur.ru", func(w config.Worker) any { return w.KonturURL }},
		{"KONTUR_RPS", "0.1", 0.1, func(w config.Worker) any { return w.KonturRequestsPerSecond }},
		{"KONTUR_RPS", "1000", 1000.0, func(w config.Worker) any { return w.KonturRequestsPerSecond }},
		{"MAPPING_FILE", "/etc/sync/mapping.json", "/etc/sync/mapping.json", func(w config.Worker) any { return w.MappingFile }},
		{"REPORT_TYPES_FILE", "/etc/sync/reports.yaml", "/etc/sync/reports.yaml", func(w config.Worker) any { return w.ReportTypesFile }},
		{"REPORTS_WEBHOOK_HOSTS", "CRM.example.org, 127.0.0.1:8090,[::1]:80", []string{"crm.example.org", "127.0.0.1:8090", "[::1]:80"}, func(w config.Worker) any { return w.ReportsWebhookHosts }},
		{"REPORTS_SHARE", "25%", 25, func(w config.Worker) any { return w.ReportsPercent }},
		{"REPORTS_MAX_RUNNING", "500", 500, func(w config.Worker) any { return w.ReportsMaxRunning }},
		{"REPORTS_RATE", "200", 200, func(w config.Worker) any { return w.ReportsRate }},
		{"REPORTS_CALLER_RATE", "1", 1, func(w config.Worker) any { return w.ReportsCallerRate }},
		{"REPORTS_QUOTA_RESERVE", "2.5%", pass.Reserve("2.5%"), func(w config.Worker) any { return w.ReportsQuotaReserve }},
		{"REPORTS_QUOTA_RESERVE", "OFF", pass.NoReserve, func(w config.Worker) any { return w.ReportsQuotaReserve }},
		{"REPORTS_WEBHOOK_SECRET", webhookSecret + " é", webhookSecret + " é", func(w config.Worker) any { return w.ReportsWebhookSecret.Reveal() }},
		{"REPORTS_WEBHOOK_HTTP", "", false, func(w config.Worker) any { return w.ReportsWebhookHTTP }},
		{"REPORTS_WEBHOOK_HTTP", "True", true, func(w config.Worker) any { return w.ReportsWebhookHTTP }},
		{"HTTP_ADDR", "127.0.0.1:0", "127.0.0.1:0", func(w config.Worker) any { return w.HTTPAddr }},
		{"HTTP_ADDR", "OFF", "", func(w config.Worker) any { return w.HTTPAddr }},
		{"METRICS_SYNCS_INTERVAL", "5s", 5 * time.Second, func(w config.Worker) any { return w.MetricsSyncsInterval }},
		{"METRICS_SYNCS_INTERVAL", "off", time.Duration(0), func(w config.Worker) any { return w.MetricsSyncsInterval }},
		{"METRICS_QUOTA_INTERVAL", "1h", time.Hour, func(w config.Worker) any { return w.MetricsQuotaInterval }},
		{"METRICS_QUOTA_INTERVAL", "Off", time.Duration(0), func(w config.Worker) any { return w.MetricsQuotaInterval }},
		{"LOG_LEVEL", "DEBUG", "debug", func(w config.Worker) any { return w.LogLevel }},
		{"LOG_FORMAT", "console", "console", func(w config.Worker) any { return w.LogFormat }},
		{"AUDIT_VALUES", "", false, func(w config.Worker) any { return w.AuditValues }},
		{"AUDIT_VALUES", "True", true, func(w config.Worker) any { return w.AuditValues }},
		{"TEMPORAL_WORKER_BUILD_ID", "v1.2.0-3-gabc", "v1.2.0-3-gabc", func(w config.Worker) any { return w.BuildID }},
		{"VERSIONING_BEHAVIOR", "Pinned", "pinned", func(w config.Worker) any { return w.VersioningBehavior }},
		{"STOP_TIMEOUT", "1m30s", 90 * time.Second, func(w config.Worker) any { return w.StopTimeout }},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment["REPORTS_WEBHOOK_SECRET"] = webhookSecret
			environment[tt.name] = tt.value
			w, err := loadWorker(environment, nil)
			require.NoError(t, err)
			require.Equal(t, tt.want, tt.got(w))
		})
	}
}

func TestLoadWorkerRefuses(t *testing.T) {
	t.Parallel()
	const alfresco = "an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query"
	const kontur = "an http or https address such as https://focus-api.kontur.ru, without /api3, user, password and query"
	const address = "host:port such as :8080 or 127.0.0.1:8080, or off"
	const rps = "a number from 0.1 to 1000"
	const concurrency = "a whole number from 1 to 64"
	const hosts = "host names separated by commas, each with its port unless that is 80 or 443, such as crm.example.org,127.0.0.1:8090"
	const user = "a user name on one line, without a colon"
	const token = "a token of 20 to 512 characters that are not all the same: letters A to Z, digits and - . _ ~ + /, then perhaps =; "
	const signing = "a secret of 20 to 512 characters on one line that are not all the same; "
	const stop = "a duration from 1s to 1h such as 30s"
	tests := []struct{ name, give, shown, allowed string }{
		{"ALFRESCO_URL", "ecm.example.org/alfresco", "ecm.example.org/alfresco", alfresco},
		{"ALFRESCO_URL", "ftp://ecm.example.org/alfresco", "ftp://ecm.example.org/alfresco", alfresco},
		{"ALFRESCO_URL", "http:///alfresco", "http:///alfresco", alfresco},
		{"ALFRESCO_URL", "http://alfresco/", "http://alfresco/", alfresco},
		{"ALFRESCO_URL", "http://ecm.example.org/share", "http://ecm.example.org/share", alfresco},
		{"ALFRESCO_URL", "http://ecm.example.org/alfresco/api", "http://ecm.example.org/alfresco/api", alfresco},
		{"ALFRESCO_URL", "http://ecm.example.org:99999/alfresco", "http://ecm.example.org:99999/alfresco", alfresco},
		{"ALFRESCO_URL", "http://sync:" + password + "@ecm.example.org/alfresco", "http://***@ecm.example.org/alfresco", alfresco},
		{"ALFRESCO_URL", "http://sync:a?b@c#" + password + "@ecm.example.org/alfresco", "http://***@ecm.example.org/alfresco", alfresco},
		{"ALFRESCO_URL", "sync:" + password + "@ecm.example.org/alfresco", "***@ecm.example.org/alfresco", alfresco},
		{"ALFRESCO_URL", "http://ecm.example.org/alfresco?alf_ticket=" + password, "http://ecm.example.org/alfresco?***", alfresco},
		{"ALFRESCO_USER", "sync:" + password, "sync:***", user},
		{"ALFRESCO_USER", "sy\u200bnc", "sy\u200bnc", user + "; it has a character that can't be seen, U+200B"},
		{"ALFRESCO_USER", "sync\ufeff", "sync\ufeff", user + "; it has a character that can't be seen, U+FEFF"},
		{"ALFRESCO_USER", "\xf1\xe8\xed\xea", "\xf1\xe8\xed\xea", user + "; it is not UTF-8"},
		{"ALFRESCO_PASSWORD", "\ufeff" + password, "***", "a password on one line; it has a character that can't be seen, U+FEFF"},
		{"ALFRESCO_PASSWORD", password + "\u00a0", "***", "a password on one line; it has a character that can't be seen, U+00A0"},
		{"ALFRESCO_PASSWORD", password + "\xef\xf0", "***", "a password on one line; it is not UTF-8"},
		{"KONTUR_KEY", key[:5] + "\u200b" + key[5:], "***", "a key on one line; it has a character that can't be seen, U+200B"},
		{"REPORTS_TOKEN", strings.Repeat("token", 5) + "\u202c", "***", token + "it has a character that can't be seen, U+202C"},
		{"REPORTS_TOKEN", strings.Repeat("token", 5) + "!", "***", token + "it is shorter, longer, a single character repeated, or has other characters"},
		{"ALFRESCO_PASSWORD", password + "\nsecond line", "***", "a password on one line; it has line breaks or other control characters"},
		{"ALFRESCO_AUTH", "kerberos", "kerberos", "basic or ticket"},
		{"ALFRESCO_API", "cmis", "cmis", "rest or records"},
		{"ALFRESCO_LANGUAGES", "ru_RU", "ru_RU", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_LANGUAGES", "ru,", "ru,", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_LANGUAGES", "ru,RU", "ru,RU", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_LANGUAGES", "ru,ru", "ru,ru", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_LANGUAGES", "русский", "русский", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_LANGUAGES", "aa,ab,af,ak,am,an,ar,as,av", "aa,ab,af,ak,am,an,ar,as,av", "language tags separated by commas, each once and 8 at most, such as ru,en"},
		{"ALFRESCO_CONCURRENCY", "0", "0", concurrency},
		{"ALFRESCO_CONCURRENCY", "65", "65", concurrency},
		{"ALFRESCO_CONCURRENCY", "many", "many", concurrency},
		{"KONTUR_URL", "https://focus-api.kontur.ru/api3", "https://focus-api.kontur.ru/api3", kontur},
		{"KONTUR_URL", "https://focus-api.kontur.ru/?key=" + key, "https://focus-api.kontur.ru/?***", kontur},
		{"KONTUR_KEY", key + "\x00", "***", "a key on one line; it has line breaks or other control characters"},
		{"REPORTS_SHARE", "0%", "0%", "a share from 1% to 99% such as 25%"},
		{"REPORTS_SHARE", "100%", "100%", "a share from 1% to 99% such as 25%"},
		{"REPORTS_SHARE", "50", "50", "a share from 1% to 99% such as 25%"},
		{"REPORTS_MAX_RUNNING", "0", "0", "a whole number from 1 to 10000"},
		{"REPORTS_QUOTA_RESERVE", "100%", "100%", "a number such as 500, a share below 100% such as 5%, or off"},
		{"REPORTS_QUOTA_RESERVE", "-1", "-1", "a number such as 500, a share below 100% such as 5%, or off"},
		{"KONTUR_RPS", "0.05", "0.05", rps},
		{"KONTUR_RPS", "1001", "1001", rps},
		{"KONTUR_RPS", "NaN", "NaN", rps},
		{"KONTUR_RPS", "1e2", "1e2", rps},
		{"KONTUR_RPS", "5/s", "5/s", rps},
		{"KONTUR_CONCURRENCY", "1.5", "1.5", concurrency},
		{"MAPPING_FILE", "a\nb", "a\nb", "a path; it has line breaks or other control characters"},
		{"REPORT_TYPES_FILE", "a\nb", "a\nb", "a path; it has line breaks or other control characters"},
		{"REPORTS_WEBHOOK_HOSTS", "https://crm.example.org", "https://crm.example.org", hosts},
		{"REPORTS_WEBHOOK_HOSTS", "crm.example.org:http", "crm.example.org:http", hosts},
		{"REPORTS_WEBHOOK_HOSTS", "crm.example.org,", "crm.example.org,", hosts},
		{"REPORTS_WEBHOOK_HOSTS", "*.example.org", "*.example.org", hosts},
		{"REPORTS_WEBHOOK_HOSTS", "https://user@example.org/?t=" + key, "https://***@example.org/?***", hosts},
		{"REPORTS_WEBHOOK_SECRET", webhookSecret[:19], "***", signing + "it is shorter, longer, or a single character repeated"},
		{"REPORTS_WEBHOOK_SECRET", strings.Repeat("s", 30), "***", signing + "it is shorter, longer, or a single character repeated"},
		{"REPORTS_WEBHOOK_SECRET", webhookSecret + "\n", "***", signing + "it has line breaks or other control characters"},
		{"REPORTS_WEBHOOK_HTTP", "yes", "yes", "true or false"},
		{"HTTP_ADDR", "8080", "8080", address},
		{"HTTP_ADDR", ":http", ":http", address},
		{"HTTP_ADDR", ":65536", ":65536", address},
		{"METRICS_SYNCS_INTERVAL", "1s", "1s", "a duration from 5s to 1h such as 30s, or off"},
		{"METRICS_SYNCS_INTERVAL", "0", "0", "a duration from 5s to 1h such as 30s, or off"},
		{"METRICS_QUOTA_INTERVAL", "30s", "30s", "a duration from 1m to 24h such as 15m, or off"},
		{"LOG_LEVEL", "trace", "trace", "debug, info, warn or error"},
		{"LOG_FORMAT", "text", "text", "json or console"},
		{"AUDIT_VALUES", "no", "no", "true or false"},
		{"STOP_TIMEOUT", "30", "30", stop},
		{"STOP_TIMEOUT", "2h", "2h", stop},
		{"TEMPORAL_WORKER_BUILD_ID", "__unversioned__", "__unversioned__", "1 to 200 printable characters without blanks, which don't begin with __"},
		{"VERSIONING_BEHAVIOR", "auto", "auto", "auto-upgrade or pinned"},
		{"TASK_QUEUE", "two words", "two words", "1 to 200 printable characters without blanks"},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.give, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment[tt.name] = tt.give
			w, err := loadWorker(environment, nil)
			require.EqualError(t, err, fmt.Sprintf("%s: %q is not allowed; allowed: %s", tt.name, tt.shown, tt.allowed))
			require.Zero(t, w.TaskQueue)
			require.NotContains(t, err.Error(), password)
			require.NotContains(t, err.Error(), key)
		})
	}
}

func TestLoadWorkerVersioning(t *testing.T) {
	t.Parallel()
	const name = "1 to 200 printable characters without blanks, dots and colons, which don't begin with __"
	const build = "1 to 200 printable characters without blanks, which don't begin with __"
	tests := []struct{ name, deployment, build, wantErr string }{
		{name: "both", deployment: "counterparty-sync", build: "1.2.0"},
		{name: "a build without a deployment means nothing", build: "1.2.0"},
		{name: "a deployment needs a build", deployment: "sync", wantErr: "TEMPORAL_WORKER_BUILD_ID is missing; allowed: " + build},
		{name: "dot", deployment: "sync.main", build: "1", wantErr: `TEMPORAL_DEPLOYMENT_NAME: "sync.main" is not allowed; allowed: ` + name},
		{name: "colon", deployment: "sync:main", build: "1", wantErr: `TEMPORAL_DEPLOYMENT_NAME: "sync:main" is not allowed; allowed: ` + name},
		{name: "reserved", deployment: "__sync", build: "1", wantErr: `TEMPORAL_DEPLOYMENT_NAME: "__sync" is not allowed; allowed: ` + name},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment["TEMPORAL_DEPLOYMENT_NAME"], environment["TEMPORAL_WORKER_BUILD_ID"] = tt.deployment, tt.build
			w, err := loadWorker(environment, nil)
			if tt.wantErr != "" {
				require.EqualError(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, [2]string{tt.deployment, tt.build}, [2]string{w.DeploymentName, w.BuildID})
		})
	}
}

func TestLoadWorkerSecretFiles(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"/run/unix": password + "\n", "/run/windows": password + "\r\n", "/run/bare": password, "/run/blank": " " + password + " \n",
		"/run/empty": "", "/run/newline": "\n", "/run/lines": password + "\n\n", "key.txt": key,
		"/run/marked": "\ufeff" + password + "\r\n", "/run/mark": "\ufeff\n", "/run/ansi": password + "\xef\xf0\n", "/run/utf16": "\xff\xfep\x00w\x00", "/run/copied": password + "\u200b\n",
	}
	tests := []struct{ name, file, want, wantErr string }{
		{name: "a newline at the end is not part of it", file: "/run/unix", want: password},
		{name: "a newline of Windows neither", file: "/run/windows", want: password},
		{name: "no newline is needed", file: "/run/bare", want: password},
		{name: "blanks are part of it", file: "/run/blank", want: " " + password + " "},
		{name: "a relative path", file: "key.txt", want: key},
		{name: "empty", file: "/run/empty", wantErr: `"/run/empty" is not allowed; allowed: a file with a password on one line; it is empty`},
		{name: "only a newline", file: "/run/newline", wantErr: `"/run/newline" is not allowed; allowed: a file with a password on one line; it is empty`},
		{name: "more lines", file: "/run/lines", wantErr: `"/run/lines" is not allowed; allowed: a file with a password on one line; it has line breaks or other control characters`},
		{name: "a byte order mark is not part of it", file: "/run/marked", want: password},
		{name: "only a byte order mark", file: "/run/mark", wantErr: `"/run/mark" is not allowed; allowed: a file with a password on one line; it is empty`},
		{name: "Windows-1251", file: "/run/ansi", wantErr: `"/run/ansi" is not allowed; allowed: a file with a password on one line; it is not UTF-8`},
		{name: "UTF-16", file: "/run/utf16", wantErr: `"/run/utf16" is not allowed; allowed: a file with a password on one line; it is not UTF-8`},
		{name: "what can't be seen", file: "/run/copied", wantErr: `"/run/copied" is not allowed; allowed: a file with a password on one line; it has a character that can't be seen, U+200B`},
		{name: "missing", file: "/run/none", wantErr: `"/run/none" is not allowed; allowed: a file with a password on one line; there is no such file`},
		{name: "forbidden", file: "/run/forbidden", wantErr: `"/run/forbidden" is not allowed; allowed: a file with a password on one line; this process may not read it`},
		{name: "unreadable", file: "/run", wantErr: `"/run" is not allowed; allowed: a file with a password on one line; it can't be read: is a directory`},
		{name: "a secret with a slash in the wrong variable", file: "p/w+d.", wantErr: `"***" is not allowed; allowed: a file with a password on one line; there is no such file`},
		{name: "the secret itself in the wrong variable", file: password, wantErr: `"***" is not allowed; allowed: a file with a password on one line; there is no such file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment["ALFRESCO_PASSWORD"], environment["ALFRESCO_PASSWORD_FILE"] = "", tt.file
			w, err := loadWorker(environment, files)
			if tt.wantErr != "" {
				require.EqualError(t, err, "ALFRESCO_PASSWORD_FILE: "+tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, w.AlfrescoPassword.Reveal())
		})
	}
	t.Run("the key in both its variables", func(t *testing.T) {
		t.Parallel()
		environment := need()
		environment["KONTUR_KEY"], environment["KONTUR_KEY_FILE"] = "a/key.with-dots", "a/key.with-dots"
		_, err := loadWorker(environment, files)
		require.EqualError(t, err, `KONTUR_KEY_FILE: "***" is not allowed; allowed: either KONTUR_KEY or KONTUR_KEY_FILE, not both`)
	})
	t.Run("both the variable and the file", func(t *testing.T) {
		t.Parallel()
		environment := need()
		environment["KONTUR_KEY_FILE"] = "key.txt"
		_, err := loadWorker(environment, files)
		require.EqualError(t, err, `KONTUR_KEY_FILE: "key.txt" is not allowed; allowed: either KONTUR_KEY or KONTUR_KEY_FILE, not both`)
	})
}

func TestLoadWorkerTellsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := loadWorker(map[string]string{"KONTUR_RPS": "fast", "ALFRESCO_USER": " "}, nil)
	require.True(t, invalid.Is(err))
	require.EqualError(t, err, strings.Join([]string{
		"ALFRESCO_URL is missing; allowed: an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query",
		"ALFRESCO_USER is missing; allowed: a user name on one line, without a colon",
		"ALFRESCO_PASSWORD is missing; allowed: a password on one line, here or in a file that ALFRESCO_PASSWORD_FILE names",
		"KONTUR_KEY is missing; allowed: a key on one line, here or in a file that KONTUR_KEY_FILE names",
		`KONTUR_RPS: "fast" is not allowed; allowed: a number from 0.1 to 1000`,
	}, "\n"))
}

func TestWorkerNeverPrintsItsSecrets(t *testing.T) {
	t.Parallel()
	w, err := loadWorker(need(), nil)
	require.NoError(t, err)
	requireHidden(t, w, password)
	requireHidden(t, w, key)
}

func requireHidden(t *testing.T, w config.Worker, secret string) {
	t.Helper()
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", w, w, w), secret)
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	environment := []string{"PATH=/bin", "HTTP_PROXY=http://proxy", "TEMPORAL_ADDRESS=x", "HOME", "",
		"ALFRESCO_PASWORD=" + password, "alfresco_url=x", "KONTUR_API_KEY=" + key, "KONTUR_RATE=5", "ALFRESCO_VERSION=7", "LOGLEVEL=debug", "KONTUR_RPS=5", "PAYLOAD_KEYS_FILE=x", "PAYLOAD_KEY_FILE=x", "PAYLOAD_CIPHER=x",
		"KONTUR_KEY_ACME=" + key, "KONTUR_RPS_ACME=1", "KONTUR_RPS_ACMY=1", "KONTUR_KEY_B_FILE=x", "KONTUR_CONCURRENCY_B=1", "KONTUR_CONCURRENCY_b=1", "KONTUR_KEY_" + key + "=x"}
	for name := range maps.Keys(need()) {
		environment = append(environment, name+"=x")
	}
	require.Equal(t, []string{
		"ALFRESCO_PASWORD is not a setting and has no effect; did you mean ALFRESCO_PASSWORD?",
		"ALFRESCO_VERSION is not a setting and has no effect",
		"KONTUR_API_KEY is not a setting and has no effect",
		"KONTUR_CONCURRENCY_b is not a setting and has no effect; did you mean KONTUR_CONCURRENCY?",
		"KONTUR_RATE is not a setting and has no effect",
		"KONTUR_RPS_ACMY has no effect: there is no KONTUR_KEY_ACMY",
		"LOGLEVEL is not a setting and has no effect; did you mean LOG_LEVEL?",
		"PAYLOAD_CIPHER is not a setting and has no effect",
		"PAYLOAD_KEY_FILE is not a setting and has no effect; did you mean PAYLOAD_KEYS_FILE?",
		"alfresco_url is not a setting and has no effect; did you mean ALFRESCO_URL?",
	}, config.Unknown(environment))
	require.Empty(t, config.Unknown(nil))
}

func TestSettingsAreWhole(t *testing.T) {
	t.Parallel()
	for _, s := range config.Settings() {
		require.NotEmpty(t, s.Description, s.Name)
		require.NotEmpty(t, s.Allowed, s.Name)
		require.False(t, s.Required && s.Default != "", s.Name)
		require.False(t, s.Secret && s.Default != "", s.Name)
		// What the help says is the default must be allowed, too.
		environment := need()
		if s.Default != "" {
			environment[s.Name] = s.Default
		}
		_, err := loadWorker(environment, nil)
		require.NoError(t, err, s.Name)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]string{"usage.golden.txt": config.Usage(), "markdown.golden.md": config.Markdown()} {
		golden := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), got)
	}
}
