package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// watch finds out whether the configuration of a pass is still that of its schedule, which others than starter apply change,
// too. Looking costs events, so that it is done when something has woken the pass anyway, at growing intervals, and where it
// waits it is woken for that.
type watch struct {
	// schedule is the pass's; empty if it has none, so that there is nothing to look at.
	schedule string
	// under is the configuration that the pass was started with.
	under pass.Sync
	// looked is when it was looked last, or when the pass began, and next when it is time again; due asks for a look before that.
	began, looked, next time.Time
	due                 bool
	// until is when the pass goes on if it waits; zero while it works.
	until time.Time
	// mark is the reset mark of the schedule's input as it was seen last.
	mark string
	// warned is the problem of a schedule that was told already.
	warned string
	// changes are those that end the pass; none while it goes on.
	changes []pass.FieldChange
}

func newWatch(ctx workflow.Context, sync pass.Sync) watch {
	w := watch{under: sync, mark: sync.ResetAt, began: workflow.Now(ctx)}
	if sync.AdHoc == nil {
		w.schedule = scheduleOf(ctx)
	}
	w.saw(w.began)
	return w
}

// saw notes a look.
func (w *watch) saw(now time.Time) { w.due, w.looked, w.next = false, now, now.Add(w.interval(now)) }

func (w *watch) interval(now time.Time) time.Duration {
	return max(watchInterval, now.Sub(w.began)/watchShare)
}

func (w *watch) isDue(ctx workflow.Context) bool {
	return w.schedule != "" && (w.due || !workflow.Now(ctx).Before(w.next))
}

// wakes reports whether the pass waits for so long that it has to be woken for a look.
func (w *watch) wakes() bool { return w.schedule != "" && w.next.Before(w.until) }

// awaitTurn waits until it is time for a look.
func (w *watch) awaitTurn(ctx workflow.Context) error {
	for {
		if err := workflow.Await(ctx, func() bool { return w.isDue(ctx) || w.wakes() }); err != nil || w.isDue(ctx) {
			return err
		}
		over := func() bool { return w.isDue(ctx) || !w.wakes() }
		if _, err := flow.Await(ctx, w.next.Sub(workflow.Now(ctx)), "until the next look at the schedule", over); err != nil {
			return err
		}
	}
}

// watchConfiguration looks whenever it is time, and stops the pass once its configuration has changed.
func (p *passRun) watchConfiguration(ctx workflow.Context) {
	for p.watch.awaitTurn(ctx) == nil {
		p.watch.look(ctx)
		if len(p.watch.changes) > 0 {
			p.log(ctx).Info("configuration changed; the pass stops, and another one starts", "changes", pass.ChangesText(p.watch.changes))
			p.stop()
			return
		}
	}
}

// lookBetween looks before a segment begins, unless it was looked a moment ago.
func (p *passRun) lookBetween(ctx workflow.Context) {
	p.watch.due = workflow.Now(ctx).Sub(p.watch.looked) >= watchBetween
	_ = workflow.Await(ctx, func() bool { return !p.watch.isDue(ctx) })
}

func (w *watch) look(ctx workflow.Context) {
	found, err := flow.Execute(schedulePolicy.on(ctx, "is the configuration still the same?"), pass.DescribeSchedule, pass.DescribeScheduleRequest{ScheduleID: w.schedule, SyncID: w.under.ID})
	w.saw(workflow.Now(ctx))
	log := workflow.GetLogger(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		log.Warn("configuration not looked up; the pass goes on", "sync", w.under.ID, "error", err)
	case found.Problem != "" && found.Problem != w.warned:
		w.warned = found.Problem
		log.Warn("configuration of the schedule can't be used; the pass goes on under the one it was started with", "sync", w.under.ID, "problem", found.Problem)
	case found.Sync != nil && found.Sync.ResetAt != "" && found.Sync.ResetAt != w.mark:
		// By starter apply, which restarts the pass itself. If it was cut off before, the next look sees the same again.
		w.mark = found.Sync.ResetAt
	case found.Sync != nil:
		w.mark = found.Sync.ResetAt
		w.changes = pass.WorthARestart(w.under, *found.Sync)
	}
}

// replace has the next pass start, under the new configuration, if this one ends because it has changed. The schedule does not
// start it before this one has ended. Somebody who cancels the pass meanwhile, as starter apply does too, decides what follows.
func (p *passRun) replace(ctx workflow.Context) {
	if len(p.watch.changes) == 0 {
		return
	}
	text := "the configuration changed: " + pass.ChangesText(p.watch.changes)
	if none := p.startNext(ctx); none != "" {
		text += "; it starts no new pass: " + none
	}
	p.replaced = excerpt.Cut(text, pass.MaxReplaced)
}

// startNext says why no pass follows; empty if one does.
func (p *passRun) startNext(ctx workflow.Context) string {
	request := pass.TriggerScheduleRequest{ScheduleID: p.watch.schedule, FirstRunID: workflow.GetInfo(ctx).FirstRunID, ResetAt: p.watch.mark}
	for tries := 0; ; {
		if p.ctx.Err() != nil {
			return "the pass was stopped meanwhile"
		}
		result, err := flow.Execute(triggerPolicy.on(ctx, "start the next pass"), pass.TriggerSchedule, request)
		switch {
		case err == nil && result.Marked == "":
			return result.Why
		case err == nil:
			request.ResetAt = result.Marked
			_ = flow.Sleep(p.ctx, triggerDelays[0], "starter apply is about to stop the pass")
			continue
		}
		p.log(ctx).Warn("next pass not started", "try", tries+1, "error", err)
		if tries == len(triggerDelays) {
			return fmt.Sprintf("%v; starter trigger %s starts one", err, p.sync.ID)
		}
		_ = flow.Sleep(p.ctx, triggerDelays[tries], "until the next try to start the next pass")
		tries++
	}
}
