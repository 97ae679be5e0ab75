// Package composition says which sources a sync has and how far each of them is: while a pass runs, after it, before there
// was one, with a worker that answers or without. It reads what Temporal keeps of the latest pass, and changes nothing.
//
//   - composition: the sources of a sync in their order, each with its state, and the pass that they are the states of
package composition

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
)

// ErrUnknown says that there is no such sync.
var ErrUnknown = errors.New("no such sync")

// neverStarted is the note of a sync before its first pass.
const neverStarted = "no pass has started yet"

// Composition is that of one sync.
type Composition struct {
	// ID and Name are those of the sync.
	ID, Name string
	// Pass is the latest one; nil if there was none yet, or Temporal no longer keeps it: Note says which.
	Pass *Pass
	Note string
	// Sources are those of the pass; without one, those of the sync's configuration, none of which has started.
	Sources sourcestate.Sources
}

// Reader reads compositions of the syncs of one namespace. Its methods may be called at the same time.
type Reader struct{ Temporal client.Client }

// Read reads the composition of the sync with an id, which may be that of its schedule as well; ErrUnknown if there is none.
func (r Reader) Read(ctx context.Context, id string) (Composition, error) {
	c, err := r.OfSchedule(ctx, pass.ScheduleID(id))
	if errors.Is(err, ErrUnknown) {
		return r.OfSchedule(ctx, id)
	}
	return c, err
}

// OfSchedule reads the composition of the sync that has a schedule; ErrUnknown if there is none, or it starts no passes.
func (r Reader) OfSchedule(ctx context.Context, scheduleID string) (Composition, error) {
	description, err := r.Temporal.ScheduleClient().GetHandle(ctx, scheduleID).Describe(ctx)
	if runs.IsNotFound(err) {
		return Composition{}, fmt.Errorf("%w: there is no schedule %s", ErrUnknown, scheduleID)
	}
	if err != nil {
		return Composition{}, fmt.Errorf("describe schedule %s: %w", scheduleID, err)
	}
	action, ok := description.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok || action.Workflow != string(pass.SyncWorkflow) {
		return Composition{}, fmt.Errorf("%w: schedule %s starts no passes", ErrUnknown, scheduleID)
	}
	sync := configuration(action.Args)
	id, ours := pass.SyncID(scheduleID)
	if !ours {
		id = cmp.Or(sync.ID, scheduleID) // as the pass names itself
	}
	sync.ID = cmp.Or(sync.ID, id)
	sync = sync.WithDefaults()
	c := Composition{ID: id, Name: sync.Name, Note: neverStarted, Sources: pass.NewSources(sync.Sources)}
	x, ok := runs.Newest(description.Info)
	if !ok {
		return c, nil
	}
	c.Note = NoLongerKept(x)
	if c.Pass, err = Look(ctx, r.Temporal, x); err != nil || c.Pass == nil {
		return c, err
	}
	c.Note = ""
	switch {
	case len(c.Pass.Result.Sources.Sources()) > 0:
		c.Sources = c.Pass.Result.Sources
	case c.Pass.FinishedAt != nil:
		endAll(&c.Sources) // it ended before it had said anything
	}
	return c, nil
}

// NoLongerKept says why the state of a sync is not known whose latest pass was deleted, as at the end of its retention. What the
// Schedule has kept of it nobody can read but the next pass.
func NoLongerKept(x runs.Execution) string {
	return "pass " + x.WorkflowID + " is no longer kept: the namespace's retention is over; the next pass goes on all the same, by what the Schedule has kept of it"
}

// configuration is the input of a schedule's passes: the zero Sync, in which each field has its default, if there is none
// that can be read.
func configuration(args []any) (sync pass.Sync) {
	if len(args) == 0 {
		return sync
	}
	if payload, ok := args[0].(*commonpb.Payload); ok && codec.Decoded.FromPayload(payload, &sync) != nil {
		return pass.Sync{}
	}
	return sync
}
