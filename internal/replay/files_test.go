package replay

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
)

const passID = "counterparty-sync-main-"

// The files of testdata were written by the tools that they are named after (temporal 1.9, tctl 1.18, Temporal's HTTP API
// as the Web UI calls it), about the first events of a pass.
func TestFilesOfEveryToolLoad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file   string
		events int
		id     bool // the file, or what the pass did, tells the workflow id
	}{
		{"temporal.json", 12, true},
		{"tctl.json", 12, true},
		{"http-api.json", 4, true},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			recorded, err := readFile(filepath.Join("testdata", tt.file))
			require.NoError(t, err)
			require.Len(t, recorded.Events, tt.events)
			require.Equal(t, enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, recorded.Events[0].EventType)
			o := Outcome{Run: Run{File: tt.file}}
			o.identify(recorded)
			require.Equal(t, "CounterpartySync", o.Type)
			require.Contains(t, o.WorkflowID, passID)
			require.NotContains(t, o.WorkflowID, "/segment")
			require.NotNil(t, o.StartedAt)
		})
	}
}

func TestFilesThatAreNoHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct{ name, file, content, want, hint string }{
		{"nothing", "a.json", "", "unexpected end of JSON input", hintHistory},
		{"cut off", "b.json", `{"events":[{"eventId":"1"`, "unexpected end of JSON input", hintHistory},
		{"no events", "c.json", `{"events":[]}`, "there are no events in it", hintHistory},
		{"a field of another type", "d.json", `{"events":[{"eventId":"first"}]}`, "invalid value for int64", hintHistory},
		{"no archive", "e.json.gz", `{"events":[]}`, "gzip: invalid header", hintHistory},
		{"of Windows PowerShell", "g.json", "\xff\xfe{\x00}\x00", "it is UTF-16, and has to be UTF-8", hintUTF16},
		{"UTF-16 the other way round", "h.json", "\xfe\xff\x00{\x00}", "it is UTF-16, and has to be UTF-8", hintUTF16},
		{"nothing but a byte order mark", "i.json", "\xef\xbb\xbf", "unexpected end of JSON input", hintHistory},
		{"decoded by the Web UI", "f.json", `{"events":[{"id":"1","name":"WorkflowExecutionStarted","attributes":{"input":{"payloads":[{"id":"main"}]}}}]}`,
			"its payloads are decoded", hintDecoded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, tt.file)
			require.NoError(t, os.WriteFile(path, []byte(tt.content), 0o600))
			_, err := readFile(path)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path)
			outcome := asleepReplayer.outcomeOf(t.Context(), loaded("", nil, err))
			require.Equal(t, Unreadable, outcome.Verdict)
			require.Equal(t, tt.hint, outcome.Hint)
		})
	}
}

// Editors and shells of Windows begin a file with it.
func TestByteOrderMarkIsNoPartOfAHistory(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile(filepath.Join("testdata", "temporal.json"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(path, append([]byte("\xef\xbb\xbf"), plain...), 0o600))
	recorded, err := readFile(path)
	require.NoError(t, err)
	require.Len(t, recorded.GetEvents(), 12)
}

func TestInDirFindsHistoriesInFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "run", "deep"), 0o700))
	plain, err := os.ReadFile(filepath.Join("testdata", "temporal.json"))
	require.NoError(t, err)
	for _, name := range []string{"run/deep/events.json", "a.JSON"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), plain, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no history"), 0o600))
	packed, err := os.Create(filepath.Join(dir, "z.json.gz"))
	require.NoError(t, err)
	w := gzip.NewWriter(packed)
	_, err = w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, packed.Close())

	runs, err := InDir(dir)
	require.NoError(t, err)
	var names []string
	for _, run := range runs {
		name, err := filepath.Rel(dir, run.File)
		require.NoError(t, err)
		names = append(names, filepath.ToSlash(name))
		recorded, err := run.load(t.Context())
		require.NoError(t, err)
		require.Len(t, recorded.Events, 12)
	}
	require.Equal(t, []string{"a.JSON", "run/deep/events.json", "z.json.gz"}, names)
}

func TestAFileAboutSomethingElseDoesNotCount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"files":[]}`), 0o600))
	runs, err := InDir(dir)
	require.NoError(t, err)
	outcomes := asleepReplayer.CheckAll(t.Context(), runs, func(Outcome) {})
	counts := Count(outcomes)
	require.Equal(t, Counts{NoHistory: 1}, counts)
	require.Zero(t, counts.Total())
	require.False(t, counts.Proof())
}
