package syncs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/fleet"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// Inspection is what was found about one sync.
type Inspection struct {
	ID string // the sync's
	Schedule
	// Hint is what to do about the problems; empty: apply the sync again.
	Hint string
	// Remarks are worth knowing.
	Remarks []string
}

// Inspect looks at the schedules of all syncs, and at the configuration of the passes that run.
func (m *Manager) Inspect(ctx context.Context) ([]Inspection, error) {
	all, err := m.all(ctx)
	if err != nil {
		return nil, err
	}
	schedules := map[string][]string{}
	for _, e := range all {
		schedules[e.ID] = append(schedules[e.ID], e.ScheduleID)
	}
	list := make([]Inspection, len(all))
	for i, e := range all {
		list[i] = Inspection{ID: e.ID, Schedule: m.schedule(e), Remarks: e.remarks()}
		if same := schedules[e.ID]; len(same) > 1 {
			list[i].Problems = append(list[i].Problems, fmt.Sprintf("%d schedules have this sync, and their passes may run at once: %s", len(same), strings.Join(same, ", ")))
		}
		if err := m.inspectQueue(ctx, e, &list[i]); err != nil {
			return nil, err
		}
		old, _, err := m.outdated(ctx, e, e.sync)
		if err != nil {
			return nil, err
		}
		for _, x := range old {
			list[i].Problems = append(list[i].Problems, fmt.Sprintf("pass %s runs under another configuration than the schedule's: %s", x.WorkflowID, pass.ChangesText(pass.WorthARestart(x.sync, e.sync))))
		}
	}
	return list, nil
}

// inspectQueue looks whether a worker takes the passes of a schedule. That no worker runs right now is only a remark; that
// the schedule sends its passes to another task queue, where no worker runs, is a problem.
func (m *Manager) inspectQueue(ctx context.Context, e existing, found *Inspection) error {
	if e.action == nil {
		return nil
	}
	queue := e.action.TaskQueue
	description, err := m.Temporal.DescribeTaskQueue(ctx, queue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return fmt.Errorf("describe task queue %s: %w", queue, err)
	}
	switch {
	case len(description.GetPollers()) > 0:
	case queue == m.TaskQueue:
		found.Remarks = append(found.Remarks, "no worker runs on task queue "+queue)
	default:
		found.Problems = append(found.Problems, fmt.Sprintf("schedule.taskQueue is %s, not %s, and no worker runs on it", queue, m.TaskQueue))
	}
	if key := e.sync.KonturKey; len(description.GetPollers()) > 0 && key.Valid() {
		held, err := m.holds(ctx, queue, key)
		if err != nil {
			return err
		}
		if !held {
			found.Problems = append(found.Problems, fmt.Sprintf("no worker holds the key %s of Kontur.Focus", key))
			found.Hint = key.HintMissing()
		}
	}
	return nil
}

// Holds reports whether a worker that runs now holds a key.
func (m *Manager) Holds(ctx context.Context, key pass.KeyName) (bool, error) {
	return m.holds(ctx, m.TaskQueue, key)
}

func (m *Manager) holds(ctx context.Context, queue string, key pass.KeyName) (bool, error) {
	holders, err := fleet.Holders(ctx, m.Temporal, queue, key)
	return len(holders) > 0, err
}

// problems are what does harm in a schedule, as far as that can be seen without the sync's file.
func (m *Manager) problems(e existing) []string {
	var problems []string
	sync := e.sync.WithDefaults()
	spec, err := schedule.Parse(sync.Cron, sync.TimeZone)
	if err == nil {
		err = sync.Validate()
	}
	if err != nil {
		problems = append(problems, "its input: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, d := range e.drift(schedule.Options(sync, spec, m.TaskQueue), nil) {
		// Another task queue may have workers of its own: see inspectQueue.
		if d.Harm != "" && d.Field != "schedule.taskQueue" && (e.complete() || !followsFromFile(d.Field)) {
			problems = append(problems, fmt.Sprintf("%s is %s, not %s: %s", d.Field, orNothing(d.Was), orNothing(d.Became), d.Harm))
		}
	}
	return problems
}

// followsFromFile reports whether a field of a schedule follows from fields of the sync that a schedule made by other
// means lacks in its input, because they don't steer passes.
func followsFromFile(field string) bool {
	return slices.Contains([]string{"schedule.spec", "schedule.catchupWindow", "schedule.paused"}, field)
}

func (e existing) remarks() []string {
	var remarks []string
	if !e.complete() && e.problem == "" {
		remarks = append(remarks, "the schedule was made, or replaced, by other means than starter apply; fields missing from its input have their defaults")
	}
	if _, ours := pass.SyncID(e.ScheduleID); !ours {
		remarks = append(remarks, "its schedule is "+e.ScheduleID)
	}
	return remarks
}

func orNothing(text string) string { return cmp.Or(text, "(none)") }
