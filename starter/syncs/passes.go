package syncs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/wire"
)

// PassRef is a pass that Temporal keeps. Its JSON is the output of `starter changes --passes`; fields are only ever added.
type PassRef struct {
	WorkflowID string     `json:"workflowId"`
	RunID      string     `json:"runId"`
	Kind       pass.Kind  `json:"kind"`
	StartedAt  time.Time  `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	// Ended is as in Pass.
	Ended  string              `json:"ended"`
	Counts counterparty.Counts `json:"counts"`
}

// Passes are the passes of a sync that Temporal keeps, those beside the schedule among them, the latest first; plans only
// if they are wanted. At most so many as the limit says.
func (m *Manager) Passes(ctx context.Context, id string, limit int, plans bool) ([]PassRef, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return nil, err
	}
	prefix := e.ScheduleID + "/"
	if !plans {
		prefix += string(pass.Narrowed) + "-"
	}
	query := fmt.Sprintf("WorkflowType = '%s' AND (TemporalScheduledById = %s OR WorkflowId STARTS_WITH %s)",
		pass.SyncWorkflow, runs.Quoted(e.ScheduleID), runs.Quoted(prefix))
	var list []PassRef
	for info, err := range runs.List(ctx, m.Temporal, query, min(limit+1, 1000)) {
		if err != nil {
			return nil, fmt.Errorf("list passes of sync %s: %w", e.ID, err)
		}
		if list = append(list, passRef(info)); len(list) > limit {
			break
		}
	}
	if list, err = m.withLatest(ctx, e, list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b PassRef) int { return b.StartedAt.Compare(a.StartedAt) })
	if list, err = m.withoutResets(ctx, list); err != nil {
		return nil, err
	}
	return list[:min(len(list), limit)], nil
}

// withoutResets leaves of the runs of a pass that was reset the latest one. Passes that started within one second share
// a workflow id, too, and all stay.
func (m *Manager) withoutResets(ctx context.Context, list []PassRef) ([]PassRef, error) {
	named := map[string]int{}
	for _, p := range list {
		named[p.WorkflowID]++
	}
	kept := []PassRef{}
	firsts := map[string]bool{}
	for _, p := range list {
		if named[p.WorkflowID] > 1 {
			found, err := m.Temporal.DescribeWorkflowExecution(ctx, p.WorkflowID, p.RunID)
			if runs.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("describe pass %s: %w", p.WorkflowID, err)
			}
			first := found.GetWorkflowExecutionInfo().GetFirstRunId()
			if first != "" && firsts[first] {
				continue
			}
			firsts[first] = true
		}
		kept = append(kept, p)
	}
	return kept, nil
}

// withLatest adds the pass that the schedule knows as its latest: the list of workflows lags behind.
func (m *Manager) withLatest(ctx context.Context, e existing, list []PassRef) ([]PassRef, error) {
	last, ok := e.latest()
	if !ok || slices.ContainsFunc(list, func(p PassRef) bool { return runs.Execution{WorkflowID: p.WorkflowID, RunID: p.RunID} == last }) {
		return list, nil
	}
	found, err := m.Temporal.DescribeWorkflowExecution(ctx, last.WorkflowID, last.RunID)
	if runs.IsNotFound(err) {
		return list, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe pass %s: %w", last.WorkflowID, err)
	}
	return append(list, passRef(found.GetWorkflowExecutionInfo())), nil
}

func passRef(info *workflow.WorkflowExecutionInfo) PassRef {
	p := PassRef{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		Kind: pass.KindOf(info.GetExecution().GetWorkflowId()), StartedAt: info.GetStartTime().AsTime().UTC(),
	}
	if result, err := pass.ResultFromMemo(info.GetMemo()); err == nil && result != nil {
		p.Counts, p.Ended = result.Counts, string(result.Ended)
	}
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		p.FinishedAt = new(info.GetCloseTime().AsTime().UTC())
		p.Ended = cmp.Or(p.Ended, pass.EndedByTemporal(info.GetStatus()))
	}
	return p
}

// Ran reports whether a pass of the schedule ever started, whether Temporal still keeps it or not.
func (m *Manager) Ran(ctx context.Context, id string) (bool, error) {
	e, err := m.find(ctx, id)
	if err != nil {
		return false, err
	}
	_, ok := e.latest()
	return ok, nil
}

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
	options := client.StartWorkflowOptions{ID: pass.AdHocID(e.ScheduleID, sync.Kind(), m.Now()), TaskQueue: queue}
	run, err := wire.Start(ctx, m.Temporal, options, pass.SyncWorkflow, sync)
	if err != nil {
		return "", "", fmt.Errorf("start %s: %w", options.ID, err)
	}
	return run.GetID(), run.GetRunID(), nil
}

// Sync is the configuration of a sync as its next pass will have it, with defaults.
func (m *Manager) Sync(ctx context.Context, id string) (pass.Sync, error) {
	e, err := m.find(ctx, id)
	return e.sync.WithDefaults(), err
}

// Cancel asks a pass to stop at a clean point.
func (m *Manager) Cancel(ctx context.Context, workflowID, runID string) error {
	if err := m.Temporal.CancelWorkflow(ctx, workflowID, runID); err != nil && !runs.IsNotFound(err) {
		return fmt.Errorf("cancel %s: %w", workflowID, err)
	}
	return nil
}
