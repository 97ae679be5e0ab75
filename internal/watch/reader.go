package watch

import (
	"context"
	"fmt"
	"strings"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
)

const (
	// overlap is how much of the time before the last look is looked at again: the visibility store lags behind.
	overlap = 10 * time.Minute
	// pageSize and historyPages bound how far back a sync that is new to the reader is looked up: a thousand passes.
	pageSize     = 100
	historyPages = 10
)

// Reader looks at the syncs of a client's namespace. It keeps between looks what Temporal forgets when its retention is
// over, and nothing about a sync that is deleted. Not safe for concurrent use.
type Reader struct {
	temporal client.Client
	now      func() time.Time

	made    time.Time
	looked  time.Time // when the last look that succeeded began
	known   map[string]*known
	counted map[string]time.Time // passes within the overlap, by run id, with their ends
}

// known is what a reader remembers of a sync.
type known struct {
	last, completed *Pass
	ended           map[string]int
}

// NewReader makes a reader; it talks to nobody.
func NewReader(temporal client.Client, now func() time.Time) *Reader {
	return &Reader{temporal: temporal, now: now, made: now(), known: map[string]*known{}, counted: map[string]time.Time{}}
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
		view.Syncs = append(view.Syncs, sync(id, entry, running[id], r.known[id]))
	}
	r.looked = view.At
	return view, nil
}

// schedules are those of syncs, by the ids of these.
func (r *Reader) schedules(ctx context.Context) (map[string]*client.ScheduleListEntry, error) {
	list, err := r.temporal.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	entries := map[string]*client.ScheduleListEntry{}
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return nil, fmt.Errorf("list schedules: %w", err)
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
	err := r.list(ctx, "WorkflowType = '"+string(pass.SyncWorkflow)+"' AND ExecutionStatus = 'Running'", 0, func(info *workflowpb.WorkflowExecutionInfo) bool {
		id, ok := syncOf(info)
		if before := found[id]; ok && (before == nil || before.StartTime.AsTime().Before(info.StartTime.AsTime())) {
			found[id] = info
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("list running passes: %w", err)
	}
	return found, nil
}

// ended brings what is known up to date.
func (r *Reader) ended(ctx context.Context, entries map[string]*client.ScheduleListEntry) error {
	for id := range r.known {
		if entries[id] == nil {
			delete(r.known, id)
		}
	}
	if !r.looked.IsZero() {
		since := r.looked.Add(-overlap).UTC().Format(time.RFC3339Nano)
		err := r.list(ctx, "WorkflowType = '"+string(pass.SyncWorkflow)+"' AND CloseTime >= '"+since+"'", 0, func(info *workflowpb.WorkflowExecutionInfo) bool {
			if id, ok := syncOf(info); ok && r.known[id] != nil {
				r.note(r.known[id], info)
			}
			return true
		})
		if err != nil {
			return fmt.Errorf("list ended passes: %w", err)
		}
	}
	for id := range entries {
		if r.known[id] != nil {
			continue
		}
		k, err := r.lookUp(ctx, id)
		if err != nil {
			return err
		}
		r.known[id] = k
	}
	for run, end := range r.counted {
		if end.Before(r.looked.Add(-2 * overlap)) {
			delete(r.counted, run)
		}
	}
	return nil
}

// lookUp finds the last passes of a sync that is new to the reader.
func (r *Reader) lookUp(ctx context.Context, id string) (*known, error) {
	k := &known{ended: map[string]int{}}
	for _, how := range Endings() {
		k.ended[how] = 0
	}
	query := fmt.Sprintf("TemporalScheduledById = '%s' AND ExecutionStatus != 'Running'", quoted.Replace(pass.ScheduleID(id)))
	err := r.list(ctx, query, historyPages, func(info *workflowpb.WorkflowExecutionInfo) bool {
		r.note(k, info)
		// The newest come first. All that have ended since the reader was made count.
		return k.completed == nil || !info.GetCloseTime().AsTime().Before(r.made)
	})
	if err != nil {
		return nil, fmt.Errorf("list ended passes of sync %s: %w", id, err)
	}
	return k, nil
}

// note takes over a pass that has ended, once.
func (r *Reader) note(k *known, info *workflowpb.WorkflowExecutionInfo) {
	p := ended(info)
	if k.last == nil || k.last.EndedAt.Before(p.EndedAt) {
		k.last = &p
	}
	if p.How == string(pass.Completed) && (k.completed == nil || k.completed.EndedAt.Before(p.EndedAt)) {
		k.completed = &p
	}
	if _, counted := r.counted[p.RunID]; !counted && !p.EndedAt.Before(r.made) {
		r.counted[p.RunID] = p.EndedAt
		k.ended[p.How]++
	}
}

// list calls see with each workflow that the query finds, until it returns false or the pages are over; 0 pages: all.
func (r *Reader) list(ctx context.Context, query string, pages int, see func(*workflowpb.WorkflowExecutionInfo) bool) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: pageSize}
	for n := 1; ; n++ {
		page, err := r.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return err
		}
		for _, info := range page.Executions {
			if !see(info) {
				return nil
			}
		}
		if len(page.NextPageToken) == 0 || n == pages {
			return nil
		}
		request = &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: pageSize, NextPageToken: page.NextPageToken}
	}
}

// quoted is a text within the quotes of a visibility query.
var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// syncOf is the sync whose schedule started the pass; false for one that no schedule did.
func syncOf(info *workflowpb.WorkflowExecutionInfo) (string, bool) {
	payload := info.GetSearchAttributes().GetIndexedFields()["TemporalScheduledById"]
	if payload == nil {
		return "", false
	}
	var schedule string
	if converter.GetDefaultDataConverter().FromPayload(payload, &schedule) != nil {
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
