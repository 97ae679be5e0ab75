package syncs

import (
	"cmp"
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
		if err := m.reset(ctx, e); err != nil {
			return "", "", err
		}
	}
	before, _ := e.latest()
	// Buffered: the schedule may not have heard yet that the last pass has ended, and would skip this one.
	err = e.handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE})
	if err != nil {
		return "", "", fmt.Errorf("trigger schedule %s: %w", e.ScheduleID, err)
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
	if status.is() != pass.RetryWaiting {
		return fmt.Errorf("%w: the status is %s", ErrNotWaiting, status.is())
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
	if _, ended := errors.AsType[*temporal.WorkflowExecutionError](err); err == nil || ended || runs.IsNotFound(err) {
		return nil
	}
	return cmp.Or(ctx.Err(), err)
}

// Delete deletes the schedule. A pass that runs would go on without it, so it must be stopped before: ErrRunning.
func (m *Manager) Delete(ctx context.Context, id string) error {
	e, err := m.findIdle(ctx, id)
	if err != nil {
		return err
	}
	if err := e.handle.Delete(ctx); err != nil {
		return fmt.Errorf("delete schedule %s: %w", e.ScheduleID, err)
	}
	return nil
}

// findIdle finds a schedule of which no pass runs; ErrRunning if one does.
func (m *Manager) findIdle(ctx context.Context, id string) (existing, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return e, err
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

// Answered is what came of an answer to a pass that waited for approval.
type Answered struct {
	WorkflowID string `json:"workflowId"`
	Hold       int    `json:"hold"`
	// Taken is false if no worker has taken the answer yet: the pass gets it when one does.
	Taken bool `json:"taken"`
}

// Answer approves or refuses what a pass in APPROVAL_WAITING would change. It names the hold that it answers, so that it
// never counts for another one, and waits until the pass has taken it or ctx ends. ErrNotHeld if none waits.
func (m *Manager) Answer(ctx context.Context, id string, verdict pass.Decision, reason string) (Answered, error) {
	status, err := m.Status(ctx, id)
	if err != nil {
		return Answered{}, err
	}
	if status.is() != pass.ApprovalWaiting || status.Pass.Hold == nil {
		return Answered{}, fmt.Errorf("%w: the status is %s", ErrNotHeld, status.is())
	}
	x, hold := runs.Execution{WorkflowID: status.Pass.WorkflowID, RunID: status.Pass.RunID}, status.Pass.Hold.Number
	answer := pass.Approval{Hold: hold, Answer: verdict, RunID: x.RunID, Reason: reason}
	if err := pass.ApprovalSignal.Send(ctx, m.Temporal, x.WorkflowID, x.RunID, answer); err != nil {
		return Answered{}, fmt.Errorf("signal pass %s: %w", x.WorkflowID, err)
	}
	return m.waitForAnswer(ctx, x, hold, verdict)
}

// waitForAnswer waits until the memo of a pass has what came of a hold: that needs a worker.
func (m *Manager) waitForAnswer(ctx context.Context, x runs.Execution, hold int, want pass.Decision) (Answered, error) {
	answered := Answered{WorkflowID: x.WorkflowID, Hold: hold}
	for {
		_, info, err := runs.Latest(ctx, m.Temporal, x, "")
		switch {
		case ctx.Err() != nil:
			return answered, nil
		case err != nil:
			return answered, fmt.Errorf("describe pass %s: %w", x.WorkflowID, err)
		}
		result, err := pass.ResultFromMemo(info.GetMemo())
		if err != nil {
			return answered, err
		}
		if result != nil && result.Brake != nil && result.Brake.Hold != nil && result.Brake.Hold.Answer != "" {
			if got := result.Brake.Hold.Answer; got != want {
				return answered, fmt.Errorf("the answer came too late for pass %s: hold %d already has another one: %s", x.WorkflowID, hold, got)
			}
			answered.Taken = true
			return answered, nil
		}
		if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return answered, fmt.Errorf("pass %s ended before the answer came", x.WorkflowID)
		}
		if sleep(ctx) != nil {
			return answered, nil
		}
	}
}
