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

func TestReplayWrongUsage(t *testing.T) {
	t.Parallel()
	const types, statuses = "pass, report or segment", "canceled, completed, failed, open, terminated or timed-out"
	const since = "a time such as 2026-11-21T00:00:00Z, or a duration above 0s such as 24h"
	tests := []struct {
		give string
		want []string
	}{
		{"a b", []string{"usage: starter replay [ID]; got 2 arguments"}},
		{"--limit 0", []string{notAllowed("--limit", "0", "a whole number from 1 to 100000")}},
		{"--limit many", []string{notAllowed("--limit", "many", "at most this many runs of each type")}},
		{"--type batch", []string{notAllowed("--type", "batch", types)}},
		{"--type pass,batch --status running", []string{notAllowed("--type", "batch", types), notAllowed("--status", "running", statuses)}},
		{"main --type report", []string{notAllowed("--type", "report", "pass or segment with an ID: reports belong to no sync")}},
		{"--since yesterday", []string{notAllowed("--since", "yesterday", since)}},
		{"--since -1h", []string{notAllowed("--since", "-1h", since)}},
		{"--run-id x", []string{notAllowed("--run-id", "x", "only with --workflow-id")}},
		{"main --workflow-id x --limit 5", []string{notAllowed("ID", "main", "nothing beside --workflow-id"), notAllowed("--limit", "5", "nothing beside --workflow-id")}},
		{"--dir . --status open", []string{notAllowed("--status", "open", "nothing beside --dir")}},
		{"--dir none", []string{notAllowed("--dir", "none", "a directory that can be read")}},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			requireUsage(t, starter(t, nil, "", append([]string{"replay"}, strings.Fields(tt.give)...)...), tt.want...)
		})
	}
}

// histories makes a directory with a history of a workflow that this build has not, and one that is none.
func histories(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	foreign := `{"events":[
		{"eventId":"1","eventTime":"2026-11-21T00:00:00Z","eventType":"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED","workflowExecutionStartedEventAttributes":{"workflowId":"w","originalExecutionRunId":"r","workflowType":{"name":"Foreign"},"taskQueue":{"name":"q"}}},
		{"eventId":"2","eventType":"EVENT_TYPE_WORKFLOW_TASK_SCHEDULED","workflowTaskScheduledEventAttributes":{}},
		{"eventId":"3","eventType":"EVENT_TYPE_WORKFLOW_TASK_STARTED","workflowTaskStartedEventAttributes":{"scheduledEventId":"2"}},
		{"eventId":"4","eventType":"EVENT_TYPE_WORKFLOW_TASK_COMPLETED","workflowTaskCompletedEventAttributes":{"scheduledEventId":"2","startedEventId":"3"}}]}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.json"), []byte(foreign), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.json"), []byte("{"), 0o600))
	return dir
}

func TestReplayOfFilesTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := histories(t)
	got := starter(t, nil, "", "replay", "--dir", dir)
	require.Equal(t, cli.Failed, got.status)
	require.Empty(t, got.stderr)
	lines := strings.Split(strings.ReplaceAll(got.stdout, filepath.ToSlash(dir)+"/", ""), "\n")
	require.Equal(t, []string{"TYPE", "RUN", "STATUS", "STARTED", "EVENTS", "VERDICT"}, strings.Fields(lines[0]))
	require.Equal(t, []string{"Foreign", "a.json", "-", "2026-11-21T00:00:00Z", "4", "BROKE"}, strings.Fields(lines[1]))
	require.Equal(t, []string{"-", "b.json", "-", "-", "0", "UNREADABLE"}, strings.Fields(lines[2]))
	require.Contains(t, lines[4], "this build has no workflow of type Foreign")
	require.Contains(t, lines[5], "hint: don't deploy this build")
	require.Contains(t, lines[7], "read history from")
	require.Contains(t, lines[8], "hint: take a history as temporal workflow show -o json")
	require.Equal(t, "0 of 2 replay, 1 broke, 1 unreadable", lines[10])
}

func TestReplayOfFilesAsJSON(t *testing.T) {
	t.Parallel()
	got := starter(t, nil, "", "replay", "--dir", histories(t), "-o", "json")
	require.Equal(t, cli.Failed, got.status)
	require.Empty(t, got.stderr)
	var document struct {
		Counts map[string]int
		Proof  *bool
		Runs   []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.Equal(t, map[string]int{"replays": 0, "broke": 1, "gone": 0, "tooYoung": 0, "unreadable": 1, "noHistory": 0}, document.Counts)
	require.False(t, *document.Proof)
	require.Len(t, document.Runs, 2)
	first := document.Runs[0]
	for name, want := range map[string]any{"type": "Foreign", "workflowId": "w", "runId": "r", "verdict": "broke", "kind": "unknownType", "event": 1.0, "events": 4.0, "startedAt": "2026-11-21T00:00:00Z"} {
		require.Equal(t, want, first[name], name)
	}
}

func TestReplayOfNothingIsNoProof(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := starter(t, nil, "", "replay", "--dir", dir)
	require.Equal(t, cli.Failed, got.status)
	require.Equal(t, "0 of 0 replay\n", got.stdout)
	require.Contains(t, got.stderr, "nothing was replayed, so nothing is proved\nhint: ")

	got = starter(t, nil, "", "replay", "--dir", dir, "--allow-none", "-o", "json")
	require.Equal(t, result{cli.Done, `{"counts":{"replays":0,"broke":0,"gone":0,"tooYoung":0,"unreadable":0,"noHistory":0},"proof":false,"runs":[]}` + "\n", ""}, got)
}
