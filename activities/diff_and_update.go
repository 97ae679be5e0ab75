package activities

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// diffAndUpdate brings a batch's nodes up to date. It reads all of them and judges them; if what would change exceeds its
// budget it writes nothing and returns what it would have changed. Then it announces to Temporal what it is about to write:
// of a worker that dies its successor knows what may have been written. Only then each node that differs is read once more,
// compared with what the sources say, and written in one go: what a person typed since is part of the comparison.
type diffAndUpdate struct {
	repository Repository
	mapping    *mapping.Mapping
	answers    *Answers
	temporal   client.Client
	observer   Observer
	audit      audit
	announcer  announcer
	now        func() time.Time
}

// run is an attempt from its first heartbeat to its last.
func (d *diffAndUpdate) run(ctx context.Context, request pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
	l := begin(ctx, d.announcer, d.now, request)
	defer l.end(false) // whatever happens, no heartbeats are left behind
	result, err := d.execute(l.ctx, request, l)
	if err != nil {
		d.auditUnseen(ctx, l.writes)
		err = cmp.Or(l.isOver(), err) // which ended the context
	}
	l.end(err != nil && ctx.Err() != nil)
	if err == nil {
		d.answers.forget(activity.GetInfo(ctx).WorkflowExecution, request.Answers)
	}
	result.Announced = l.largest
	return result, failure(ctx, err, counterparty.Fit(l.writes.handOver(), pass.MaxHandedOver(request.Room)))
}

// execute makes an error of a panic, too: what was written before it has to be reported, and the SDK's own error of it says
// nothing of that.
func (d *diffAndUpdate) execute(ctx context.Context, request pass.DiffAndUpdateRequest, l *lease) (result pass.DiffAndUpdateResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			activity.GetLogger(ctx).Error("panic while a batch was written", "panic", p, "stack", string(debug.Stack()))
			result, err = pass.DiffAndUpdateResult{}, fmt.Errorf("panic: %v", p)
		}
	}()
	ids := make([]string, 0, len(request.Nodes))
	for _, node := range request.Nodes {
		// A node that moves while the index is read may show twice. Two writes at once would refuse each other.
		if !slices.Contains(ids, node.ID) {
			ids = append(ids, node.ID)
		}
	}
	said, err := d.answers.find(ctx, d.temporal, request.Answers)
	if err != nil {
		return pass.DiffAndUpdateResult{}, err
	}
	r := &updating{
		diffAndUpdate: d, ctx: ctx, matcher: newMatcher(d.mapping, request, said), lease: l, standing: request.Standing,
		outcomes: make(map[string]counterparty.NodeOutcome, len(ids)),
	}
	properties := wanted(d.mapping, request.Attributes)
	known := alfresco.Known{
		Readable: request.Readable, Unwritten: request.Unwritten, OthersWritten: request.OthersWritten, Unwritable: request.Unwritable, GiveUp: request.GiveUp,
	}
	batch := alfresco.Batch{IDs: ids, NodeType: request.NodeType, After: request.After, Last: request.LastDbid, Whole: request.Whole}
	updates, err := d.repository.Look(alfresco.Knowing(ctx, known), batch, properties, r.look)
	if err != nil {
		return pass.DiffAndUpdateResult{}, err
	}
	if request.Plan {
		return r.result(updates), nil // nothing was done
	}
	c := countChanges(updates, r.outcomes, l.writes)
	if request.Budget != nil && c.exceeds(*request.Budget) {
		d.auditEarlier(ctx, l.writes)
		held := c.evidence(len(ids))
		held.Written = counterparty.Fit(held.Written, pass.MaxHandedOver(request.Room))
		return pass.DiffAndUpdateResult{Evidence: held}, nil
	}
	if len(c.toWrite) > 0 {
		r.begin(c, request.Budget)
		if err := l.prepare(ctx); err != nil {
			return pass.DiffAndUpdateResult{}, err
		}
		known.Shown = shown(updates, c.toWrite)
		written, err := d.repository.Update(alfresco.Knowing(ctx, known), c.toWrite, properties, r)
		if err != nil {
			return pass.DiffAndUpdateResult{}, err
		}
		merge(updates, written)
	}
	d.auditUnseen(ctx, l.writes)
	result = r.result(updates)
	d.observer.BatchDone(activity.GetInfo(ctx).WorkflowExecution.ID, result)
	return result, nil
}

// auditEarlier records the writes of attempts and tries before this one, whose own lines may be lost.
func (d *diffAndUpdate) auditEarlier(ctx context.Context, w *writes) {
	for _, write := range w.allBefore() {
		d.audit.written(ctx, write, true)
	}
}

// auditUnseen records also the writes whose end was not seen. Of an attempt that failed these are all that were on
// their way, for no other attempt may follow; of one that is done, those that do not stand as they were sent.
func (d *diffAndUpdate) auditUnseen(ctx context.Context, w *writes) {
	d.auditEarlier(ctx, w)
	for _, write := range w.unseen() {
		d.audit.written(ctx, write, false)
	}
}

// shown are the nodes that a look has shown and that are not to be written.
func shown(updates []alfresco.Updated, toWrite []string) []string {
	var ids []string
	for _, update := range updates {
		if update.Refusal == nil && !slices.Contains(toWrite, update.NodeID) {
			ids = append(ids, update.NodeID)
		}
	}
	return ids
}

// merge puts the later updates in the place of the earlier ones of the same nodes.
func merge(updates, written []alfresco.Updated) {
	later := make(map[string]alfresco.Updated, len(written))
	for _, update := range written {
		later[update.NodeID] = update
	}
	for i, update := range updates {
		if r, ok := later[update.NodeID]; ok {
			updates[i] = r
		}
	}
}
