package syncs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
)

// Applied is what Apply did.
type Applied struct {
	ID string `json:"id"`
	// ScheduleID is counterparty-sync-<id>, unless the schedule was made by other means.
	ScheduleID string `json:"scheduleId"`
	// Created: there was no such sync.
	Created bool `json:"created"`
	// Changes are the fields that differed, empty if nothing had to be done.
	Changes []FieldChange `json:"changes"`
	// Reset: the next pass starts from the beginning.
	Reset bool `json:"reset"`
	// Stopped is the workflow id of the pass that the change stopped.
	Stopped string `json:"stopped,omitempty"`
	// Restarted: a new pass starts under the new configuration as soon as the stopped one has ended.
	Restarted bool `json:"restarted"`
	// GoesOn is the workflow id of a pass that runs and is left alone, though something has changed.
	GoesOn string `json:"goesOn,omitempty"`
	// Paused: the schedule starts nothing by itself; Note says why.
	Paused bool   `json:"paused"`
	Note   string `json:"note,omitempty"`
}

// FieldChange is one field of a sync or of its schedule that was changed.
type FieldChange = pass.FieldChange

// Apply creates the sync or changes it to the given one, whoever made its schedule. Passes that run under another
// configuration are stopped at a clean point, and one is started anew, from the beginning. The same sync again changes
// nothing, and completes what an earlier Apply left undone when it was cut off.
func (m *Manager) Apply(ctx context.Context, sync pass.Sync, spec schedule.Spec, reset bool) (Applied, error) {
	sync = sync.WithDefaults()
	e, err := m.find(ctx, sync.ID)
	if errors.Is(err, ErrNoSync) {
		return m.create(ctx, sync, spec, reset)
	}
	if err != nil {
		return Applied{ID: sync.ID, Changes: []FieldChange{}}, err
	}

	state := e.description.Schedule.State
	applied := Applied{ID: sync.ID, ScheduleID: e.ScheduleID, Changes: pass.Changes(e.sync, sync), Paused: state.Paused, Note: state.Note}
	for _, d := range e.drift(schedule.Options(sync, spec, m.TaskQueue), applied.Changes) {
		applied.Changes = append(applied.Changes, d.FieldChange)
	}
	outdated, others, err := m.outdated(ctx, e, sync)
	if err != nil {
		return applied, err
	}
	for _, x := range others {
		applied.GoesOn = x.WorkflowID
	}
	// The mark of the schedule differs from that of the pass already if an earlier Apply got no further.
	sync.ResetAt, sync.Rewind = e.sync.ResetAt, e.sync.Rewind
	applied.Reset = reset || len(outdated) > 0
	if reset || slices.ContainsFunc(outdated, func(o oldPass) bool { return o.sync.ResetAt == sync.ResetAt }) {
		sync.ResetAt, sync.Rewind = m.mark(), nil
	}
	if len(applied.Changes) > 0 || sync.ResetAt != e.sync.ResetAt {
		applied.Paused, applied.Note, err = m.update(ctx, e, sync, schedule.Options(sync, spec, m.TaskQueue))
		if err != nil {
			return applied, err
		}
	}
	return applied, m.restart(ctx, e, outdated, &applied)
}

func (m *Manager) create(ctx context.Context, sync pass.Sync, spec schedule.Spec, reset bool) (Applied, error) {
	if reset {
		sync.ResetAt = m.mark()
	}
	options := schedule.Options(sync, spec, m.TaskQueue)
	applied := Applied{
		ID: sync.ID, ScheduleID: options.ID, Created: true, Changes: []FieldChange{},
		Reset: reset, Paused: options.Paused, Note: options.Note,
	}
	if _, err := m.Temporal.ScheduleClient().Create(ctx, options); err != nil {
		return applied, fmt.Errorf("create schedule %s: %w", options.ID, err)
	}
	return applied, nil
}

// oldPass is a pass that runs under a configuration that is no longer the sync's.
type oldPass struct {
	runs.Execution
	sync pass.Sync
}

// outdated are the passes that run under another configuration; others differ in what is not worth a restart only.
func (m *Manager) outdated(ctx context.Context, e existing, want pass.Sync) (old, others []oldPass, err error) {
	running, err := m.running(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range running {
		sync, err := m.inputOfPass(ctx, e, x)
		if runs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		switch {
		case len(pass.WorthARestart(sync, want)) > 0:
			old = append(old, oldPass{x, sync})
		case len(pass.Changes(sync, want)) > 0:
			others = append(others, oldPass{x, sync})
		}
	}
	return old, others, nil
}

// restart stops passes at a clean point and has a new one start when they have ended. One that has ended meanwhile because it
// saw the change itself has had a new one started already.
func (m *Manager) restart(ctx context.Context, e existing, old []oldPass, applied *Applied) error {
	old, err := m.withoutReplaced(ctx, old)
	if err != nil || len(old) == 0 {
		return err
	}
	if !applied.Paused || applied.Note == schedule.NoteByHand {
		// Buffered by the server, so that it starts when the old one has ended even if no client waits for that. Before the stop:
		// cut off here, the old pass still runs, and the next Apply sees it.
		err := e.handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE})
		if err != nil {
			return fmt.Errorf("start a new pass: %w", err)
		}
		applied.Restarted = true
	}
	for _, x := range old {
		if err := m.Temporal.CancelWorkflow(ctx, x.WorkflowID, x.RunID); err != nil && !runs.IsNotFound(err) {
			return fmt.Errorf("stop pass %s: %w; apply again", x.WorkflowID, err)
		}
		applied.Stopped = x.WorkflowID
	}
	return nil
}

func (m *Manager) withoutReplaced(ctx context.Context, old []oldPass) ([]oldPass, error) {
	var rest []oldPass
	for _, x := range old {
		_, info, err := m.describePass(ctx, x.Execution)
		if err != nil {
			return nil, err
		}
		if result, err := pass.ResultFromMemo(info.GetMemo()); err != nil || result == nil || result.Replaced == "" {
			rest = append(rest, x)
		}
	}
	return rest, nil
}

// update replaces spec, action and policies, and keeps what an operator set: see pauseOf.
func (m *Manager) update(ctx context.Context, e existing, sync pass.Sync, options client.ScheduleOptions) (paused bool, note string, err error) {
	toggled := *e.sync.WithDefaults().Enabled != *sync.Enabled
	err = e.handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		updated.Spec = &options.Spec
		updated.Action = options.Action
		updated.Policy = &client.SchedulePolicies{Overlap: options.Overlap, CatchupWindow: options.CatchupWindow, PauseOnFailure: options.PauseOnFailure}
		paused, note = pauseOf(*updated.State, options, toggled)
		updated.State = &client.ScheduleState{Paused: paused, Note: note}
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
	if err != nil {
		return false, "", fmt.Errorf("update schedule %s: %w", e.ScheduleID, err)
	}
	return paused, note, nil
}

func (m *Manager) mark() string { return m.Now().UTC().Format(time.RFC3339Nano) }
