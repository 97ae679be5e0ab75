package e2e_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// otherwise changes the input of the schedule as tools other than the starter do: it becomes these fields, and no others.
func (s *stack) otherwise(fields map[string]any) {
	s.t.Helper()
	require.NoError(s.t, rig.ChangeInput(s.t.Context(), s.temporal, s.id, fields))
}

// down is a pass in RETRY_WAITING, for so long that it looks at its schedule before the next try.
func (s *stack) down(more string) syncs.Status {
	s.t.Helper()
	s.kontur.Inject(konturtest.Fault{Status: 503, Text: "Service Unavailable"})
	s.apply("retryDelays: [11s, 11s, 1h]\n" + more)
	s.must("", "trigger", s.id)
	return s.until("RETRY_WAITING", func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting })
}

// input is what stack.down has applied, in part, as a person writes it.
func (s *stack) input(more map[string]any) map[string]any {
	fields := map[string]any{"id": s.id, "batchSize": 10, "retryDelays": []string{"11s", "11s", "1h"}}
	maps.Copy(fields, more)
	return fields
}

// requireStarts requires that the schedule has started so many passes, and is not about to start another one.
func (s *stack) requireStarts(n int) {
	s.t.Helper()
	found, err := s.temporal.WorkflowService().DescribeSchedule(s.t.Context(), &workflowservice.DescribeScheduleRequest{Namespace: "default", ScheduleId: pass.ScheduleID(s.id)})
	require.NoError(s.t, err)
	require.EqualValues(s.t, n, found.GetInfo().GetActionCount())
	require.Zero(s.t, found.GetInfo().GetBufferSize())
}

// replaced waits for the end of the pass that follows another one.
func (s *stack) replaced(old *syncs.Pass) syncs.Status {
	s.t.Helper()
	done := s.until("the next pass", func(x syncs.Status) bool { return finished(x) && x.Pass.RunID != old.RunID })
	require.Equal(s.t, "COMPLETED", done.Pass.Ended)
	require.Nil(s.t, done.Pass.ResumedFrom, "from the beginning")
	before, _, err := s.manager.PassOf(s.t.Context(), runs.Execution{WorkflowID: old.WorkflowID, RunID: old.RunID})
	require.NoError(s.t, err)
	require.Equal(s.t, pass.Stopped, before.Ended)
	require.Contains(s.t, before.Replaced, "the configuration changed: batchSize 10 → 5")
	require.NotContains(s.t, before.Replaced, "starts no new pass")
	return done
}

func TestChangeByAnotherToolStartsThePassAnewOnce(t *testing.T) {
	t.Parallel()
	const alone = "by that tool alone"
	for name, meanwhile := range map[string]func(s *stack){
		alone: func(*stack) {},
		"and apply asks for the next pass as well": func(s *stack) {
			handle := s.temporal.ScheduleClient().GetHandle(s.t.Context(), pass.ScheduleID(s.id))
			require.NoError(s.t, handle.Trigger(s.t.Context(), client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, server *temporalserver.Server) {
				if server == sharedCHASM && name != alone {
					t.Skip("CHASM keeps every start that it was asked for, whatever the policy")
				}
				s := filledStack(t, server, 30)
				old := s.down("").Pass
				s.otherwise(s.input(map[string]any{"batchSize": 5}))
				meanwhile(s)
				s.until("the end of the old pass", func(x syncs.Status) bool { return x.Pass.RunID != old.RunID })
				s.kontur.ClearFaults()
				done := s.replaced(old)
				require.EqualValues(t, 30, done.State.CountProcessedNodes)
				require.Contains(t, s.history(done.Pass.WorkflowID), `"batchSize":5`)
				s.requireStarts(2)
			})
		})
	}
}

// What starter apply finds changed it restarts itself, though the pass would do so, too.
func TestApplyAndThePassStartOneAnewTogether(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 30)
	old := s.down("").Pass
	s.otherwise(s.input(map[string]any{"batchSize": 5}))
	s.kontur.ClearFaults()
	require.Contains(t, s.apply("batchSize: 5\nretryDelays: [11s, 11s, 1h]"), "pass "+old.WorkflowID+" is being stopped")
	done := s.until("the next pass", func(x syncs.Status) bool { return finished(x) && x.Pass.RunID != old.RunID })
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	s.requireStarts(2)
}

func TestChangeWithTheSameMeaningChangesNothing(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 30)
	old := s.down("").Pass
	s.otherwise(s.input(map[string]any{"searchParam": "INN", "sources": []string{"req"}, "name": "Other", "lookahead": 2, "cron": "0 2 * * *"}))
	s.until("two tries", func(x syncs.Status) bool { return x.State.TryCount == 2 })
	s.otherwise(map[string]any{"batch_size": 5})
	s.until("three tries", func(x syncs.Status) bool { return x.State.TryCount == 3 })
	s.kontur.ClearFaults()
	s.must("", "retry", s.id)
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, old.RunID, done.Pass.RunID)
	require.Contains(t, s.logs.String(), "batch_size")
	s.requireStarts(1)
}

func TestChangeOfAPausedScheduleStopsThePassAndStartsNone(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 30)
	old := s.down(`cron: "0 2 * * *"`).Pass
	s.must("", "pause", s.id, "--note", "own")
	s.otherwise(s.input(map[string]any{"batchSize": 5}))
	stopped := s.until("the end", finished)
	require.Equal(t, "STOPPED", stopped.Pass.Ended)
	require.Equal(t, "the configuration changed: batchSize 10 → 5; it starts no new pass: the schedule is paused: own", stopped.Pass.Replaced)
	require.Contains(t, s.must("", "status", s.id), "the configuration changed: batchSize 10 → 5")
	s.requireStarts(1)
	s.kontur.ClearFaults()
	done := s.trigger()
	require.NotEqual(t, old.RunID, done.Pass.RunID)
	require.Nil(t, done.Pass.ResumedFrom, "from the beginning")
}

// In the middle of a segment it takes half a minute at most to be noticed.
func TestChangeByAnotherToolStopsASegmentAtACleanPoint(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 300)
	s.kontur.SetLatency(3 * time.Second)
	s.apply("lookahead: 1")
	s.must("", "trigger", s.id)
	old := s.until("a batch", func(x syncs.Status) bool { return x.State.CountProcessedNodes > 0 }).Pass
	s.otherwise(map[string]any{"id": s.id, "batchSize": 5, "lookahead": 1, "retryDelays": []string{"1s", "1s", "1s"}})
	s.until("the next pass", func(x syncs.Status) bool { return x.Pass.RunID != old.RunID })
	s.kontur.SetLatency(0)
	require.EqualValues(t, 300, s.replaced(old).State.CountProcessedNodes)
	s.requireStarts(2)
}
