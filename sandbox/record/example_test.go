package record_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/replay"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/workflows/example"
)

var exampleFlag = flag.Bool("example", false, "write the histories of the worked example")

// exampleHistories is where those of the worked example are kept.
const exampleHistories = root + "/workflows/example/testdata"

// exampleBefore is the worked example as it was in its first release.
func exampleBefore(ctx workflow.Context, id string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var updated string
	err := workflow.ExecuteActivity(ctx, example.UpdateActivity, id).Get(ctx, &updated)
	return updated, err
}

// The worked example of docs/replay.md is true: what both of its releases did goes on under its code of today.
func TestWorkedExample(t *testing.T) {
	t.Parallel()
	s := servers[usual]
	c := rig.Dial(t, s.FrontendAddress())
	for name, tt := range map[string]struct {
		run  any
		want string
	}{
		"v0.1.0": {exampleBefore, "7 updated"},
		"v0.2.0": {example.WorkedExample, "7 found updated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queue := "example-" + name
			w := worker.New(c, queue, worker.Options{})
			w.RegisterWorkflowWithOptions(tt.run, workflow.RegisterOptions{Name: example.Workflow})
			for _, a := range []struct{ name, does string }{{example.FindActivity, "found"}, {example.UpdateActivity, "updated"}} {
				w.RegisterActivityWithOptions(func(_ context.Context, id string) (string, error) { return id + " " + a.does, nil },
					activity.RegisterOptions{Name: a.name})
			}
			require.NoError(t, w.Start())
			t.Cleanup(w.Stop)
			started, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: queue, TaskQueue: queue}, example.Workflow, "7")
			require.NoError(t, err)
			var got string
			require.NoError(t, started.Get(t.Context(), &got))
			require.Equal(t, tt.want, got)

			h := (&stage{t: t, temporal: c}).fetch("", run{started.GetID(), started.GetRunID()})[0]
			read, err := client.HistoryFromJSON(h.read(), client.HistoryJSONOptions{})
			require.NoError(t, err)
			require.NoError(t, replay.Replayer{Register: example.Register}.Check(h.workflowID, h.runID, read))
			if *exampleFlag {
				data, err := packed(h.json)
				require.NoError(t, err)
				require.NoError(t, os.MkdirAll(exampleHistories, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(exampleHistories, fmt.Sprintf("%s.json.gz", name)), data, 0o644))
			}
		})
	}
}
