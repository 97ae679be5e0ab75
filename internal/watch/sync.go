package watch

import (
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
)

// sync puts together what the lists say about one.
func sync(id string, entry *client.ScheduleListEntry, running *workflowpb.WorkflowExecutionInfo, k *known) Sync {
	s := Sync{ID: id, Paused: entry.Paused, State: pass.InitialState(), Last: k.last, Completed: k.completed, Ended: map[string]int{}}
	for how, n := range k.ended {
		s.Ended[how] = n
	}
	if next := entry.NextActionTimes; !entry.Paused && len(next) > 0 {
		s.Next = next[0]
		for i := 1; i < len(next); i++ {
			s.Interval = max(s.Interval, next[i].Sub(next[i-1]))
		}
	}
	if n := len(entry.RecentActions); n > 0 {
		newest := entry.RecentActions[n-1]
		lag := max(0, newest.ActualTime.Sub(newest.ScheduleTime))
		s.StartLag = &lag
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
