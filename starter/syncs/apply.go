package syncs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// Applied is what Apply did.
type Applied struct {
	ID string `json:"id"`
	// Created: there was no such sync.
	Created bool `json:"created"`
	// Changes are the fields that differed, empty if nothing had to be done.
	Changes []FieldChange `json:"changes"`
	// Reset: the next pass begins at the beginning.
	Reset bool `json:"reset"`
	// Stopped is the workflow id of the pass that the change stopped.
	Stopped string `json:"stopped,omitempty"`
	// Restarted: a new pass starts under the new configuration as soon as the stopped one has ended.
	Restarted bool `json:"restarted"`
	// Paused: the schedule starts nothing by itself; Note says why.
	Paused bool   `json:"paused"`
	Note   string `json:"note,omitempty"`
}

// FieldChange is one field of a sync or of its schedule: was → became, as text.
type FieldChange struct {
	Field  string `json:"field"`
	Was    string `json:"was"`
	Became string `json:"became"`
}

// Apply creates the sync or changes it to the given one. A running pass is stopped at a clean point, and started anew
// from the beginning, if the configuration changed. The same sync again changes nothing.
func (m *Manager) Apply(ctx context.Context, sync pass.Sync, spec schedule.Spec, reset bool) (Applied, error) {
	sync = sync.WithDefaults()
	applied := Applied{ID: sync.ID, Changes: []FieldChange{}}
	e, err := m.find(ctx, sync.ID)
	if errors.Is(err, ErrNoSync) {
		if reset {
			sync.ResetAt = m.mark()
		}
		options := schedule.Options(sync, spec, m.TaskQueue)
		applied.Created, applied.Reset, applied.Paused, applied.Note = true, reset, options.Paused, options.Note
		_, err = m.Temporal.ScheduleClient().Create(ctx, options)
		if err != nil {
			return applied, fmt.Errorf("create schedule %s: %w", pass.ScheduleID(sync.ID), err)
		}
		return applied, nil
	}
	if err != nil {
		return applied, err
	}

	changes := compareSyncs(e.sync, sync)
	configured := len(changes) > 0
	applied.Changes = append(changes, compareSchedules(e, schedule.Options(sync, spec, m.TaskQueue), configured)...)
	if len(applied.Changes) == 0 && !reset {
		state := e.description.Schedule.State
		applied.Paused, applied.Note = state.Paused, state.Note
		return applied, nil
	}
	running, isRunning, err := m.running(ctx, e)
	if err != nil {
		return applied, err
	}
	restart := configured && isRunning
	sync.ResetAt = e.sync.ResetAt
	if reset || restart {
		sync.ResetAt, applied.Reset = m.mark(), true
	}
	applied.Paused, applied.Note, err = m.update(ctx, e, sync, schedule.Options(sync, spec, m.TaskQueue))
	if err != nil {
		return applied, err
	}
	if !restart {
		return applied, nil
	}
	if err := m.Temporal.CancelWorkflow(ctx, running.workflowID, running.runID); err != nil && !isNotFound(err) {
		return applied, fmt.Errorf("stop pass %s: %w", running.workflowID, err)
	}
	applied.Stopped = running.workflowID
	if applied.Paused && applied.Note != schedule.NoteByHand {
		return applied, nil
	}
	// Buffered by the server, so that it starts when the old one has ended even if nobody waits for that.
	err = e.handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE})
	if err != nil {
		return applied, fmt.Errorf("start a new pass: %w", err)
	}
	applied.Restarted = true
	return applied, nil
}

// Reset marks the state as not to be used: the next pass begins at the beginning.
func (m *Manager) Reset(ctx context.Context, id string) error {
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	return e.handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		action, ok := updated.Action.(*client.ScheduleWorkflowAction)
		if !ok {
			return nil, fmt.Errorf("schedule %s starts no workflow; apply the sync again", pass.ScheduleID(id))
		}
		sync := inputOf(action)
		sync.ResetAt = m.mark()
		action.Args = []any{sync}
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
}

// update replaces spec, action and policies, and keeps what an operator set: see pauseOf.
func (m *Manager) update(ctx context.Context, e *existing, sync pass.Sync, options client.ScheduleOptions) (paused bool, note string, err error) {
	toggled := *e.sync.WithDefaults().Enabled != *sync.Enabled
	err = e.handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		updated.Spec = &options.Spec
		updated.Action = options.Action
		updated.Policy = &client.SchedulePolicies{Overlap: options.Overlap, CatchupWindow: options.CatchupWindow, PauseOnFailure: options.PauseOnFailure}
		paused, note = pauseOf(*updated.State, options, toggled)
		updated.State.Paused, updated.State.Note = paused, note
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
	if err != nil {
		return false, "", fmt.Errorf("update schedule %s: %w", options.ID, err)
	}
	return paused, note, nil
}

func (m *Manager) mark() string { return m.Now().UTC().Format(time.RFC3339Nano) }

// compareSyncs compares field by field, as the user knows them. The reset mark is not the user's.
func compareSyncs(was, became pass.Sync) []FieldChange {
	was, became = was.WithDefaults(), became.WithDefaults()
	before, after := reflect.ValueOf(was), reflect.ValueOf(became)
	var changes []FieldChange
	for i := range before.NumField() {
		field := before.Type().Field(i).Tag.Get("yaml")
		if field == "-" {
			continue
		}
		a, b := text(before.Field(i).Interface()), text(after.Field(i).Interface())
		if a != b {
			changes = append(changes, FieldChange{Field: field, Was: a, Became: b})
		}
	}
	return changes
}

// compareSchedules finds what a schedule says otherwise than the sync it is made from, such as after an update by hand.
// What follows from a change of the sync itself is no news.
func compareSchedules(e *existing, want client.ScheduleOptions, configured bool) []FieldChange {
	if configured {
		return nil
	}
	var changes []FieldChange
	differ := func(field string, was, became any) {
		if a, b := text(was), text(became); a != b {
			changes = append(changes, FieldChange{Field: field, Was: a, Became: b})
		}
	}
	have := e.description.Schedule
	if have.Spec == nil || !schedule.Equal(*have.Spec, want.Spec) {
		differ("schedule.spec", "another one", "that of cron")
	}
	if have.Policy != nil {
		differ("schedule.overlap", have.Policy.Overlap.String(), want.Overlap.String())
		differ("schedule.catchupWindow", pass.Duration(have.Policy.CatchupWindow), pass.Duration(want.CatchupWindow))
		differ("schedule.pauseOnFailure", have.Policy.PauseOnFailure, want.PauseOnFailure)
	}
	paused, _ := pauseOf(*have.State, want, false)
	differ("schedule.paused", have.State.Paused, paused)
	action := want.Action.(*client.ScheduleWorkflowAction)
	if e.action == nil {
		return append(changes, FieldChange{Field: "schedule.action", Was: "no workflow", Became: fmt.Sprint(action.Workflow)})
	}
	differ("schedule.workflowType", fmt.Sprint(e.action.Workflow), fmt.Sprint(action.Workflow))
	differ("schedule.workflowId", e.action.ID, action.ID)
	differ("schedule.taskQueue", e.action.TaskQueue, action.TaskQueue)
	differ("schedule.workflowRunTimeout", pass.Duration(e.action.WorkflowRunTimeout), pass.Duration(action.WorkflowRunTimeout))
	differ("schedule.workflowExecutionTimeout", pass.Duration(e.action.WorkflowExecutionTimeout), pass.Duration(action.WorkflowExecutionTimeout))
	differ("schedule.retryPolicy", e.action.RetryPolicy != nil, action.RetryPolicy != nil)
	return changes
}

// text is a value as JSON, without the quotes of a text.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	var plain string
	if json.Unmarshal(data, &plain) == nil {
		return plain
	}
	return string(slices.Clip(data))
}
