package syncs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// Drift is one field of a schedule that differs from what starter apply makes of the sync, such as after an update by
// tctl or temporal: those replace a schedule as a whole, and what they are not given falls back to its default.
type Drift struct {
	FieldChange
	// Harm is what comes of it; empty if it only looks different.
	Harm string `json:"harm,omitempty"`
}

// drift compares all of a schedule with what it should be. What follows from the given changes of the sync is no news.
func (e existing) drift(want client.ScheduleOptions, changes []FieldChange) []Drift {
	d := drifts{changes: changes}
	d.input(e.input)
	d.spec(e.description, want.Spec)
	d.policy(e.description.Schedule.Policy, want)
	d.state(e.description.Schedule.State, want)
	d.action(e.action, want.Action.(*client.ScheduleWorkflowAction))
	return d.found
}

type drifts struct {
	changes []FieldChange
	found   []Drift
}

// differ notes a field if it differs and none of the sync's fields that it follows from has changed.
func (d *drifts) differ(field string, was, became any, harm string, follows ...string) {
	change, ok := pass.NewFieldChange("schedule."+field, was, became)
	if !ok || slices.ContainsFunc(d.changes, func(c FieldChange) bool { return slices.Contains(follows, c.Field) }) {
		return
	}
	d.found = append(d.found, Drift{change, harm})
}

func (d *drifts) input(have input) {
	switch {
	case have.problem != "":
		d.differ("input", have.problem, "that of the sync", "passes do not follow all of it")
	case !have.complete() && len(d.changes) == 0:
		d.differ("input", "in part, or none", "that of the sync", "")
	}
}

func (d *drifts) spec(have *client.ScheduleDescription, want client.ScheduleSpec) {
	spec := client.ScheduleSpec{}
	if have.Schedule.Spec != nil {
		spec = *have.Schedule.Spec
	}
	if !schedule.Equal(spec, want) {
		d.differ("spec", starts(have.Info.NextActionTimes), "that of cron", "passes start at other times than cron says", "cron", "timeZone", "jitter")
	}
}

// starts names the next starts of a schedule, for what it goes by may be written in many ways.
func starts(next []time.Time) string {
	if len(next) == 0 {
		return "no starts"
	}
	var texts []string
	for _, t := range next[:min(len(next), 2)] {
		texts = append(texts, t.UTC().Format(time.RFC3339))
	}
	return "starts " + strings.Join(texts, ", ")
}

func (d *drifts) policy(have *client.SchedulePolicies, want client.ScheduleOptions) {
	if have == nil {
		return
	}
	overlap := have.Overlap
	if overlap == enums.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		overlap = enums.SCHEDULE_OVERLAP_POLICY_SKIP // the server's default
	}
	d.differ("overlap", overlap.String(), want.Overlap.String(), overlapHarm(overlap))
	d.differ("catchupWindow", pass.Duration(have.CatchupWindow), pass.Duration(want.CatchupWindow),
		"a missed start may happen that late", "catchupWindow")
	d.differ("pauseOnFailure", have.PauseOnFailure, want.PauseOnFailure, "after an ERROR nothing starts until the sync is resumed")
}

func overlapHarm(overlap enums.ScheduleOverlapPolicy) string {
	switch overlap {
	case enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL:
		return "two passes may run at once"
	case enums.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER, enums.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER:
		return "a start ends the pass that runs"
	}
	return "starts pile up behind a long pass"
}

func (d *drifts) state(have *client.ScheduleState, want client.ScheduleOptions) {
	if have == nil {
		return
	}
	paused, _ := pauseOf(*have, want, false)
	d.differ("paused", have.Paused, paused, "Temporal removes a schedule without starts after a week, unless it is paused", "cron", "enabled")
	if have.LimitedActions {
		d.differ("remainingActions", fmt.Sprint(have.RemainingActions), "without limit", "after that many starts no more passes start")
	}
}

func (d *drifts) action(have, want *client.ScheduleWorkflowAction) {
	if have == nil {
		d.differ("action", "no workflow", fmt.Sprint(want.Workflow), "no pass starts")
		return
	}
	d.differ("workflowType", fmt.Sprint(have.Workflow), fmt.Sprint(want.Workflow), "it starts something other than passes")
	d.differ("workflowId", have.ID, want.ID, "", "id")
	d.differ("taskQueue", have.TaskQueue, want.TaskQueue, "passes wait for a worker of another task queue")
	const cutOff = "a longer pass is cut off without a final state"
	d.differ("workflowRunTimeout", pass.Duration(have.WorkflowRunTimeout), pass.Duration(want.WorkflowRunTimeout), cutOff)
	d.differ("workflowExecutionTimeout", pass.Duration(have.WorkflowExecutionTimeout), pass.Duration(want.WorkflowExecutionTimeout), cutOff)
	d.differ("workflowTaskTimeout", taskTimeout(have), taskTimeout(want), "a lost worker is noticed later, or a slow one taken for lost")
	d.differ("retryPolicy", retries(have.RetryPolicy), retries(want.RetryPolicy), "a pass that failed begins again at once, beside its schedule")
	d.differ("memo", names(have.Memo), names(want.Memo), "")
	d.differ("searchAttributes", attributes(have), attributes(want), "")
	d.differ("priority", have.Priority, want.Priority, "")
	d.differ("versioningOverride", fmt.Sprintf("%T", have.VersioningOverride), fmt.Sprintf("%T", want.VersioningOverride), "passes go to workers of one version only")
	d.differ("summary", have.StaticSummary, want.StaticSummary, "", "name")
	d.differ("details", have.StaticDetails, want.StaticDetails, "", "id", "name", "cron", "timeZone", "searchParam", "nodeType", "sources", "required", "start")
}

// taskTimeout is that of a workflow task; the server's default is 10 s.
func taskTimeout(action *client.ScheduleWorkflowAction) pass.Duration {
	return pass.Duration(cmp.Or(action.WorkflowTaskTimeout, 10*time.Second))
}

func retries(policy *temporal.RetryPolicy) string {
	switch {
	case policy == nil:
		return "none"
	case policy.MaximumAttempts == 0:
		return "retries without end"
	}
	return fmt.Sprintf("%d attempts", policy.MaximumAttempts)
}

func names(memo map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(memo)), ", ")
}

func attributes(action *client.ScheduleWorkflowAction) string {
	all := slices.Collect(maps.Keys(action.UntypedSearchAttributes))
	for key := range action.TypedSearchAttributes.GetUntypedValues() {
		all = append(all, key.GetName())
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
