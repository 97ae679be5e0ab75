package overview

import (
	"maps"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// sync puts together what the lists say about one.
func sync(id string, entry *client.ScheduleListEntry, running *workflowpb.WorkflowExecutionInfo, k *remembered) Sync {
	s := Sync{ID: id, Paused: entry.Paused && entry.Spec != nil && schedule.HasStarts(*entry.Spec), State: pass.InitialState(), Last: k.last, Completed: k.completed, Ended: maps.Clone(k.ended)}
	starts := entry.NextActionTimes
	if entry.Paused {
		starts = nil
	}
	if len(starts) > 0 {
		s.Next = starts[0]
	}
	if n := len(entry.RecentActions); n > 0 {
		newest := entry.RecentActions[n-1]
		lag := max(0, newest.ActualTime.Sub(newest.ScheduleTime))
		s.StartLag = &lag
		if len(starts) > 0 {
			starts = append([]time.Time{newest.ScheduleTime}, starts...)
		}
	}
	for i := 1; i < len(starts); i++ {
		s.Interval = max(s.Interval, starts[i].Sub(starts[i-1]))
	}
	if k.last != nil {
		s.State = k.last.State
	}
	if running == nil || k.last != nil && k.last.RunID == running.GetExecution().GetRunId() {
		return s
	}
	s.RunningSince = running.GetStartTime().AsTime()
	s.State = pass.State{Status: pass.InProgress}
	if result, err := pass.ResultFromMemo(running.GetMemo()); err == nil && result != nil {
		s.State = result.State
	}
	return s
}
