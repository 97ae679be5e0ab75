package syncs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
)

// pollInterval is how often the server is asked whether something has happened.
const pollInterval = 200 * time.Millisecond

// Trigger starts a pass now and returns its workflow id and run id. A pass that runs already is ErrRunning.
func (m *Manager) Trigger(ctx context.Context, id string, reset bool) (workflowID, runID string, err error) {
	e, err := m.findIdle(ctx, id)
	if err != nil {
		return "", "", err
	}
	if reset {
		if err := m.Reset(ctx, id); err != nil {
			return "", "", err
		}
	}
	before, _ := e.latest()
	// Buffered: the schedule may not have heard yet that the last pass has ended, and would skip this one.
	err = e.handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE})
	if err != nil {
		return "", "", fmt.Errorf("trigger schedule %s: %w", e.scheduleID, err)
	}
	for {
		e, err = m.find(ctx, id)
		if err != nil {
			return "", "", err
		}
		if last, ok := e.latest(); ok && last != before {
			return last.WorkflowID, last.RunID, nil
		}
		if err := sleep(ctx); err != nil {
			return "", "", fmt.Errorf("wait for the pass to start: %w", err)
		}
	}
}

// Retry ends the waiting of a pass in RETRY_WAITING. Its tries are kept. ErrNotWaiting if none waits.
func (m *Manager) Retry(ctx context.Context, id string) error {
	status, err := m.Status(ctx, id)
	if err != nil {
		return err
	}
	if status.State.Status != pass.RetryWaiting {
		return fmt.Errorf("%w: the status is %s", ErrNotWaiting, status.State.Status)
	}
	if err := pass.RetrySignal.Send(ctx, m.Temporal, status.Pass.WorkflowID, status.Pass.RunID, pass.Retry{}); err != nil {
		return fmt.Errorf("signal pass %s: %w", status.Pass.WorkflowID, err)
	}
	return nil
}

// Stop asks the running pass to stop at a clean point and waits until it has. It returns false if none is running.
func (m *Manager) Stop(ctx context.Context, id string) (workflowID string, wasRunning bool, err error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return "", false, err
	}
	running, err := m.running(ctx, e)
	if err != nil || len(running) == 0 {
		return "", false, err
	}
	for _, x := range running {
		workflowID = x.WorkflowID
		if err := m.Temporal.CancelWorkflow(ctx, x.WorkflowID, x.RunID); err != nil && !runs.IsNotFound(err) {
			return "", true, fmt.Errorf("cancel pass %s: %w", x.WorkflowID, err)
		}
	}
	for _, x := range running {
		if err := m.waitForEnd(ctx, x); err != nil {
			return x.WorkflowID, true, fmt.Errorf("pass %s was asked to stop; whether it has ended is not known: %w", x.WorkflowID, err)
		}
	}
	return workflowID, true, nil
}

// waitForEnd waits until a pass has ended. How it ended is read from its state; here only that it ended counts.
func (m *Manager) waitForEnd(ctx context.Context, x runs.Execution) error {
	err := m.Temporal.GetWorkflow(ctx, x.WorkflowID, x.RunID).Get(ctx, nil)
	var ended *temporal.WorkflowExecutionError
	switch {
	case err == nil, errors.As(err, &ended), runs.IsNotFound(err):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// Delete deletes the schedule. A pass that runs would go on without it, so it must be stopped before: ErrRunning.
func (m *Manager) Delete(ctx context.Context, id string) error {
	e, err := m.findIdle(ctx, id)
	if err != nil {
		return err
	}
	if err := e.handle.Delete(ctx); err != nil {
		return fmt.Errorf("delete schedule %s: %w", e.scheduleID, err)
	}
	return nil
}

// findIdle finds a schedule of which no pass runs; ErrRunning if one does.
func (m *Manager) findIdle(ctx context.Context, id string) (*existing, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return nil, err
	}
	running, err := m.running(ctx, e)
	if err == nil && len(running) > 0 {
		err = fmt.Errorf("%w: %s", ErrRunning, running[0].WorkflowID)
	}
	return e, err
}

func sleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pollInterval):
		return nil
	}
}

// Pause pauses the schedule; a running pass goes on.
func (m *Manager) Pause(ctx context.Context, id, note string) error {
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	return e.handle.Pause(ctx, client.SchedulePauseOptions{Note: note})
}

// Resume ends a pause. A schedule without starts stays paused, for the reason that its sync gives: the server would
// remove it.
func (m *Manager) Resume(ctx context.Context, id, note string) error {
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	if spec := e.description.Schedule.Spec; spec != nil && !schedule.HasStarts(*spec) {
		return e.handle.Pause(ctx, client.SchedulePauseOptions{Note: schedule.NoteByHand})
	}
	return e.handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note})
}

// pauseOf decides whether a schedule is paused after its sync was applied, and why. What operators set is kept; a pause
// that followed from the sync is reckoned anew. If the sync's enabled has changed (toggled), the sync decides.
func pauseOf(have client.ScheduleState, want client.ScheduleOptions, toggled bool) (paused bool, note string) {
	switch {
	case toggled:
		return want.Paused, want.Note
	case have.Paused && schedule.IsNoteOfSync(have.Note):
		return want.Paused, want.Note
	case !have.Paused && want.Paused && !schedule.HasStarts(want.Spec):
		// To run such a schedule means nothing but its removal.
		return want.Paused, want.Note
	}
	return have.Paused, have.Note
}
