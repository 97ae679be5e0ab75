// Package overview reads the state of all syncs of a namespace, cheaply enough to be done every half minute: it lists schedules,
// running passes and passes that have ended since the last look, and asks no workflow and no worker. The answers come
// from Temporal's visibility store, so they may be some seconds old.
//
// It is for metrics. For the current state of one sync see package syncs of the starter.
//
// Words: a look is one reading; a view is what it saw.
package overview

import (
	"maps"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// View is all syncs of a namespace as one look saw them.
type View struct {
	// At is when the look began.
	At time.Time
	// Syncs are in no order.
	Syncs []Sync
}

// Sync is one sync.
type Sync struct {
	ID string
	// Paused is false for a sync without starts: that it starts by hand only is how it is meant to be.
	Paused bool
	// Next is when the schedule starts the next pass; zero if it is paused, or has none.
	Next time.Time
	// Interval is the longest gap between the newest start and the next ones that the schedule lists, five at most; 0 if it
	// starts none. With the newest start it is right on a weekend, too, for a sync that rests then.
	Interval time.Duration
	// StartLag is how much later than scheduled the newest pass was started; nil if none ever was.
	StartLag *time.Duration

	State pass.State
	// RunningSince is when the pass that runs started; zero if none runs.
	RunningSince time.Time
	// Last is the pass that ended last, Completed the last one that walked to its end. Nil if Temporal keeps none.
	Last, Completed *Pass
	// Ended counts the passes that ended since the reader was made, by how they did. It has every key of Endings.
	Ended map[string]int
}

// Pass is one that has ended.
type Pass struct {
	RunID              string
	StartedAt, EndedAt time.Time
	// How is one of Endings.
	How    string
	State  pass.State
	Counts counterparty.Counts
}

// Endings are the ways in which a pass can end: by itself, or by Temporal's hand.
func Endings() []string {
	return []string{string(pass.Completed), string(pass.Stopped), string(pass.Failed), "CANCELED", "TERMINATED", "TIMED_OUT"}
}

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
