package replay_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

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

// Encoded histories are read with the worker's own converter.
func TestEncodedHistories(t *testing.T) {
	t.Parallel()
	encoded := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), converter.NewZlibCodec(converter.ZlibCodecOptions{AlwaysEncode: true}))
	h := completed(t)
	for _, e := range h.Events {
		if input := e.GetActivityTaskScheduledEventAttributes().GetInput(); input != nil {
			for i, p := range input.Payloads {
				var value json.RawMessage
				require.NoError(t, converter.GetDefaultDataConverter().FromPayload(p, &value))
				again, err := encoded.ToPayload(value)
				require.NoError(t, err)
				input.Payloads[i] = again
			}
		}
	}
	build := asRecorded()
	register := func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(build.run, workflow.RegisterOptions{Name: "Pass"})
	}
	require.NoError(t, replay.Replayer{DataConverter: encoded, Register: register}.Check("run", "", h.History))
	require.ErrorContains(t, replay.Replayer{Register: register}.Check("run", "", h.History), "was \"unreadable: ")
	build.give.IDs = nil
	require.ErrorContains(t, replay.Replayer{DataConverter: encoded, Register: register}.Check("run", "", h.History), `ids: was ["1","2"], became absent`)
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
