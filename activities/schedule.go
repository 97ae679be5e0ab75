package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
)

// describeSchedule reads with what a schedule would start a pass now: starter apply is not the only one to change that.
func (p past) describeSchedule(ctx context.Context, request pass.DescribeScheduleRequest) (pass.DescribeScheduleResult, error) {
	description, err := p.temporal.ScheduleClient().GetHandle(ctx, request.ScheduleID).Describe(ctx)
	switch {
	case runs.IsNotFound(err):
		return pass.DescribeScheduleResult{Gone: true}, nil
	case err != nil:
		return pass.DescribeScheduleResult{}, fmt.Errorf("describe schedule %s: %w", request.ScheduleID, err)
	}
	sync, problem := startedWith(description)
	sync.ID = cmp.Or(sync.ID, request.SyncID)
	if problem == "" {
		if err := sync.WithDefaults().Validate(); err != nil {
			problem = strings.ReplaceAll(err.Error(), "\n", "; ")
		}
	}
	if problem != "" {
		return pass.DescribeScheduleResult{Problem: problem}, nil
	}
	return pass.DescribeScheduleResult{Sync: &sync}, nil
}

// startedWith is what a schedule starts its passes with; the problem says why it starts none.
func startedWith(d *client.ScheduleDescription) (sync pass.Sync, problem string) {
	action, ok := d.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok || fmt.Sprint(action.Workflow) != string(pass.SyncWorkflow) {
		return sync, "it starts something other than " + string(pass.SyncWorkflow)
	}
	return schedule.ReadInput(action.Args)
}

// settling is how long the pass goes on running after its schedule was asked for the next one. A schedule takes a moment to
// see that a start has to wait for the pass, or that one waits already; if the pass ended meanwhile it would start both.
const settling = 2 * time.Second

// triggerSchedule has the next pass start when this one has ended. The schedule buffers one start while a pass runs and drops
// any other, so that it makes no difference how often this is tried, and that starter apply asks for the same. A pass that a
// reset made is none to its schedule, which starts the next one at once: so it is looked for first.
func (p past) triggerSchedule(ctx context.Context, request pass.TriggerScheduleRequest) (pass.TriggerScheduleResult, error) {
	handle := p.temporal.ScheduleClient().GetHandle(ctx, request.ScheduleID)
	description, err := handle.Describe(ctx)
	switch {
	case runs.IsNotFound(err):
		return pass.TriggerScheduleResult{Why: "the schedule is gone"}, nil
	case err != nil:
		return pass.TriggerScheduleResult{}, fmt.Errorf("describe schedule %s: %w", request.ScheduleID, err)
	}
	latest := runs.Recent(description.Info)
	if slices.IndexFunc(latest, func(x runs.Execution) bool { return x.RunID == request.FirstRunID }) > 0 {
		return pass.TriggerScheduleResult{}, nil
	}
	sync, _ := startedWith(description)
	if sync.ResetAt != "" && sync.ResetAt != request.ResetAt {
		return pass.TriggerScheduleResult{Marked: sync.ResetAt}, nil
	}
	if !*sync.WithDefaults().Enabled {
		return pass.TriggerScheduleResult{Why: "the sync is not enabled"}, nil
	}
	if state := description.Schedule.State; state != nil && state.Paused && state.Note != schedule.NoteByHand {
		return pass.TriggerScheduleResult{Why: strings.TrimSuffix("the schedule is paused: "+state.Note, ": ")}, nil
	}
	if err := handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}); err != nil {
		return pass.TriggerScheduleResult{}, fmt.Errorf("trigger schedule %s: %w", request.ScheduleID, err)
	}
	select {
	case <-ctx.Done():
		return pass.TriggerScheduleResult{}, ctx.Err() // another attempt changes nothing
	case <-time.After(settling):
		return pass.TriggerScheduleResult{}, nil
	}
}
