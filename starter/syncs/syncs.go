// Package syncs is what an operator can do with syncs on a Temporal server: apply, read, trigger, pause, stop and so on.
// It prints nothing; package cli does.
package syncs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
)

// queryTimeout bounds a question to a running pass. Without a worker Temporal would let it wait half a minute; the memo
// answers then.
const queryTimeout = 5 * time.Second

// Errors that the caller may want to tell apart.
var (
	// ErrNoSync: no schedule of that id.
	ErrNoSync = errors.New("no such sync")
	// ErrRunning: a pass is running, and must not be.
	ErrRunning = errors.New("a pass is running")
	// ErrNotWaiting: no pass is in RETRY_WAITING.
	ErrNotWaiting = errors.New("no pass is waiting for a retry")
)

// Manager works on the syncs of one namespace.
type Manager struct {
	Temporal client.Client
	// TaskQueue is where the passes of a sync that is applied run.
	TaskQueue string
	// Now is the clock; the marks of Reset State come from it.
	Now func() time.Time
}

// existing is a schedule as it stands.
type existing struct {
	handle      client.ScheduleHandle
	description *client.ScheduleDescription
	action      *client.ScheduleWorkflowAction
	// sync is the input of its passes; the zero Sync if it can't be read.
	sync pass.Sync
}

func (m *Manager) find(ctx context.Context, id string) (*existing, error) {
	handle := m.Temporal.ScheduleClient().GetHandle(ctx, pass.ScheduleID(id))
	description, err := handle.Describe(ctx)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return nil, fmt.Errorf("%w: %s (there is no schedule %s)", ErrNoSync, id, pass.ScheduleID(id))
	}
	if err != nil {
		return nil, fmt.Errorf("describe schedule %s: %w", pass.ScheduleID(id), err)
	}
	e := &existing{handle: handle, description: description}
	e.action, _ = description.Schedule.Action.(*client.ScheduleWorkflowAction)
	if e.action != nil {
		e.sync = inputOf(e.action)
	}
	if e.sync.ID == "" {
		e.sync.ID = id
	}
	return e, nil
}

// inputOf reads the input of a schedule's passes.
func inputOf(action *client.ScheduleWorkflowAction) pass.Sync {
	var sync pass.Sync
	if len(action.Args) == 0 {
		return sync
	}
	switch arg := action.Args[0].(type) {
	case *commonpb.Payload:
		if converter.GetDefaultDataConverter().FromPayload(arg, &sync) != nil {
			return pass.Sync{}
		}
	case pass.Sync:
		sync = arg
	}
	return sync
}

// execution names a pass.
type execution struct{ workflowID, runID string }

// latest is the pass that started last; ok is false if none ever did.
func (e *existing) latest() (execution, bool) {
	for _, running := range slices.Backward(e.description.Info.RunningWorkflows) {
		return execution{running.WorkflowID, running.FirstExecutionRunID}, true
	}
	for _, action := range slices.Backward(e.description.Info.RecentActions) {
		if started := action.StartWorkflowResult; started != nil {
			return execution{started.WorkflowID, started.FirstExecutionRunID}, true
		}
	}
	return execution{}, false
}

// running is the pass that runs now. The schedule may lag behind, so the workflow itself is asked.
func (m *Manager) running(ctx context.Context, e *existing) (execution, bool, error) {
	candidates := []execution{}
	for _, running := range e.description.Info.RunningWorkflows {
		candidates = append(candidates, execution{running.WorkflowID, running.FirstExecutionRunID})
	}
	if last, ok := e.latest(); ok && !slices.Contains(candidates, last) {
		candidates = append(candidates, last)
	}
	for _, candidate := range candidates {
		description, err := m.Temporal.DescribeWorkflow(ctx, candidate.workflowID, candidate.runID)
		var notFound *serviceerror.NotFound
		if errors.As(err, &notFound) {
			continue
		}
		if err != nil {
			return execution{}, false, fmt.Errorf("describe pass %s: %w", candidate.workflowID, err)
		}
		if description.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return candidate, true, nil
		}
	}
	return execution{}, false, nil
}
