package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

func load(t *testing.T, name string) (pass.Sync, error) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer file.Close()
	return config.LoadSync(file, name)
}

func TestLoadSync(t *testing.T) {
	t.Parallel()
	full := pass.Sync{
		ID: "contractors-ogrn", Name: "Контрагенты по ОГРН", Enabled: new(false), Cron: "0 0 2 * * MON-FRI", TimeZone: "Europe/Moscow",
		CatchupWindow: new(pass.Duration(4 * time.Hour)), Jitter: pass.Duration(5 * time.Minute), BatchSize: new(50),
		SearchParam: counterparty.OGRN, AttributeToSearch: "idocs:ogrn,idocs:psrnsp", NodeType: "idocs:contractor",
		Sources: []string{"req", "egrDetails"}, Required: []string{"req", "egrDetails"}, KonturKey: "ACME", QuotaReserve: "5%", Start: pass.Checkpoint,
		RetryDelays: new([]pass.Duration{pass.Duration(30 * time.Second), pass.Duration(90 * time.Minute)}), Lookahead: new(2),
		MaxChanged: new(500), MaxEmptied: new(0), ApprovalTimeout: new(pass.Duration(90 * time.Minute)), AllowEmpty: true,
	}
	tests := []struct {
		name string
		want pass.Sync
	}{
		{"minimal.yaml", pass.Sync{ID: "nightly"}.WithDefaults()},
		{"full.yaml", full},
		{"form.yaml", pass.Sync{ID: "0f0e7a3c-6a5e-4d39-9d0c-6a0e6d1f2b3c", Name: "Синхронизация контрагентов", Cron: "1 * * * * *"}.WithDefaults()},
		{"unset.yaml", pass.Sync{ID: "nightly", RetryDelays: new([]pass.Duration{})}.WithDefaults()},
		{"brake.yaml", pass.Sync{ID: "nightly", MaxChanged: new(500), MaxChangedShare: new(pass.Share(1250)), MaxEmptied: new(10),
			ApprovalTimeout: new(pass.Duration(24 * time.Hour))}.WithDefaults()},
		{"alias.yaml", pass.Sync{ID: "nightly", Name: "nightly"}.WithDefaults()},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.name] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := load(t, tt.name)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
	requireAllFiles(t, "*.yaml", covered, func(name string) bool { return !strings.HasSuffix(name, ".bad.yaml") })
}

func TestLoadSyncReadsTheNamesOfTheForm(t *testing.T) {
	t.Parallel()
	got, err := config.LoadSync(strings.NewReader(`
id: main
name: Main
enabled: false
cron: 0 3 * * *
timeZone: Europe/Moscow
catchupWindow: 90m
jitter: 1m30s
batchSize: 50
searchParam: ogrn
attributeToSearch: idocs:ogrn
nodeType: my:company
sources: [req, contacts]
required: [req]
quotaReserve: 500
start: checkpoint
retryDelays: [1s, 2m]
lookahead: 2
`), "x.yaml")
	require.NoError(t, err)
	require.Equal(t, pass.Sync{
		ID: "main", Name: "Main", Enabled: new(false), Cron: "0 3 * * *", TimeZone: "Europe/Moscow",
		CatchupWindow: new(pass.Duration(90 * time.Minute)), Jitter: pass.Duration(90 * time.Second), BatchSize: new(50), SearchParam: counterparty.OGRN,
		AttributeToSearch: "idocs:ogrn", NodeType: "my:company", Sources: []string{"req", "contacts"}, Required: []string{"req"}, QuotaReserve: "500", Start: pass.Checkpoint,
		RetryDelays: new([]pass.Duration{pass.Duration(time.Second), pass.Duration(2 * time.Minute)}), Lookahead: new(2),
	}, got)
}

// The reset mark is the starter's, and so is what makes an ad hoc pass: nobody types them.
func TestLoadSyncTakesNoMarks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"resetAt", "aside", "adHoc"} {
		_, err := config.LoadSync(strings.NewReader("id: main\n"+name+": now\n"), "x.yaml")
		require.ErrorContains(t, err, `x.yaml:2: field: "`+name+`" is not allowed`)
	}
}

func TestLoadSyncRefuses(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for name, want := range refusals {
		covered[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, name)
			require.True(t, invalid.Is(err))
			require.Equal(t, want, problems(t, err))
		})
	}
	requireAllFiles(t, "*.bad.yaml", covered, func(string) bool { return true })
}

// problems are all that is wrong, more than the text of the error names.
func problems(t *testing.T, err error) (lines []string) {
	t.Helper()
	var all invalid.Errors
	require.ErrorAs(t, err, &all)
	for _, problem := range all {
		lines = append(lines, problem.Error())
	}
	return lines
}

// requireAllFiles fails when a file of testdata is in no table: it would be a case that nobody tests.
func requireAllFiles(t *testing.T, pattern string, covered map[string]bool, wanted func(string) bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if name := filepath.Base(file); wanted(name) {
			require.True(t, covered[name], "%s has no row in the table", name)
		}
	}
}

func TestLoadSyncRefusesTooMuch(t *testing.T) {
	t.Parallel()
	_, err := config.LoadSync(strings.NewReader("id: nightly\n"+strings.Repeat("# \n", 100_000)), "big.yaml")
	require.EqualError(t, err, `big.yaml: file: "more than 262144 bytes" is not allowed; allowed: one sync, a page at most`)
}

func TestLoadSyncReturnsTheReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	_, err := config.LoadSync(iotest.ErrReader(broken), "x.yaml")
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "read x.yaml: disk on fire")
	require.False(t, invalid.Is(err))
}
