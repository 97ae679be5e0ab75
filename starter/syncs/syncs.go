// Package syncs is what an operator can do with syncs on a Temporal server: apply, read, trigger, pause, stop and so on.
// It prints nothing; package cli does.
package syncs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

// Errors that callers distinguish.
var (
	// ErrNoSync: no schedule of that id.
	ErrNoSync = errors.New("no such sync")
	// ErrRunning: a pass is running, and must not be.
	ErrRunning = errors.New("a pass is running")
	// ErrNotWaiting: no pass is in RETRY_WAITING.
	ErrNotWaiting = errors.New("no pass is waiting for a retry")
	// ErrNotHeld: no pass is in APPROVAL_WAITING.
	ErrNotHeld = errors.New("no pass is waiting for approval")
)

// Manager works on the syncs of one namespace.
type Manager struct {
	Temporal client.Client
	// TaskQueue is where the passes of a sync that is applied run.
	TaskQueue string
	// Now is the clock; the marks of Reset State come from it.
	Now func() time.Time
}

// Ref names a sync and its schedule: counterparty-sync-<id> if starter apply made it.
type Ref struct{ ID, ScheduleID string }

// existing is a schedule that there is.
type existing struct {
	Ref
	handle      client.ScheduleHandle
	description *client.ScheduleDescription
	action      *client.ScheduleWorkflowAction
	input
}

// Find names the sync of an id. A sync may be named by its id or by the id of its schedule.
func (m *Manager) Find(ctx context.Context, id string) (Ref, error) {
	e, err := m.find(ctx, id)
	return e.Ref, err
}

// find finds a schedule by the id of its sync: the schedule counterparty-sync-<id>, else one that was made by other
// means and starts CounterpartySync: of this id, or with this id in its input.
func (m *Manager) find(ctx context.Context, id string) (existing, error) {
	e, err := m.describe(ctx, pass.ScheduleID(id))
	if err == nil || !runs.IsNotFound(err) {
		return e, err
	}
	e, err = m.describe(ctx, id)
	if err == nil && e.isSync() {
		return e, nil
	}
	if err != nil && !runs.IsNotFound(err) {
		return existing{}, err
	}
	all, err := m.all(ctx)
	if err != nil {
		return existing{}, err
	}
	if i := slices.IndexFunc(all, func(e existing) bool { return e.ID == id }); i >= 0 {
		return all[i], nil
	}
	return existing{}, fmt.Errorf("%w: %s (there is no schedule %s)", ErrNoSync, id, pass.ScheduleID(id))
}

func (m *Manager) describe(ctx context.Context, scheduleID string) (existing, error) {
	handle := m.Temporal.ScheduleClient().GetHandle(ctx, scheduleID)
	description, err := handle.Describe(ctx)
	if err != nil {
		return existing{}, fmt.Errorf("describe schedule %s: %w", scheduleID, err)
	}
	e := existing{Ref: Ref{ScheduleID: scheduleID}, handle: handle, description: description}
	e.action, _ = description.Schedule.Action.(*client.ScheduleWorkflowAction)
	if e.action != nil {
		e.input = readInput(e.action.Args)
	}
	id, ours := pass.SyncID(scheduleID)
	if !ours {
		// The pass names itself in the same way: by its input, else by its schedule.
		id = cmp.Or(e.sync.ID, scheduleID)
	}
	e.ID, e.sync.ID = id, cmp.Or(e.sync.ID, id)
	return e, nil
}

// isSync reports whether a schedule is that of a sync: by its id or by what it starts.
func (e existing) isSync() bool {
	_, ours := pass.SyncID(e.ScheduleID)
	return ours || e.action != nil && e.action.Workflow == string(pass.SyncWorkflow)
}

// all describes the schedules of all syncs, in order of the syncs' ids.
func (m *Manager) all(ctx context.Context) ([]existing, error) {
	var all []existing
	for entry, err := range runs.Schedules(ctx, m.Temporal) {
		if err != nil {
			return nil, err
		}
		if _, ours := pass.SyncID(entry.ID); !ours && entry.WorkflowType.Name != string(pass.SyncWorkflow) {
			continue
		}
		e, err := m.describe(ctx, entry.ID)
		if runs.IsNotFound(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b existing) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.ScheduleID, b.ScheduleID))
	})
	return all, nil
}

// latest is the pass that started last; ok is false if none ever did.
func (e existing) latest() (last runs.Execution, ok bool) { return runs.Newest(e.description.Info) }

// running are the passes that run now: one, unless the overlap policy was changed. The schedule may lag behind,
// so the workflows themselves are asked.
func (m *Manager) running(ctx context.Context, e existing) ([]runs.Execution, error) {
	var candidates, running []runs.Execution
	for _, running := range e.description.Info.RunningWorkflows {
		candidates = append(candidates, runs.First(running))
	}
	if last, ok := e.latest(); ok && !slices.Contains(candidates, last) {
		candidates = append(candidates, last)
	}
	for _, candidate := range candidates {
		latest, info, err := m.describePass(ctx, candidate)
		if err != nil {
			return nil, err
		}
		if info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			running = append(running, latest)
		}
	}
	return running, nil
}

// describePass describes the run of a pass that counts; nil if Temporal no longer keeps it.
func (m *Manager) describePass(ctx context.Context, x runs.Execution) (runs.Execution, *workflow.WorkflowExecutionInfo, error) {
	x, info, err := runs.Latest(ctx, m.Temporal, x, "")
	if err != nil && !runs.IsNotFound(err) {
		return x, nil, fmt.Errorf("describe pass %s: %w", x.WorkflowID, err)
	}
	return x, info, nil
}
