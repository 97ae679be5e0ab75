package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// build is the environment of a worker with worker versioning.
func (s *stack) build(id, behavior string) map[string]string {
	return map[string]string{"TEMPORAL_DEPLOYMENT_NAME": s.id, "TEMPORAL_WORKER_BUILD_ID": id, "VERSIONING_BEHAVIOR": behavior}
}

func (s *stack) deployment() client.WorkerDeploymentHandle {
	return s.temporal.WorkerDeploymentClient().GetHandle(s.id)
}

// known waits until Temporal has heard of a build on all task queues.
func (s *stack) known(build string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		found, err := s.deployment().DescribeVersion(s.t.Context(), client.WorkerDeploymentDescribeVersionOptions{BuildID: build})
		return err == nil && len(found.Info.TaskQueuesInfos) >= 5 // workflows and activities of the main one, activities of three others
	}, patience, 50*time.Millisecond)
}

// makeCurrent is temporal worker deployment set-current-version.
func (s *stack) makeCurrent(build string) {
	s.t.Helper()
	_, err := s.deployment().SetCurrentVersion(s.t.Context(), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build})
	require.NoError(s.t, err)
}

// events is the history of a run.
func (s *stack) events(workflowID string) []*history.HistoryEvent {
	s.t.Helper()
	var events []*history.HistoryEvent
	iterator := s.temporal.GetWorkflowHistory(s.t.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		require.NoError(s.t, err)
		events = append(events, event)
	}
	return events
}

// builds are the builds that a workflow's decisions came from, in order, each once in a row.
func (s *stack) builds(workflowID string) []string {
	s.t.Helper()
	var builds []string
	for _, event := range s.events(workflowID) {
		if done := event.GetWorkflowTaskCompletedEventAttributes(); done != nil {
			builds = append(builds, done.GetDeploymentVersion().GetBuildId())
		}
	}
	return slices.Compact(builds)
}

// checked is what starter check says about the versioning of a worker with the environment.
func (s *stack) checked(env map[string]string) (status int, out string) {
	s.t.Helper()
	status, out, _ = s.starterIn(env, "", "check")
	return status, out
}

func TestVersionedWorkersWaitUntilTheirBuildIsCurrent(t *testing.T) {
	t.Parallel()
	// check looks at all syncs of a server: those of other tests may lack a worker.
	s := newStack(t, ownServer(t))
	s.fill(30)
	env := s.build("1", "auto-upgrade")
	const command = "temporal worker deployment set-current-version --deployment-name "
	status, said := s.checked(env)
	require.Equal(t, cli.Done, status, said)
	require.Contains(t, said, "deployment "+s.id+" is not known yet")
	require.Contains(t, said, command+s.id+" --build-id 1")

	s.startWorker(env)
	s.known("1")
	status, said = s.checked(env)
	require.Equal(t, cli.Failed, status, said)
	require.Contains(t, said, "no build of deployment "+s.id+" is current")
	s.apply("")
	s.must("", "trigger", s.id)
	id := s.status().Pass.WorkflowID

	s.makeCurrent("1")
	require.Equal(t, "COMPLETED", s.until("the end", finished).Pass.Ended)
	found, err := s.deployment().DescribeVersion(t.Context(), client.WorkerDeploymentDescribeVersionOptions{BuildID: "1"})
	require.NoError(t, err)
	for _, event := range s.events(id) {
		if event.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_STARTED {
			require.False(t, event.EventTime.AsTime().Before(found.Info.CurrentSinceTime), "nothing is dispatched before")
		}
	}
	require.Equal(t, []string{"1"}, s.builds(id))
	status, said = s.checked(env)
	require.Equal(t, cli.Done, status, said)
	require.Contains(t, said, "build 1 of deployment "+s.id+" is current")
}

// A build that becomes current takes over a pass in progress, or leaves it to its own build, as VERSIONING_BEHAVIOR says.
func TestNextBuildTakesOver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		behavior string
		pass     []string // the builds of the pass in progress
	}{
		{"auto-upgrade", []string{"1", "2"}},
		{"pinned", []string{"1"}},
	}
	for _, tt := range tests {
		t.Run(tt.behavior, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared)
			s.fill(60)
			first := s.startWorker(s.build("1", tt.behavior))
			s.known("1")
			s.makeCurrent("1")
			s.kontur.SetLatency(300 * time.Millisecond)
			s.apply("lookahead: 1")
			s.must("", "trigger", s.id)
			id := s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes > 0 }).Pass.WorkflowID

			s.startWorker(s.build("2", tt.behavior))
			s.known("2")
			s.makeCurrent("2")
			if tt.behavior == "auto-upgrade" {
				require.NoError(t, first.Stop())
			}
			done := s.until("the end", finished)
			require.Equal(t, "COMPLETED", done.Pass.Ended)
			require.Equal(t, 60, done.Pass.Counts.Updated)
			require.Equal(t, tt.pass, s.builds(id))
			require.Equal(t, tt.pass, s.builds(id+"/segment-1"), "a segment does as its pass")

			s.kontur.SetLatency(0)
			next := s.trigger()
			require.Equal(t, "COMPLETED", next.Pass.Ended)
			require.Equal(t, []string{"2"}, s.builds(next.Pass.WorkflowID), "what starts goes to the current build")
		})
	}
}

// Turning versioning on takes over what runs without it.
func TestVersioningTakesOverWhatRanWithoutIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(60)
	first := s.startWorker()
	s.kontur.SetLatency(300 * time.Millisecond)
	s.apply("lookahead: 1")
	s.must("", "trigger", s.id)
	id := s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes > 0 }).Pass.WorkflowID
	s.startWorker(s.build("1", "auto-upgrade"))
	s.known("1")
	s.makeCurrent("1")
	require.NoError(t, first.Stop())
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 60, done.Pass.Counts.Updated)
	require.Equal(t, []string{"", "1"}, s.builds(id))

	// And back: without a current build, workers without versioning are given everything.
	s.makeCurrent("")
	s.startWorker()
	next := s.trigger()
	require.Equal(t, "COMPLETED", next.Pass.Ended)
	require.Equal(t, []string{""}, s.builds(next.Pass.WorkflowID))
}
