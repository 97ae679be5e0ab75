package syncs

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/wire"
)

// StartAdHoc starts a pass of a sync beside its schedule: the same workflow with the same configuration. Its state stays
// its own, and it runs whether a pass of the schedule runs or not.
func (m *Manager) StartAdHoc(ctx context.Context, id string, aside pass.AdHoc) (workflowID, runID string, err error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return "", "", err
	}
	queue := m.TaskQueue
	if e.action != nil && e.action.TaskQueue != "" {
		queue = e.action.TaskQueue
	}
	sync := e.sync.AsAdHoc(aside)
	options := client.StartWorkflowOptions{ID: pass.AdHocID(e.scheduleID, sync.Kind(), m.Now()), TaskQueue: queue}
	run, err := wire.Start(ctx, m.Temporal, options, pass.SyncWorkflow, sync)
	if err != nil {
		return "", "", fmt.Errorf("start %s: %w", options.ID, err)
	}
	return run.GetID(), run.GetRunID(), nil
}

// Sync is the configuration of a sync as its next pass will have it, with defaults.
func (m *Manager) Sync(ctx context.Context, id string) (pass.Sync, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return pass.Sync{}, err
	}
	return e.sync.WithDefaults(), nil
}

// Checkpoint is the dbid after which the sync's next pass would go on; 0 if there is none.
func (m *Manager) Checkpoint(ctx context.Context, id string) (int64, error) {
	status, err := m.Status(ctx, id)
	if err != nil || status.State.LastModifiedNodeDbid == nil {
		return 0, err
	}
	return *status.State.LastModifiedNodeDbid, nil
}

// PassOf reads a pass of a sync; nil if Temporal no longer keeps it. Its result is the whole one while a worker answers,
// else that of the memo.
func (m *Manager) PassOf(ctx context.Context, workflowID, runID string) (pass.Result, *Pass, error) {
	return m.read(ctx, runs.Execution{WorkflowID: workflowID, RunID: runID})
}

// Cancel asks a pass to stop at a clean point.
func (m *Manager) Cancel(ctx context.Context, workflowID, runID string) error {
	if err := m.Temporal.CancelWorkflow(ctx, workflowID, runID); err != nil && !runs.IsNotFound(err) {
		return fmt.Errorf("cancel %s: %w", workflowID, err)
	}
	return nil
}
