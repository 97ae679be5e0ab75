// Package overview reads the state of all syncs of a namespace, cheaply enough to be done every half minute: it lists schedules,
// running passes and passes that have ended since the last look, and asks no workflow and no worker. The answers come
// from Temporal's visibility store, so they may be some seconds old.
//
// It is for metrics. For the current state of one sync see package syncs of the starter.
//
// Words: a look is one reading; a view is what it saw.
package overview

import (
	"context"
	"fmt"
	"maps"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
)

const (
	// overlap is how much of the time before the last look is looked at again: the visibility store lags behind.
	overlap = 10 * time.Minute
	// pageSize is how many passes Temporal is asked for at once.
	pageSize = 100
	// maxPasses bounds how far back a sync that is new to the reader is looked up.
	maxPasses = 1000
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

// Reader looks at the syncs of a client's namespace. It keeps between looks what Temporal forgets when its retention is
// over, and nothing about a sync that is deleted. Not safe for concurrent use.
type Reader struct {
	temporal client.Client
	now      func() time.Time

	madeAt  time.Time
	looked  time.Time            // when the last look that succeeded began
	syncs   map[string]*Sync     // by their ids, with what is kept between looks: Last, Completed and Ended
	counted map[string]time.Time // passes within the overlap, by run id, with their ends
}

// NewReader makes a reader; Temporal is not asked yet.
func NewReader(temporal client.Client, now func() time.Time) *Reader {
	return &Reader{temporal: temporal, now: now, madeAt: now(), syncs: map[string]*Sync{}, counted: map[string]time.Time{}}
}

// Look reads all syncs. After an error the next look makes good for the one that failed.
func (r *Reader) Look(ctx context.Context) (View, error) {
	view := View{At: r.now()}
	entries, err := r.schedules(ctx)
	if err != nil {
		return View{}, err
	}
	// First what runs, then what has ended: a pass that ends in between is seen twice, and not missed.
	running, err := r.running(ctx)
	if err != nil {
		return View{}, err
	}
	if err := r.ended(ctx, entries); err != nil {
		return View{}, err
	}
	for id, entry := range entries {
		view.Syncs = append(view.Syncs, sync(*r.syncs[id], entry, running[id]))
	}
	r.looked = view.At
	return view, nil
}

// schedules are those of syncs, by the ids of these.
func (r *Reader) schedules(ctx context.Context) (map[string]*client.ScheduleListEntry, error) {
	entries := map[string]*client.ScheduleListEntry{}
	for entry, err := range runs.Schedules(ctx, r.temporal) {
		if err != nil {
			return nil, err
		}
		if id, ok := pass.SyncID(entry.ID); ok && entry.WorkflowType.Name == string(pass.SyncWorkflow) {
			entries[id] = entry
		}
	}
	return entries, nil
}

// running are the newest passes that run, by their syncs.
func (r *Reader) running(ctx context.Context) (map[string]*workflowpb.WorkflowExecutionInfo, error) {
	found := map[string]*workflowpb.WorkflowExecutionInfo{}
	query := "WorkflowType = " + runs.Quoted(string(pass.SyncWorkflow)) + " AND ExecutionStatus = 'Running'"
	for info, err := range runs.List(ctx, r.temporal, query, pageSize) {
		if err != nil {
			return nil, fmt.Errorf("list running passes: %w", err)
		}
		id, ok := syncOf(info)
		if before := found[id]; ok && (before == nil || before.StartTime.AsTime().Before(info.StartTime.AsTime())) {
			found[id] = info
		}
	}
	return found, nil
}

// ended brings what is remembered up to date.
func (r *Reader) ended(ctx context.Context, entries map[string]*client.ScheduleListEntry) error {
	maps.DeleteFunc(r.syncs, func(id string, _ *Sync) bool { return entries[id] == nil })
	if !r.looked.IsZero() {
		since := r.looked.Add(-overlap).UTC().Format(time.RFC3339Nano)
		query := "WorkflowType = " + runs.Quoted(string(pass.SyncWorkflow)) + " AND CloseTime >= " + runs.Quoted(since)
		for info, err := range runs.List(ctx, r.temporal, query, pageSize) {
			if err != nil {
				return fmt.Errorf("list ended passes: %w", err)
			}
			if id, ok := syncOf(info); ok && r.syncs[id] != nil {
				r.record(r.syncs[id], info)
			}
		}
	}
	for id := range entries {
		if r.syncs[id] != nil {
			continue
		}
		if err := r.history(ctx, id); err != nil {
			return err
		}
	}
	maps.DeleteFunc(r.counted, func(_ string, end time.Time) bool { return end.Before(r.looked.Add(-2 * overlap)) })
	return nil
}

// history remembers the last passes of a sync that is new to the reader.
func (r *Reader) history(ctx context.Context, id string) error {
	s := &Sync{ID: id, Ended: map[string]int{}}
	for _, how := range Endings() {
		s.Ended[how] = 0
	}
	query := "TemporalScheduledById = " + runs.Quoted(pass.ScheduleID(id)) + " AND ExecutionStatus != 'Running'"
	seen := 0
	for info, err := range runs.List(ctx, r.temporal, query, pageSize) {
		if err != nil {
			return fmt.Errorf("list ended passes of sync %s: %w", id, err)
		}
		r.record(s, info)
		seen++
		// The newest come first. All that have ended since the reader was made count.
		if seen == maxPasses || s.Completed != nil && info.GetCloseTime().AsTime().Before(r.madeAt) {
			break
		}
	}
	r.syncs[id] = s
	return nil
}

// record remembers a pass that has ended, and counts it once.
func (r *Reader) record(s *Sync, info *workflowpb.WorkflowExecutionInfo) {
	p := ended(info)
	if s.Last == nil || s.Last.EndedAt.Before(p.EndedAt) {
		s.Last = &p
	}
	if p.How == string(pass.Completed) && (s.Completed == nil || s.Completed.EndedAt.Before(p.EndedAt)) {
		s.Completed = &p
	}
	if _, counted := r.counted[p.RunID]; !counted && !p.EndedAt.Before(r.madeAt) {
		r.counted[p.RunID] = p.EndedAt
		s.Ended[p.How]++
	}
}

// syncOf is the sync whose schedule started the pass; false for one that no schedule did.
func syncOf(info *workflowpb.WorkflowExecutionInfo) (string, bool) {
	payload := info.GetSearchAttributes().GetIndexedFields()["TemporalScheduledById"]
	var schedule string
	if payload == nil || codec.Decoded.FromPayload(payload, &schedule) != nil {
		return "", false
	}
	return pass.SyncID(schedule)
}

// ended reads a pass that has ended: what its memo says, or how Temporal ended it if it went without a word.
func ended(info *workflowpb.WorkflowExecutionInfo) Pass {
	p := Pass{RunID: info.GetExecution().GetRunId(), StartedAt: info.GetStartTime().AsTime(), EndedAt: info.GetCloseTime().AsTime()}
	if result, err := pass.ResultFromMemo(info.GetMemo()); err == nil && result != nil {
		p.State, p.Counts, p.How = result.State, result.Counts, string(result.Ended)
	}
	if p.How != "" {
		return p
	}
	// The same words as in the status of the starter.
	p.How = pass.EndedByTemporal(info.GetStatus())
	p.State.Status, p.State.NextTry, p.State.TryCount = pass.TriggerWaiting, nil, 0
	return p
}

// sync adds to what is known of one what the lists say.
func sync(s Sync, entry *client.ScheduleListEntry, running *workflowpb.WorkflowExecutionInfo) Sync {
	s.Paused = entry.Paused && entry.Spec != nil && schedule.HasStarts(*entry.Spec)
	s.State, s.Ended = pass.InitialState(), maps.Clone(s.Ended)
	var starts []time.Time
	if !entry.Paused && len(entry.NextActionTimes) > 0 {
		starts = entry.NextActionTimes
		s.Next = starts[0]
	}
	if n := len(entry.RecentActions); n > 0 {
		newest := entry.RecentActions[n-1]
		s.StartLag = new(max(0, newest.ActualTime.Sub(newest.ScheduleTime)))
		if len(starts) > 0 {
			starts = append([]time.Time{newest.ScheduleTime}, starts...)
		}
	}
	for i := 1; i < len(starts); i++ {
		s.Interval = max(s.Interval, starts[i].Sub(starts[i-1]))
	}
	if s.Last != nil {
		s.State = s.Last.State
	}
	if running == nil || s.Last != nil && s.Last.RunID == running.GetExecution().GetRunId() {
		return s
	}
	s.RunningSince = running.GetStartTime().AsTime()
	s.State = pass.State{Status: pass.InProgress}
	if result, err := pass.ResultFromMemo(running.GetMemo()); err == nil && result != nil {
		s.State = result.State
	}
	return s
}
