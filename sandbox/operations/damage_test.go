package operations_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/starter/syncs"
)

// What a schedule update can do to a schedule is reported by check and status if it does harm, named by apply, and set back.
func TestDamageByUpdatesIsReportedAndRepaired(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := newWorld(t)
	const (
		file = "cat > damaged.yaml <<'YAML'\nid: damaged\ncron: \"0 0 2 * * *\"\nbatchSize: 50\nYAML\n"
		tctl = "tctl schedule update --sid counterparty-sync-damaged --wid counterparty-sync-damaged --wt CounterpartySync --tq counterparty-sync --cron '0 2 * * *' --overlap_policy Skip --catchup_window 1h "
		cli  = "temporal schedule update --schedule-id counterparty-sync-damaged --workflow-id counterparty-sync-damaged --type CounterpartySync --task-queue counterparty-sync --cron '0 2 * * *' --overlap-policy Skip --catchup-window 1h "
	)
	w.must(file + "starter apply -f damaged.yaml")
	// The input as apply made it, for updates that damage something else.
	whole := "--input \"$INPUT\" "
	w.must(`INPUT=$(temporal schedule describe --schedule-id counterparty-sync-damaged -o json | jq -r '.schedule.action.startWorkflow.input.payloads[0].data | @base64d')`)
	tests := []struct {
		name   string
		update string
		apply  string // what apply names
		check  string // what check says is WRONG; empty if it does no harm that shows without the file
	}{
		{"tctl: no input", tctl, "batchSize: 100 → 50", ""},
		{"temporal: no input", cli, "batchSize: 100 → 50", ""},
		{"tctl: an unknown field", tctl + `--input '{"batch_size":50}'`, `schedule.input: json: unknown field "batch_size"`, "schedule.input is json: unknown field"},
		{"temporal: no JSON object", cli + `--input '"damaged"'`, "schedule.input: no sync", "schedule.input is no sync"},
		{"temporal: two inputs", cli + whole + `--input '{}'`, "schedule.input: 2 inputs", "schedule.input is 2 inputs"},
		{"tctl: Spring's cron", strings.Replace(tctl, "'0 2 * * *'", "'0 0 2 * * *'", 1) + whole, "schedule.spec: starts ", "schedule.spec is starts "},
		{"temporal: a zone", cli + whole + "--time-zone Europe/Moscow", "schedule.spec: starts ", "schedule.spec is starts "},
		{"temporal: an end", cli + whole + "--end-time 2030-01-01T00:00:00Z", "schedule.spec: starts ", "schedule.spec is starts "},
		{"tctl: jitter", tctl + whole + "--jitter 1h", "schedule.spec: starts ", "schedule.spec is starts "},
		{"tctl: overlap", strings.Replace(tctl, "Skip", "AllowAll", 1) + whole, "schedule.overlap: AllowAll → Skip", "two passes may run at once"},
		{"temporal: no catch-up window", strings.Replace(cli, "--catchup-window 1h", "", 1) + whole, "schedule.catchupWindow: 8760h → 1h", "schedule.catchupWindow is 8760h"},
		{"tctl: pause on failure", tctl + whole + "--pause_on_failure", "schedule.pauseOnFailure: true → false", "schedule.pauseOnFailure is true"},
		{"temporal: a limit of starts", cli + whole + "--remaining-actions 3", "schedule.remainingActions: 3 → without limit", "schedule.remainingActions is 3"},
		{"tctl: another workflow type", strings.Replace(tctl, "CounterpartySync", "Other", 1) + whole, "schedule.workflowType: Other → CounterpartySync", "schedule.workflowType is Other"},
		{"temporal: another task queue", strings.Replace(cli, "--task-queue counterparty-sync", "--task-queue nobodys", 1) + whole, "schedule.taskQueue: nobodys → counterparty-sync", "schedule.taskQueue is nobodys"},
		{"tctl: another workflow id", strings.Replace(tctl, "--wid counterparty-sync-damaged", "--wid other", 1) + whole, "schedule.workflowId: other → counterparty-sync-damaged", ""},
		{"tctl: a run timeout", tctl + whole + "--rt 60", "schedule.workflowRunTimeout: 1m → 0s", "schedule.workflowRunTimeout is 1m"},
		{"temporal: an execution timeout", cli + whole + "--execution-timeout 1m", "schedule.workflowExecutionTimeout: 1m → 0s", "schedule.workflowExecutionTimeout is 1m"},
		{"tctl: a task timeout", tctl + whole + "--wtt 60", "schedule.workflowTaskTimeout: 1m → 10s", "schedule.workflowTaskTimeout is 1m"},
		{"temporal: the summary is lost", cli + whole, "schedule.summary: (none) → damaged", ""},
		{"temporal: details", cli + whole + "--static-summary damaged --static-details own", "schedule.details: own", ""},
		{"temporal: a memo", cli + whole + `--memo 'own="x"'`, "schedule.memo: own → (none)", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.of(t)
			w.must(tt.update)
			status, checked := w.sh("starter check")
			shown := strings.Join(w.status("counterparty-sync-damaged").Schedule.Problems, "\n")
			if tt.check == "" {
				require.Zero(t, status, checked)
				require.Empty(t, shown)
			} else {
				require.Equal(t, 1, status)
				require.Regexp(t, `sync damaged +WRONG .*`, checked)
				require.Contains(t, checked, tt.check)
				if !strings.Contains(tt.check, "taskQueue") { // whether anybody serves it only check asks
					require.Contains(t, shown, tt.check)
				}
			}
			require.Contains(t, w.must("starter apply -f damaged.yaml"), "  "+tt.apply)
			require.Contains(t, w.must("starter apply -f damaged.yaml"), "unchanged")
			require.Regexp(t, `sync damaged +ok `, w.must("starter check"))
		})
	}
}

// A schedule that another tool changed while a pass runs: the pass goes by what it was started with, and apply sees it.
func TestPassUnderAnOlderConfigurationIsStartedAnew(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := newWorld(t)
	w.must("printf 'id: older\\nbatchSize: 50\\nretryDelays: [1h]\\n' > older.yaml && starter apply -f older.yaml && sed -i s/50/20/ older.yaml")
	w.down.Store(true)
	w.must("starter trigger older")
	old := w.until("older", "RETRY_WAITING", isWaiting).Pass
	// What an apply leaves behind that is cut off between the update and the stop.
	w.must(`INPUT=$(temporal schedule describe --schedule-id counterparty-sync-older -o json | jq -c '.schedule.action.startWorkflow.input.payloads[0].data | @base64d | fromjson | .batchSize=20 | .resetAt="new"')`)
	w.must(`temporal schedule update --schedule-id counterparty-sync-older --workflow-id counterparty-sync-older --type CounterpartySync --task-queue counterparty-sync ` +
		`--overlap-policy Skip --catchup-window 1h --paused --notes "starts by hand only: the configuration has no cron" --static-summary older --input "$INPUT"`)
	status, out := w.sh("starter check")
	require.Equal(t, 1, status)
	require.Contains(t, out, "runs under another configuration than the schedule's: batchSize 50 → 20")
	w.down.Store(false)
	out = w.must("starter apply -f older.yaml")
	require.Contains(t, out, "pass "+old.WorkflowID+" is being stopped at a clean point")
	done := w.until("older", "the new pass", ended("COMPLETED"))
	require.NotEqual(t, old.RunID, done.Pass.RunID)
	require.Nil(t, done.Pass.ResumedFrom, "it began at the beginning")
	require.Contains(t, w.must("starter apply -f older.yaml"), "unchanged")
}

// A pass notices by itself what another tool has changed, stops, and one new pass starts.
func TestChangeByAnyToolStartsTheRunningPassAnew(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := newWorld(t)
	for tool, update := range map[string]string{
		"tctl": "tctl schedule update --sid counterparty-sync-tctl --wid counterparty-sync-tctl --wt CounterpartySync --tq counterparty-sync --cron '0 2 * * *' --overlap_policy Skip --catchup_window 1h",
		"temporal": "temporal schedule update --schedule-id counterparty-sync-temporal --workflow-id counterparty-sync-temporal --type CounterpartySync --task-queue counterparty-sync " +
			"--cron '0 2 * * *' --overlap-policy Skip --catchup-window 1h",
	} {
		t.Run(tool, func(t *testing.T) {
			w := w.of(t)
			w.must("printf 'id: " + tool + "\\ncron: \"0 2 * * *\"\\nbatchSize: 50\\nretryDelays: [11s, 1h]\\n' > " + tool + ".yaml && starter apply -f " + tool + ".yaml")
			w.down.Store(true)
			w.must("starter trigger " + tool)
			old := w.until(tool, "RETRY_WAITING", isWaiting).Pass
			w.must(update + ` --input '{"batchSize":20}'`)
			w.down.Store(false)
			done := w.until(tool, "the new pass", func(s syncs.Status) bool { return ended("COMPLETED")(s) && s.Pass.RunID != old.RunID })
			require.Nil(t, done.Pass.ResumedFrom, "it began at the beginning")
			require.EqualValues(t, nodes, done.State.CountProcessedNodes)
			passes, err := w.manager.Passes(t.Context(), tool, 10, false)
			require.NoError(t, err)
			require.Len(t, passes, 2)
			before, err := w.manager.StatusOf(t.Context(), tool, old.WorkflowID, old.RunID)
			require.NoError(t, err)
			require.Equal(t, "STOPPED", before.Pass.Ended)
			require.Contains(t, before.Pass.Replaced, "batchSize 50 → 20")
		})
	}
}
