package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/starter/cli"
)

// A deep check of the sample, recorded, gives the same table when the sandbox is fed with what was recorded.
func TestRecorded(t *testing.T) {
	t.Parallel()
	for _, api := range []alfresco.API{alfresco.REST, alfresco.Records} {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			o, err := parse([]string{"--alfresco-port", "0", "--kontur-port", "0", "--count", "600", "--kontur-latency", "0s", "--alfresco-api", string(api)})
			require.NoError(t, err)
			w, err := startWorld(o)
			require.NoError(t, err)
			t.Cleanup(w.close)
			file := filepath.Join(t.TempDir(), "main.jsonl")
			var out, errs bytes.Buffer
			env := w.environment(o, "127.0.0.1:1", 0)
			env["MAPPING_FILE"] = filepath.Join(t.TempDir(), ownMapping) // of the user's own: it is asked for other attributes
			require.NoError(t, os.WriteFile(env["MAPPING_FILE"], recordedMapping([]string{"idocs:inn", "idocs:okpo"}), 0o600))
			status := cli.Run(t.Context(), []string{"check", "--deep", "main", "-f", "-", "--record", file, "--identifiers", "20"}, cli.IO{
				In: strings.NewReader("id: main\nsources: [req, egrDetails]\n"), Out: &out, Err: &errs, Env: env, ReadFile: os.ReadFile, Now: time.Now,
			})
			require.Equal(t, cli.Done, status, out.String()+errs.String())
			require.NotContains(t, out.String(), "differs")

			status, stdout, stderr := try(t.Context(), anywhere(t, "--once", "--recorded", file)...)
			require.Equal(t, cli.Done, status, stdout+stderr)
			_, table, _ := strings.Cut(stdout, "\n\n")
			require.Equal(t, cells(out.String()), cells(table))
		})
	}
}

var (
	tookPattern  = regexp.MustCompile(` \d+m?s `)
	blankPattern = regexp.MustCompile(` +`)
	// agoPattern is a time that goes on.
	agoPattern = regexp.MustCompile(`one of \S+ ago|\S+ apart`)
)

// cells are a table without what differs from run to run.
func cells(table string) string {
	return agoPattern.ReplaceAllString(blankPattern.ReplaceAllString(tookPattern.ReplaceAllString(table, " "), " "), "")
}

func TestOnlyARecordingIsTaken(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other.jsonl")
	require.NoError(t, os.WriteFile(other, []byte("{}"), 0o600))
	for _, name := range []string{other, other + ".none"} {
		status, stdout, stderr := try(t.Context(), "--recorded", name)
		require.Equal(t, cli.Usage, status)
		require.Empty(t, stdout)
		require.Equal(t, `--recorded: "`+name+`" is not allowed; allowed: a file that starter check --deep --record wrote`+"\n", stderr)
	}
}
