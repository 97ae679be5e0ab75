package replay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/replay"
)

// A run that was reset decided its first turns under the id of the run before, and asks for itself under its own.
func TestARunThatWasResetIsNoOther(t *testing.T) {
	t.Parallel()
	ask := func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, "WhoAmI", map[string]string{"runId": workflow.GetInfo(ctx).WorkflowExecution.RunID}).Get(ctx, nil)
	}
	replayer := replay.Replayer{Register: func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(ask, workflow.RegisterOptions{Name: "Ask"})
	}}
	h := newHistory(t, "Ask").turn().activity("WhoAmI", "", "q", map[string]string{"runId": "first"})
	var broken *replay.Broken
	require.ErrorAs(t, replayer.Check("run", "second", h.History), &broken)
	require.Equal(t, replay.Input, broken.Kind)
	require.NoError(t, replayer.Check("run", "second", h.reset("first", "second").History))
	require.ErrorAs(t, replayer.Check("run", "third", h.History), &broken)
}

// Encoded histories are read with the worker's own keys.
func TestEncodedHistories(t *testing.T) {
	t.Parallel()
	keys, err := codec.ParseKeys([]byte(`keys: [{id: "2026-11", key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=}]`))
	require.NoError(t, err)
	c := &codec.Codec{Compress: true, Keys: keys}
	encoded := func() *historypb.History {
		h := completed(t)
		for _, e := range h.Events {
			if input := e.GetActivityTaskScheduledEventAttributes().GetInput(); input != nil {
				input.Payloads, err = c.Encode(input.Payloads)
				require.NoError(t, err)
			}
		}
		return h.History
	}
	build := asRecorded()
	register := func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(build.run, workflow.RegisterOptions{Name: "Pass"})
	}
	require.NoError(t, replay.Replayer{Codec: c, Register: register}.Check("run", "", encoded()))
	var missing *codec.MissingKeyError
	require.ErrorAs(t, replay.Replayer{Register: register}.Check("run", "", encoded()), &missing)
	require.Equal(t, "2026-11", missing.ID)
	build.give.IDs = nil
	require.ErrorContains(t, replay.Replayer{Codec: c, Register: register}.Check("run", "", encoded()), `ids: was ["1","2"], became absent`)
}

// The SDK does not mind a run that ends before its time, as long as it ends in the same way.
func TestARunThatEndsTooEarlyIsRefused(t *testing.T) {
	t.Parallel()
	replayer := func(waits bool) replay.Replayer {
		return replay.Replayer{Register: func(r worker.WorkflowRegistry) {
			r.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
				ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
				future := workflow.ExecuteActivity(ctx, "Fetch")
				if waits {
					return future.Get(ctx, nil)
				}
				return nil
			}, workflow.RegisterOptions{Name: "Early"})
		}}
	}
	h := newHistory(t, "Early").turn().activity("Fetch", "", "q", nil).turn().complete(nil)
	require.NoError(t, replayer(true).Check("run", "8d1a", h.History))
	require.ErrorContains(t, replayer(false).Check("run", "8d1a", h.History), "this build has the completion of the run there")
}

func TestTheKeysOfAMemoAreNames(t *testing.T) {
	t.Parallel()
	replayer := replay.Replayer{Register: func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			return workflow.UpsertMemo(ctx, map[string]any{"state": 1})
		}, workflow.RegisterOptions{Name: "Memo"})
	}}
	require.NoError(t, replayer.Check("run", "8d1a", newHistory(t, "Memo").turn().memo("state").complete(nil).History))
	require.ErrorContains(t, replayer.Check("run", "8d1a", newHistory(t, "Memo").turn().memo("result").complete(nil).History),
		"keys: was a change of the memo (result), became a change of the memo (state)")
}
