package overview

import (
	"context"
	"fmt"
	"maps"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

const (
	// overlap is how much of the time before the last look is looked at again: the visibility store lags behind.
	overlap = 10 * time.Minute
	// pageSize is how many passes Temporal is asked for at once.
	pageSize = 100
	// maxPasses bounds how far back a sync that is new to the reader is looked up.
	maxPasses = 1000
)

// Reader looks at the syncs of a client's namespace. It keeps between looks what Temporal forgets when its retention is
// over, and nothing about a sync that is deleted. Not safe for concurrent use.
type Reader struct {
	temporal client.Client
	now      func() time.Time

	madeAt  time.Time
	looked  time.Time // when the last look that succeeded began
	syncs   map[string]*remembered
	counted map[string]time.Time // passes within the overlap, by run id, with their ends
}

// remembered is what a reader keeps of a sync between looks.
type remembered struct {
	last, completed *Pass
	ended           map[string]int
}

// NewReader makes a reader; Temporal is not asked yet.
func NewReader(temporal client.Client, now func() time.Time) *Reader {
	return &Reader{temporal: temporal, now: now, madeAt: now(), syncs: map[string]*remembered{}, counted: map[string]time.Time{}}
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
		view.Syncs = append(view.Syncs, sync(id, entry, running[id], r.syncs[id]))
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
	maps.DeleteFunc(r.syncs, func(id string, _ *remembered) bool { return entries[id] == nil })
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
		k, err := r.history(ctx, id)
		if err != nil {
			return err
		}
		r.syncs[id] = k
	}
	maps.DeleteFunc(r.counted, func(_ string, end time.Time) bool { return end.Before(r.looked.Add(-2 * overlap)) })
	return nil
}

// history reads the last passes of a sync that is new to the reader.
func (r *Reader) history(ctx context.Context, id string) (*remembered, error) {
	k := &remembered{ended: map[string]int{}}
	for _, how := range Endings() {
		k.ended[how] = 0
	}
	query := "TemporalScheduledById = " + runs.Quoted(pass.ScheduleID(id)) + " AND ExecutionStatus != 'Running'"
	seen := 0
	for info, err := range runs.List(ctx, r.temporal, query, pageSize) {
		if err != nil {
			return nil, fmt.Errorf("list ended passes of sync %s: %w", id, err)
		}
		r.record(k, info)
		seen++
		// The newest come first. All that have ended since the reader was made count.
		if seen == maxPasses || k.completed != nil && info.GetCloseTime().AsTime().Before(r.madeAt) {
			break
		}
	}
	return k, nil
}

// record remembers a pass that has ended, and counts it once.
func (r *Reader) record(k *remembered, info *workflowpb.WorkflowExecutionInfo) {
	p := ended(info)
	if k.last == nil || k.last.EndedAt.Before(p.EndedAt) {
		k.last = &p
	}
	if p.How == string(pass.Completed) && (k.completed == nil || k.completed.EndedAt.Before(p.EndedAt)) {
		k.completed = &p
	}
	if _, counted := r.counted[p.RunID]; !counted && !p.EndedAt.Before(r.madeAt) {
		r.counted[p.RunID] = p.EndedAt
		k.ended[p.How]++
	}
}

// syncOf is the sync whose schedule started the pass; false for one that no schedule did.
func syncOf(info *workflowpb.WorkflowExecutionInfo) (string, bool) {
	payload := info.GetSearchAttributes().GetIndexedFields()["TemporalScheduledById"]
	var schedule string
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &schedule) != nil {
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
