package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
)

const (
	idAllowed = "1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first"
	aText     = "a text; put it in quotes"
	aDuration = "a duration such as 10s, 1m30s or 4h"
	aNumber   = "a whole number such as 4, without quotes"
	ianaZone  = "an IANA time zone such as Europe/Moscow, Asia/Yekaterinburg or UTC"
)

// allFields are what may stand in place of an unknown field.
func allFields() string {
	names := make([]string, 0, len(pass.Fields()))
	for _, field := range pass.Fields() {
		names = append(names, field.Name)
	}
	return strings.Join(names, ", ")
}

// notAllowed is a line about a value.
func notAllowed(field, value, allowed string) string {
	return field + `: "` + value + `" is not allowed; allowed: ` + allowed
}

func TestApplyRefusesAWrongField(t *testing.T) {
	t.Parallel()
	// Each line of YAML follows "id: main", so that it has the number 2.
	tests := []struct{ give, want string }{
		{"name: [a]", notAllowed("name", "a list", "a text")},
		{"name: 5", notAllowed("name", "5", aText)},
		{"name: " + strings.Repeat("x", 201), notAllowed("name", strings.Repeat("x", 80)+"…", "a text of 1 to 200 characters")},
		{"enabled: yes", notAllowed("enabled", "yes", "true or false, without quotes")},
		{`enabled: "true"`, notAllowed("enabled", "true", "true or false, without quotes")},
		{"cron: 5", notAllowed("cron", "5", aText)},
		{"cron: [a]", notAllowed("cron", "a list", "a text")},
		{"cron: */5 * * * *", "YAML: did not find expected alphabetic or numeric character; allowed: printable UTF-8; one field on a line, all in the same column, without tabs; texts with signs such as * & @ : \\ between 'single quotes'"},
		{"timeZone: 3", notAllowed("timeZone", "3", aText)},
		{"catchupWindow: soon", notAllowed("catchupWindow", "soon", aDuration)},
		{"catchupWindow: 9s", notAllowed("catchupWindow", "9s", "a duration from 10s to 8760h")},
		{"jitter: 10", notAllowed("jitter", "10", aDuration)},
		{"jitter: 25h", notAllowed("jitter", "25h", "a duration from 0s to 24h")},
		{"jitter: -1s", notAllowed("jitter", "-1s", "a duration from 0s to 24h")},
		{"batchSize: 0", notAllowed("batchSize", "0", "a whole number from 1 to 100")},
		{"batchSize: 101", notAllowed("batchSize", "101", "a whole number from 1 to 100")},
		{"batchSize: -1", notAllowed("batchSize", "-1", "a whole number from 1 to 100")},
		{"batchSize: 1.5", notAllowed("batchSize", "1.5", aNumber)},
		{`batchSize: "10"`, notAllowed("batchSize", "10", aNumber)},
		{"batchSize: many", notAllowed("batchSize", "many", aNumber)},
		{"searchParam: kpp", notAllowed("searchParam", "kpp", "inn or ogrn")},
		{"searchParam: true", notAllowed("searchParam", "true", aText)},
		{"attributeToSearch: inn", notAllowed("attributeToSearch", "inn", "names such as idocs:inn, separated by commas")},
		{"attributeToSearch: [idocs:inn]", notAllowed("attributeToSearch", "a list", "a text")},
		{"nodeType: contractor", notAllowed("nodeType", "contractor", "a name such as idocs:contractor")},
		{`nodeType: "idocs:contractor OR TYPE:cm:content"`, notAllowed("nodeType", "idocs:contractor OR TYPE:cm:content", "a name such as idocs:contractor")},
		{"sources: req", notAllowed("sources", "req", "a list such as [req, contacts]")},
		{"sources: [req, egrdetails]", notAllowed("sources", "egrdetails", strings.Join(methods.All(), ", "))},
		{"sources: [req, req]", notAllowed("sources", "req", "each source once")},
		{"sources: [contacts]", notAllowed("sources", "contacts", "a list with req in it: req shows which of several companies is the node's")},
		{"start: middle", notAllowed("start", "middle", "beginning or checkpoint")},
		{"retryDelays: 10s", notAllowed("retryDelays", "10s", "a list such as [10s, 1m, 10m]")},
		{"retryDelays: [soon]", notAllowed("retryDelays", "soon", aDuration)},
		{"retryDelays: [0s]", notAllowed("retryDelays", "0s", "durations above 0s and up to 24h")},
		{"retryDelays: [25h]", notAllowed("retryDelays", "25h", "durations above 0s and up to 24h")},
		{"retryDelays: [" + strings.Repeat("1s, ", 20) + "1s]", notAllowed("retryDelays", "21 delays", "at most 20 delays")},
		{"lookahead: 0", notAllowed("lookahead", "0", "a whole number from 1 to 32")},
		{"lookahead: 33", notAllowed("lookahead", "33", "a whole number from 1 to 32")},
		{"batchsize: 10", notAllowed("field", "batchsize", "batchSize")},
		{"interval: 10", notAllowed("field", "interval", allFields())},
		{"key: abc", notAllowed("field", "key", "no secrets in this file; the key is KONTUR_KEY or KONTUR_KEY_FILE in the environment of the worker, and konturKey names another one")},
		{"id: other", notAllowed("id", "other", "each field once; line 1 has it already")},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, nil, "id: main\n"+tt.give+"\n", "apply", "-f", "-"), "standard input:2: "+tt.want)
		})
	}
}

func TestApplyRefusesAWrongID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ give, want string }{
		{"name: x", "standard input: id is missing; allowed: " + idAllowed},
		{"id:", "standard input:1: id is missing; allowed: " + idAllowed},
		{"id: night ly", "standard input:1: " + notAllowed("id", "night ly", idAllowed)},
		{"id: -nightly", "standard input:1: " + notAllowed("id", "-nightly", idAllowed)},
		{"id: " + strings.Repeat("x", 101), "standard input:1: " + notAllowed("id", strings.Repeat("x", 80)+"…", idAllowed)},
		{"id: 7", "standard input:1: " + notAllowed("id", "7", aText)},
	} {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, nil, tt.give+"\n", "apply", "-f", "-"), tt.want)
		})
	}
}

func TestApplyRefusesAWrongCron(t *testing.T) {
	t.Parallel()
	const past = "a time in the future: this one never comes again"
	tests := []struct{ name, give, want string }{
		{"too few fields", "0 2 * *", "5 fields (minute, hour, day of month, month, day of week), 6 with a second in front, 7 with a year at the end, @daily and the like, or @every 6h; this text has 4"},
		{"out of range", "0 25 * * *", `numbers from 0 to 23 as the hour, not "25"`},
		{"wrong name", "0 2 * FOO *", `numbers from 1 to 12 or names from JAN to DEC as the month, not "FOO"`},
		{"step too wide", "*/90 * * * *", `a step from 1 to 59 as the minute, not "*/90"; for wider ones write @every 90m`},
		{"last day", "0 2 L * *", `days by number, not "L": Temporal knows no last day; write 28, or 1 for the day after the last one`},
		{"nearest weekday", "0 2 15W * *", `a day of the month or weekdays such as MON-FRI, not "15W": Temporal knows no nearest weekday`},
		{"second Friday", "0 0 2 ? * 6#2", "a text without #: Temporal takes what follows as a comment; for the second Friday write 8-14 and FRI with seconds first: 0 0 2 8-14 * FRI"},
		{"numeric weekday, seconds first", "0 0 2 * * 1-5", `days of the week by name when seconds come first, such as MON-FRI, not "1-5": Spring counts Monday as 1, Quartz counts Sunday as 1`},
		{"unknown macro", "@dayly", "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every 6h"},
		{"reboot", "@reboot", "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every 6h: a schedule lives on the server and knows no reboot"},
		{"interval too short", "@every 0s", "@every and an interval from 1s to 366d"},
		{"never comes", "0 2 31 2 *", "a time that exists: this one never comes; 28 is the last day that every month has"},
		{"Cyrillic", "0 2 * * ВС", "one line of Latin letters, digits and signs, with plain blanks between the fields"},
		{"a zone that is none", "TZ=Moscow 0 2 * * *", ianaZone + " after TZ="},
		{"all years past", "0 0 2 * * ? 2020-2025", past},
		{"earlier this year", "0 0 2 1 6 ? 2026", past},
		{"a minute ago", "0 59 11 15 6 ? 2026", past},
		{"this very moment", "0 0 12 15 6 ? 2026", past},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			yaml := "id: main\ncron: \"" + tt.give + "\"\n"
			requireUsage(t, starter(t, nil, yaml, "apply", "-f", "-"), notAllowed("cron", tt.give, tt.want))
			requireUsage(t, starter(t, workerEnv(nil), yaml, "check", "-f", "-"), notAllowed("cron", tt.give, tt.want))
		})
	}
	t.Run("a time zone that is none", func(t *testing.T) {
		t.Parallel()
		requireUsage(t, starter(t, nil, "id: main\ntimeZone: Moscow\n", "apply", "-f", "-"), notAllowed("timeZone", "Moscow", ianaZone))
	})
}

func TestApplyAcceptsATimeToCome(t *testing.T) {
	t.Parallel()
	for _, cron := range []string{"", "0 0 2 * * ? 2026", "1 0 12 15 6 ? 2026", "0 0 2 * * ? 2100"} {
		t.Run(cron, func(t *testing.T) {
			t.Parallel()
			// It gets as far as the server, which is not there.
			require.Equal(t, cli.Failed, starter(t, nil, "id: main\ncron: \""+cron+"\"\n", "apply", "-f", "-").status)
		})
	}
}

func TestApplyTellsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	requireUsage(t, starter(t, nil, "id: main\nlookahead: 0\nbatchSize: 101\n", "apply", "-f", "-"),
		"standard input:2: "+notAllowed("lookahead", "0", "a whole number from 1 to 32"),
		"standard input:3: "+notAllowed("batchSize", "101", "a whole number from 1 to 100"))
	requireUsage(t, starter(t, nil, "id: main\ncron: \"0 25 * * *\"\ntimeZone: Moscow\n", "apply", "-f", "-"),
		notAllowed("timeZone", "Moscow", ianaZone),
		notAllowed("cron", "0 25 * * *", `numbers from 0 to 23 as the hour, not "25"`))
	requireUsage(t, starter(t, nil, "id: main\nbatchSize: 101\ncron: \"0 25 * * *\"\n", "apply", "-f", "-"),
		"standard input:2: "+notAllowed("batchSize", "101", "a whole number from 1 to 100"),
		notAllowed("cron", "0 25 * * *", `numbers from 0 to 23 as the hour, not "25"`))
}

func TestApplyRefusesAFileThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	none := filepath.Join(dir, "none.yaml")
	const unset = "--file is missing; allowed: the sync's YAML file, or - for standard input"
	const readable = "a file that can be read; "
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no flag", nil, unset},
		{"empty", []string{"-f", ""}, unset},
		{"missing", []string{"-f", none}, notAllowed("--file", none, readable+"no such file or directory")},
		{"directory", []string{"-f", dir}, notAllowed("--file", dir, readable+"is a directory")},
		{"forbidden", []string{"-f", "forbidden.yaml"}, notAllowed("--file", "forbidden.yaml", readable+"permission denied")},
		{"nothing in it", []string{"-f", "-"}, "standard input: content is missing; allowed: fields such as id: nightly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, nil, "", append([]string{"apply"}, tt.args...)...), tt.want)
		})
	}
}
