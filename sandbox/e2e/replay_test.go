package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/replay"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// replayed is what starter replay says as JSON.
type replayed struct {
	Counts replay.Counts
	Proof  bool
	Runs   []struct{ Type, WorkflowID, RunID, Status, Verdict, Kind, Reason string }
}

func (s *stack) replay(args ...string) (status int, r replayed) {
	s.t.Helper()
	status, out, errs := s.starter("", append([]string{"replay", "-o", "json"}, args...)...)
	require.NoError(s.t, json.Unmarshal([]byte(out), &r), "%s%s", out, errs)
	return status, r
}

func (r replayed) types() map[string]int {
	types := map[string]int{}
	for _, run := range r.Runs {
		types[run.Type]++
	}
	return types
}

// Passes of every kind of end, their segments and reports replay against the build that made them; filters choose among them.
func TestReplayOfALiveServer(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 25)
	s.apply("retryDelays: []")
	completed := s.trigger()
	require.Equal(t, "COMPLETED", completed.Pass.Ended)
	heal := s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503})
	s.nextSecond(completed)
	failed := s.trigger().Pass
	heal()
	require.Equal(t, "FAILED", failed.Ended)
	s.must("", "report", "requisites", konturtest.INN(1), "-q")

	status, all := s.replay()
	require.Equal(t, cli.Done, status)
	require.True(t, all.Proof)
	require.Equal(t, map[string]int{"CounterpartySync": 2, "SyncSegment": 3, "CounterpartyReport": 1}, all.types())
	require.Equal(t, 6, all.Counts.Replays)

	_, some := s.replay(s.id, "--status", "failed")
	require.Equal(t, map[string]int{"CounterpartySync": 1, "SyncSegment": 2}, some.types(), "it looked once more before it gave up")
	require.Equal(t, failed.WorkflowID, some.Runs[0].WorkflowID)
	_, some = s.replay("--type", "pass", "--limit", "1", "--since", "10m")
	require.Equal(t, map[string]int{"CounterpartySync": 1}, some.types())
	_, some = s.replay("--type", "pass", "--query", "WorkflowId = '"+failed.WorkflowID+"'")
	require.Len(t, some.Runs, 1)
	status, text, _ := s.starter("", "replay", "--query", "Nonsense = 1")
	require.Equal(t, cli.Usage, status, text)

	// A run in progress is replayed as far as it got.
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503})
	s.apply("retryDelays: [1h]")
	s.must("", "trigger", s.id)
	s.until("the waiting", func(x syncs.Status) bool { return x.State.Status == "RETRY_WAITING" })
	status, open := s.replay(s.id, "--status", "open")
	require.Equal(t, cli.Done, status)
	require.Equal(t, map[string]int{"CounterpartySync": 1, "SyncSegment": 1}, open.types())
	require.Equal(t, "open", open.Runs[0].Status)
	require.Equal(t, 2, open.Counts.Replays)

	// A pass that was reset is no other than before.
	reset, err := s.temporal.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{Namespace: "default",
		WorkflowExecution: &common.WorkflowExecution{WorkflowId: failed.WorkflowID, RunId: failed.RunID}, RequestId: t.Name(), Reason: "test", WorkflowTaskFinishEventId: 10})
	require.NoError(t, err)
	require.Error(t, s.temporal.GetWorkflow(t.Context(), failed.WorkflowID, reset.RunId).Get(t.Context(), nil), "it fails again")
	status, again := s.replay("--workflow-id", failed.WorkflowID, "--run-id", reset.RunId)
	require.Equal(t, cli.Done, status, again.Runs)
	require.Equal(t, 1, again.Counts.Replays)
}

// What breaks is named, whether it is on the server or in a file, and the rest is replayed all the same.
func TestReplayNamesWhatBreaks(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 5)
	s.apply("")
	pass := s.trigger().Pass

	status, _, errs := s.starter("", "replay", "--workflow-id", s.id+"-none")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, errs, "no such run: "+s.id+"-none")

	dir := t.TempDir()
	write := func(name string, h *history.History) {
		data, err := protojson.Marshal(h)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	segment := pass.WorkflowID + "/segment-1"
	write("good.json", &history.History{Events: s.events(segment)})
	altered := &history.History{Events: s.events(segment)}
	for _, event := range altered.Events {
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil && scheduled.ActivityType.Name == "DiffAndUpdate" {
			scheduled.ActivityType.Name = "UpdateOnly"
		}
	}
	write("altered.json", altered)
	given := &history.History{Events: s.events(segment)}
	for _, event := range given.Events {
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil && scheduled.ActivityType.Name == "QuerySource" {
			payload := scheduled.Input.Payloads[0]
			payload.Data = bytes.Replace(payload.Data, []byte(`"by":"inn"`), []byte(`"by":"ogrn"`), 1)
			require.Contains(t, string(payload.Data), `"by":"ogrn"`)
		}
	}
	write("given.json", given)

	status, got := s.replay("--dir", dir)
	require.Equal(t, cli.Failed, status)
	require.Equal(t, replay.Counts{Replays: 1, Broke: 2}, got.Counts)
	require.Equal(t, "commands", got.Runs[0].Kind)
	require.Contains(t, got.Runs[0].Reason, "UpdateOnly")
	require.Contains(t, got.Runs[0].Reason, "DiffAndUpdate")
	require.Equal(t, "input", got.Runs[1].Kind)
	require.Contains(t, got.Runs[1].Reason, `by: was "ogrn", became "inn"`)
	require.Equal(t, "replays", got.Runs[2].Verdict, got.Runs[2].Reason)

	_, text, _ := s.starter("", "replay", "--dir", dir)
	require.True(t, strings.HasSuffix(text, "\n1 of 3 replay, 2 broke\n"), text)
}

// What was deleted, or has only begun, is told and proves nothing.
func TestReplayOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	status, out, errs := s.starter("", "replay")
	require.Equal(t, cli.Failed, status)
	require.Equal(t, "0 of 0 replay\n", out)
	require.Contains(t, errs, "nothing was replayed, so nothing is proved")
	require.Equal(t, "0 of 0 replay\n", s.must("", "replay", "--allow-none"))

	s.apply("") // no worker takes it
	s.must("", "trigger", s.id)
	s.until("it has begun", func(x syncs.Status) bool { return x.Pass != nil })
	status, young := s.replay(s.id)
	require.Equal(t, cli.Failed, status)
	require.Equal(t, replay.Counts{TooYoung: 1}, young.Counts)
}
