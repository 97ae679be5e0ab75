package syncs

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
)

// Rewind is where the next pass of a sync begins, because somebody has said so. Its JSON is part of the output of
// `starter status -o json` and `starter rewind -o json`.
type Rewind struct {
	// To is the dbid after which it begins, null if at the beginning.
	To *int64 `json:"to"`
	// At is the mark of the rewind: when it was said.
	At string `json:"at"`
	// Checkpoint is the one before; null if there is none, or it is not known.
	Checkpoint *int64 `json:"checkpoint,omitempty"`
}

// Rewind makes the next pass begin after a dbid, once; 0 is the beginning. While a pass runs it is ErrRunning. The last one
// counts, if there are several, and a reset after it takes it back.
func (m *Manager) Rewind(ctx context.Context, id string, to int64) (Rewind, error) {
	e, err := m.findIdle(ctx, id)
	if err != nil {
		return Rewind{}, err
	}
	status, err := m.status(ctx, e)
	if err != nil {
		return Rewind{}, err
	}
	said := pass.Rewind{At: m.mark(), To: to}
	err = m.change(ctx, e, "", func(sync *pass.Sync) { sync.Rewind = &said })
	rewind := rewindOf(said)
	if status.State != nil {
		rewind.Checkpoint = status.State.LastModifiedNodeDbid
	}
	return rewind, err
}

func rewindOf(r pass.Rewind) Rewind {
	rewind := Rewind{At: r.At}
	if r.To > 0 {
		rewind.To = &r.To
	}
	return rewind
}

// pending is the rewind that waits for the next pass; nil if none does. last is the latest pass, nil if none is kept.
func (e existing) pending(last *Pass) *Rewind {
	said := e.sync.Rewind
	if said == nil || last != nil && last.rewindAt == said.At || last == nil && e.startedSince(said.At) {
		return nil
	}
	return new(rewindOf(*said))
}

// startedSince reports whether a pass was started after a mark. For a mark that is no time, as another tool may make it,
// every pass was.
func (e existing) startedSince(mark string) bool {
	recent := e.description.Info.RecentActions
	at, err := time.Parse(time.RFC3339Nano, mark)
	return len(recent) > 0 && (err != nil || recent[len(recent)-1].ActualTime.After(at))
}

// reset marks the state as not to be used: the next pass starts from the beginning.
func (m *Manager) reset(ctx context.Context, e existing) error {
	return m.change(ctx, e, ", with --reset", func(sync *pass.Sync) { sync.ResetAt, sync.Rewind = m.mark(), nil })
}

// change writes what the starter notes for the next pass into the input of the schedule. how is how an apply does the same.
func (m *Manager) change(ctx context.Context, e existing, how string, note func(*pass.Sync)) error {
	return e.handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		action, ok := updated.Action.(*client.ScheduleWorkflowAction)
		if !ok {
			return nil, fmt.Errorf("schedule %s starts no workflow; apply the sync again", e.ScheduleID)
		}
		read := readInput(action.Args)
		if read.problem != "" {
			// Written back, it would lose what could not be read.
			return nil, fmt.Errorf("the input of schedule %s: %s; apply the sync again%s", e.ScheduleID, read.problem, how)
		}
		note(&read.sync)
		action.Args = []any{read.sync}
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
}
