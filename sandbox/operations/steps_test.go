package operations_test

import (
	"strings"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/syncs"
)

const (
	syncID     = "nightly"
	scheduleID = "counterparty-sync-nightly"
	// renamed is a name that the register takes on between two passes.
	renamed = "ООО Переименованное"
)

// steps are all blocks of the page by name.
func steps() map[string]step {
	return map[string]step{
		"build":   {once: true},
		"connect": {},
		"codec":   {},
		"file":    {},
		"profile": {},
		"tls":     {},
		"setup": {
			says:  map[string][]string{"starter": {"CounterpartySyncId      Keyword  added"}, "temporal": {"CounterpartySyncStatus"}, "tctl": {"CounterpartySyncStatus"}},
			after: func(c *column, _ string) { require.Contains(c.t, c.must("starter setup --check"), "ready") },
		},

		"create": {
			says:  map[string][]string{"starter": {scheduleID + " created"}, "tctl": {"Schedule created"}},
			after: startsAt("23:00"), // 02:00 in Moscow
		},
		"describe": {says: map[string][]string{"": {scheduleID}, "starter": {"TRIGGER_WAITING"}, "temporal": {"Europe/Moscow", "Skip"}, "tctl": {"CounterpartySync"}}},
		"list":     {says: map[string][]string{"": {"nightly"}, "temporal": {scheduleID}, "tctl": {scheduleID}}},
		"pause": {after: func(c *column, _ string) {
			schedule := c.status(syncID).Schedule
			require.True(c.t, schedule.Paused)
			require.Equal(c.t, "until the move is over", schedule.Note)
		}},
		"resume": {after: func(c *column, _ string) { require.False(c.t, c.status(syncID).Schedule.Paused) }},
		"trigger": {
			says:  map[string][]string{"starter": {"COMPLETED in", "250 nodes processed"}},
			after: onePassMore(1),
		},
		"backfill": {after: onePassMore(2)},

		"pass": {after: func(c *column, out string) { require.Equal(c.t, c.status(syncID).Pass.WorkflowID+"\n", out) }},
		"state": {says: map[string][]string{
			"":         {`"status"`, `"TRIGGER_WAITING"`, "250"},
			"starter":  {"kontur.req      ANSWERED", "kontur.req      OK"},
			"temporal": {"progress_ok", "COMPLETED", "CounterpartySync"},
			"tctl":     {"progress_ok", `"Completed"`, `"state"`},
		}, after: nil},
		"plan":    {says: map[string][]string{"starter": {"a pass asks about", "nodes"}}},
		"changes": {before: aPassWithChanges, after: tellsChanges},
		"retry":   {before: waiting, after: triedAgainAtOnce},
		"approve": {
			before: held("ООО Одобрено"),
			says:   map[string][]string{"starter": {"would change 1 of 100 nodes of the batch", "approved: hold 1"}},
			after:  answered("COMPLETED", 1),
		},
		"refuse": {
			before: held("ООО Отклонено"),
			says:   map[string][]string{"starter": {"refused: hold 1"}},
			after:  answered("FAILED", 0),
		},
		"stop":      {before: waiting, after: endedAs("STOPPED")},
		"terminate": {before: waiting, after: endedAs("TERMINATED")},
		"reset": {before: waitingNoMore, says: map[string][]string{"starter": {"COMPLETED in"}}, after: func(c *column, _ string) {
			require.Nil(c.t, c.status(syncID).Pass.ResumedFrom, "it began at the beginning")
		}},
		"checkpoint": {before: completed, says: map[string][]string{"starter": {"the next pass begins at the beginning, once"}}, after: func(c *column, _ string) {
			c.must("starter trigger nightly --wait")
			require.True(c.t, c.status(syncID).Pass.Rewound)
		}},
		"rewind": {before: completed, after: ranAgain},
		"stuck":  {before: stuck, says: map[string][]string{"": {scheduleID}}, after: unstuck},
		"rate":   {says: map[string][]string{"temporal": {"2.00 rps", "Kontur.Focus asks for less"}}},

		"update": {
			before: completed,
			says:   map[string][]string{"starter": {"cron: 0 0 2 * * * → 0 30 3 * * *"}},
			after:  startsAt("00:30"),
		},
		"repair": {before: damaged, says: map[string][]string{"": {"schedule.overlap: AllowAll → Skip", "sync nightly"}}, after: repaired},
		"delete": {after: func(c *column, _ string) {
			_, err := c.temporal.ScheduleClient().GetHandle(c.t.Context(), scheduleID).Describe(c.t.Context())
			require.Error(c.t, err)
			require.NotContains(c.t, c.must("starter status -o json"), scheduleID)
		}},
	}
}

func startsAt(clock string) func(c *column, _ string) {
	return func(c *column, _ string) {
		next := c.status(syncID).Schedule.Next
		require.NotEmpty(c.t, next)
		require.Equal(c.t, clock, next[0].Format("15:04"))
	}
}

// onePassMore requires that there were so many passes in all, and the last one has completed.
func onePassMore(n int64) func(c *column, _ string) {
	return func(c *column, _ string) {
		c.until(syncID, "one pass more", func(s syncs.Status) bool { return ended("COMPLETED")(s) && c.passes() == n })
	}
}

func (c *column) passes() int64 {
	count, err := c.temporal.CountWorkflow(c.t.Context(), countRequest(`TemporalScheduledById="`+scheduleID+`"`))
	require.NoError(c.t, err)
	return count.Count
}

// aPassWithChanges walks anew after a company has changed.
func aPassWithChanges(c *column) {
	c.kontur.Update(konturtest.OGRN(7), func(company *konturtest.Company) { company.ShortName = renamed })
	c.must("starter trigger nightly --wait")
}

func tellsChanges(c *column, out string) {
	require.Contains(c.t, out, `"outcome":"UPDATED"`)
	require.Contains(c.t, out, renamed)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Greater(c.t, len(lines), 1, "reasons are told, too")
}

// waiting puts a pass into RETRY_WAITING, unless one is.
func waiting(c *column) {
	c.down.Store(true)
	if s := c.status(syncID); s.Pass == nil || s.Pass.FinishedAt != nil {
		c.must("starter trigger nightly")
	}
	c.until(syncID, "RETRY_WAITING", isWaiting)
}

func isWaiting(s syncs.Status) bool { return s.State.Status == pass.RetryWaiting }

// triedAgainAtOnce: with Kontur.Focus down still, the wait for the first retry has given way to that for the second.
func triedAgainAtOnce(c *column, _ string) {
	c.until(syncID, "the next try", func(s syncs.Status) bool {
		return s.State.Status == pass.RetryWaiting && s.State.TryCount > 1
	})
}

func endedAs(how string) func(c *column, _ string) {
	return func(c *column, _ string) {
		c.until(syncID, how, ended(how))
		c.down.Store(false)
	}
}

func waitingNoMore(c *column) {
	waiting(c)
	c.down.Store(false)
	c.must("starter stop nightly")
}

// completed leaves nothing running and Kontur.Focus well.
func completed(c *column) {
	c.down.Store(false)
	c.must("starter stop nightly && starter trigger nightly --wait")
}

// ranAgain requires a second run of the pass, and that the starter knows of it, of which the schedule does not.
func ranAgain(c *column, _ string) {
	c.until(syncID, "a second run", func(s syncs.Status) bool {
		runs, err := c.temporal.CountWorkflow(c.t.Context(), countRequest(`WorkflowId="`+s.Pass.WorkflowID+`" AND ExecutionStatus="Completed"`))
		require.NoError(c.t, err)
		latest, err := c.temporal.DescribeWorkflow(c.t.Context(), s.Pass.WorkflowID, "")
		require.NoError(c.t, err)
		return runs.Count == 2 && s.Pass.RunID == latest.WorkflowExecution.RunID
	})
}

// stuck starts a workflow whose tasks fail again and again: the worker does not know its type.
func stuck(c *column) {
	c.must("temporal workflow start --task-queue " + taskQueue + " --type Nobody --workflow-id " + scheduleID + "-stuck")
	rig.Until(c.t, "it is stuck", func() bool {
		count, err := c.temporal.CountWorkflow(c.t.Context(), countRequest("TemporalReportedProblems IS NOT NULL"))
		return err == nil && count.Count == 1
	})
}

func unstuck(c *column, _ string) {
	require.NoError(c.t, c.temporal.TerminateWorkflow(c.t.Context(), scheduleID+"-stuck", "", "test is over"))
}

// damaged replaces the schedule with one that lacks and adds much.
func damaged(c *column) {
	handle := c.temporal.ScheduleClient().GetHandle(c.t.Context(), scheduleID)
	require.NoError(c.t, handle.Update(c.t.Context(), client.ScheduleUpdateOptions{DoUpdate: func(i client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		i.Description.Schedule.Policy.Overlap = enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL
		return &client.ScheduleUpdate{Schedule: &i.Description.Schedule}, nil
	}}))
}

func repaired(c *column, _ string) {
	require.Contains(c.t, c.must("starter apply -f nightly.yaml"), "unchanged")
	require.Empty(c.t, c.status(syncID).Schedule.Problems)
	require.NotNil(c.t, c.status(syncID).Pass, "the state stays")
}

func countRequest(query string) *workflowservice.CountWorkflowExecutionsRequest {
	return &workflowservice.CountWorkflowExecutionsRequest{Namespace: "default", Query: query}
}
