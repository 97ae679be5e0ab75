package temporalserver_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/sandbox/temporalserver"
)

// activitiesPerWorkflow makes an operation of the benchmark long enough to drown the start of a workflow.
const activitiesPerWorkflow = 100

func noop(context.Context) error { return nil }

func sequence(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range activitiesPerWorkflow {
		if err := workflow.ExecuteActivity(ctx, noop).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkActivities is what the server adds to each step of a pass: ms/activity is the time from the end of one activity
// to the end of the next one in the same workflow, when the activity itself takes none.
func BenchmarkActivities(b *testing.B) {
	benchmarks := []struct {
		name       string
		file       bool
		concurrent int
	}{
		{name: "memory/1 workflow", concurrent: 1},
		{name: "memory/4 workflows", concurrent: 4},
		{name: "file/1 workflow", file: true, concurrent: 1},
		{name: "file/4 workflows", file: true, concurrent: 4},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			o := temporalserver.Options{}
			if bb.file {
				o.File = filepath.Join(b.TempDir(), temporalserver.FileName())
			}
			s := start(b, o)
			c := dial(b, s, "default")
			defer c.Close()
			w := worker.New(c, taskQueue, worker.Options{})
			w.RegisterWorkflow(sequence)
			w.RegisterActivity(noop)
			require.NoError(b, w.Start())
			defer w.Stop()
			for b.Loop() {
				runTogether(b, c, bb.concurrent)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*activitiesPerWorkflow), "ms/activity")
		})
	}
}

func runTogether(b *testing.B, c client.Client, n int) {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			run, err := c.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{TaskQueue: taskQueue}, sequence)
			if err == nil {
				err = run.Get(b.Context(), nil)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(b, err)
	}
}
