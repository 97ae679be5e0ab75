package temporalserver_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"

	"counterparty-sync/sandbox/temporalserver"
)

const (
	taskQueue  = "flow"
	scheduleID = "each-second"
	namespace  = "accounts"
)

func tick(workflow.Context) (string, error) { return "done", nil }

// TestRestart is the whole life of a file: namespaces, schedules and histories outlive the server.
func TestRestart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give bool
	}{
		{name: "default scheduler", give: false},
		{name: "CHASM scheduler", give: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			options := temporalserver.Options{
				File:           filepath.Join(t.TempDir(), "a folder", temporalserver.FileName()),
				UI:             true,
				CHASMSchedules: tt.give,
			}

			first := start(t, options)
			registerNamespace(t, dial(t, first, "default"))
			c := dial(t, first, namespace)
			stopWorker := runWorker(t, c)
			createSchedule(t, c)
			before := awaitRuns(t, c, 2, nil)
			requireUI(t, first)
			stopWorker()
			c.Close()
			require.NoError(t, first.Stop())

			second := start(t, options)
			c = dial(t, second, namespace)
			defer c.Close()
			stopWorker = runWorker(t, c)
			defer stopWorker()
			description, err := c.ScheduleClient().GetHandle(ctx, scheduleID).Describe(ctx)
			require.NoError(t, err)
			require.False(t, description.Schedule.State.Paused)
			after := awaitRuns(t, c, 2, before)
			for id := range before {
				require.Contains(t, listRuns(t, c), id, "a run of before the restart")
				var result string
				require.NoError(t, c.GetWorkflow(ctx, id, "").Get(ctx, &result), "history of before the restart")
				require.Equal(t, "done", result)
			}
			require.NotEmpty(t, after)
			requireUI(t, second)
		})
	}
}

func start(t testing.TB, o temporalserver.Options) *temporalserver.Server {
	t.Helper()
	began := time.Now()
	s, err := temporalserver.Start(context.Background(), o)
	require.NoError(t, err)
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		began := time.Now()
		require.NoError(t, s.Stop())
		t.Logf("stopped after %s", time.Since(began).Round(time.Millisecond))
	})
	return s
}

func dial(t testing.TB, s *temporalserver.Server, namespace string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort:  s.FrontendAddress(),
		Namespace: namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	return c
}

// registerNamespace makes a namespace as a user would and waits until the services have heard of it.
func registerNamespace(t *testing.T, c client.Client) {
	t.Helper()
	defer c.Close()
	_, err := c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	require.EventuallyWithT(t, func(collect *assert.CollectT) {
		_, err := c.WorkflowService().ListSchedules(t.Context(), &workflowservice.ListSchedulesRequest{Namespace: namespace})
		require.NoError(collect, err)
	}, 30*time.Second, 100*time.Millisecond)
}

func runWorker(t *testing.T, c client.Client) (stop func()) {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(tick, workflow.RegisterOptions{Name: "Tick"})
	require.NoError(t, w.Start())
	return w.Stop
}

func createSchedule(t *testing.T, c client.Client) {
	t.Helper()
	_, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID:            scheduleID,
		Spec:          client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Second}}},
		Action:        &client.ScheduleWorkflowAction{ID: "tick", Workflow: "Tick", TaskQueue: taskQueue},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 10 * time.Second,
	})
	require.NoError(t, err)
}

// awaitRuns waits until n runs have completed that are not in known, and returns them.
func awaitRuns(t *testing.T, c client.Client, n int, known map[string]bool) map[string]bool {
	t.Helper()
	var fresh map[string]bool
	require.EventuallyWithT(t, func(collect *assert.CollectT) {
		fresh = listRuns(t, c)
		for id := range known {
			delete(fresh, id)
		}
		require.GreaterOrEqual(collect, len(fresh), n)
	}, 30*time.Second, 100*time.Millisecond)
	return fresh
}

// listRuns are the workflow ids of the completed runs.
func listRuns(t *testing.T, c client.Client) map[string]bool {
	t.Helper()
	answer, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: `WorkflowType = "Tick" AND ExecutionStatus = "Completed"`,
	})
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, e := range answer.Executions {
		ids[e.Execution.WorkflowId] = true
	}
	return ids
}

func requireUI(t *testing.T, s *temporalserver.Server) {
	t.Helper()
	for path, want := range map[string]string{
		"/":                               "<!doctype html>",
		"/namespaces/default":             "<!doctype html>",
		"/api/v1/settings":                `"DefaultNamespace":"default"`,
		"/api/v1/namespaces/" + namespace: namespace, // through the UI's own client of the frontend
	} {
		response, err := http.Get(s.UIURL() + path)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.Contains(t, string(body), want, path)
		require.NotContains(t, response.Header.Get("Set-Cookie"), "Secure", "a browser drops such a cookie on plain HTTP")
	}
}
