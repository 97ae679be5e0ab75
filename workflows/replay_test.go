package workflows_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/replay"
	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/example"
)

// Every build has to go on with what every release has begun. If this test fails, open runs of that release would get
// stuck under this build, or go on with another state: don't change the recording, change the code. docs/replay.md says how.
func TestRecordedRunsGoOnUnderThisBuild(t *testing.T) {
	t.Parallel()
	releases := recordedReleases(t)
	began := time.Now()
	t.Cleanup(func() { t.Logf("replayed in %s", time.Since(began).Round(time.Millisecond)) })
	for _, r := range releases {
		for _, f := range r.Files {
			t.Run(strings.TrimSuffix(f.File, ".json.gz"), func(t *testing.T) {
				t.Parallel()
				history := readRecording(t, f.File)
				require.Len(t, history.Events, f.Events)
				require.NoError(t, replay.Replayer{}.Check(f.WorkflowID, f.RunID, history))
				// Nobody hands the ids in when the recording is replayed from a file.
				require.NoError(t, replay.Replayer{}.Check("", "", history))
			})
		}
	}
	// The worked example's releases are recorded beside it.
	examples, err := filepath.Glob("example/testdata/*.json.gz")
	require.NoError(t, err)
	require.Len(t, examples, 2)
	for _, file := range examples {
		t.Run("example_"+strings.TrimSuffix(filepath.Base(file), ".json.gz"), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replay.Replayer{Register: example.Register}.Check("", "", readHistory(t, file)))
		})
	}
}

// The control: a recording that is altered is refused, whatever its type, and the event is named.
func TestAlteredRecordingsAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		file  string
		alter func(*historypb.HistoryEvent) bool // says whether it did
		want  string
	}{
		{"another activity", "first-pass", func(e *historypb.HistoryEvent) bool {
			a := e.GetActivityTaskScheduledEventAttributes()
			if a != nil {
				a.ActivityType.Name = "Foreign"
			}
			return a != nil
		}, `recorded was activity Foreign "`},
		{"another input", "first-pass.segment-1", func(e *historypb.HistoryEvent) bool {
			a := e.GetActivityTaskScheduledEventAttributes()
			if a == nil || a.ActivityType.GetName() != string(pass.DiffAndUpdate) {
				return false
			}
			data := a.Input.Payloads[0].Data
			a.Input.Payloads[0].Data = bytes.Replace(data, []byte(`"by":"inn"`), []byte(`"by":"ogrn"`), 1)
			return !bytes.Equal(data, a.Input.Payloads[0].Data)
		}, `): by: was "ogrn", became "inn"`},
		{"another task queue", "report", func(e *historypb.HistoryEvent) bool {
			a := e.GetActivityTaskScheduledEventAttributes()
			if a == nil || a.ActivityType.GetName() != string(report.AskSource) {
				return false
			}
			a.TaskQueue.Name = "elsewhere"
			return true
		}, `task queue: was elsewhere, became recorded-report-kontur`},
		{"another result", "gave-up", func(e *historypb.HistoryEvent) bool {
			a := e.GetWorkflowExecutionFailedEventAttributes()
			if a != nil {
				a.Failure.GetApplicationFailureInfo().Type = "Other"
			}
			return a != nil
		}, "type: was Other, became PassFailed"},
	}
	release := recordedReleases(t)[0]
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			history := readRecording(t, release.Release+"_"+tt.file+".json.gz")
			i := slices.IndexFunc(history.Events, tt.alter)
			require.GreaterOrEqual(t, i, 0, "there is nothing to alter")
			err := replay.Replayer{}.Check("", "", history)
			var broken *replay.Broken
			require.True(t, errors.As(err, &broken), "%v", err)
			require.Equal(t, history.Events[i].EventId, broken.Event)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// readRecording reads a history as everybody can: with gunzip and client.HistoryFromJSON.
func readRecording(t *testing.T, name string) *historypb.History {
	t.Helper()
	return readHistory(t, filepath.Join(recordings, name))
}

func readHistory(t *testing.T, path string) *historypb.History {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	history, err := client.HistoryFromJSON(plain, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history
}
