package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

const (
	// segmentLinks is how many segments a pass leads to: the latest ones, the others are among its events.
	segmentLinks = 3
	// leastForRate is the time after which a rate means something.
	leastForRate = 2 * time.Second
)

// passPage is what the Web UI shows of a pass under "User Metadata". A person who sees nothing else must know from it
// what happens, and why it waits.
type passPage struct {
	sync                pass.Sync
	result              pass.Result
	namespace, schedule string
	// previous is the pass before; nil if there was none.
	previous *pass.Result
	// segments are the runs of the segments, in order; segment is the number of the one that works.
	segments []workflow.Execution
	segment  int
	// walked are the nodes of this run, worked the time that it took, without the waiting for retries.
	walked int64
	worked time.Duration
	now    time.Time
}

// show sets the current details. They cost no history event, and they are as old as the last change of the state.
func (p *passRun) show(ctx workflow.Context) {
	now := workflow.Now(ctx)
	page := passPage{
		sync: p.sync, result: p.result, namespace: workflow.GetInfo(ctx).Namespace, schedule: scheduleOf(ctx), previous: p.before,
		segments: p.segments, segment: p.segment, walked: p.result.CountProcessedNodes - p.inherited,
		worked: now.Sub(p.result.StartedAt) - p.waited, now: now,
	}
	workflow.SetCurrentDetails(ctx, page.String())
}

// String renders the page, with shorter reasons if it would be too long for the UI.
func (p passPage) String() string {
	var text string
	for _, most := range []int{maxErrorLength, 150, 60, 30} {
		if text = p.render(most); md.Fits(text) {
			break
		}
	}
	return text
}

func (p passPage) render(most int) string {
	return "### " + md.Text(p.sync.Name) + "\n\n" + p.headline() + "\n\n" + p.trouble(most) + p.evidence(most) + p.progress() +
		md.Item("outcomes", outcomes(p.result.Counts)) + "\n**Sources**\n\n" + p.sources(most) + "\n" +
		strings.Join(p.links(), " · ") + "\n\nas of " + md.Time(p.now) + "\n"
}

func (p passPage) sources(most int) string {
	var list string
	for _, source := range p.result.Sources.Sources() {
		list += sourceItem(source, ellipsis(source.Reason, min(most, maxReasonLength)))
	}
	return list
}

// sourceItem is how a source stands, and why.
func sourceItem(source sourcestate.Source, why string) string {
	text := "**" + string(source.State) + "**"
	if why != "" {
		text += " – " + md.Text(why)
	}
	return md.Item(md.Text(source.ID), text)
}

// headline is the status, and in words what it means right now.
func (p passPage) headline() string {
	r := p.result
	text := "works on the nodes " + p.afterCheckpoint()
	switch {
	case r.Kind == pass.Planned && r.Ended != pass.Running:
		text = "a plan: nothing was written, and no pass goes on from here; " + md.Code("starter changes "+p.sync.ID+" --pass "+r.WorkflowID) + " shows it"
	case r.Kind == pass.Narrowed && r.Ended != pass.Running:
		text = "the chosen nodes; no pass goes on from here"
	case r.Ended == pass.Completed:
		text = "every node is walked; the next pass starts by the schedule"
		if shrunk(r) {
			text = fmt.Sprintf("every node is walked, **far fewer than the %s of the walk before**; the next pass starts by the schedule", md.Number(r.FoundBefore))
		}
	case r.Ended == pass.Stopped:
		text = "stopped at a clean point; the next pass goes on " + p.afterCheckpoint()
	case r.Ended == pass.Failed:
		text = "gave up" + tries(r.TryCount, "after %d retries") + "; the next pass goes on " + p.afterCheckpoint()
	case r.Status == pass.ApprovalWaiting && r.NextTry != nil:
		text = fmt.Sprintf("waits for approval until **%s** (%s), then gives up", md.Time(*r.NextTry), shown(r.NextTry.Sub(p.now)))
	case r.Status == pass.RetryWaiting && r.NextTry != nil:
		text = fmt.Sprintf("waits until **%s** (%s) for retry %d of %d", md.Time(*r.NextTry), shown(r.NextTry.Sub(p.now)), r.TryCount, len(*p.sync.RetryDelays))
	case r.TryCount > 0:
		text = fmt.Sprintf("retry %d of %d is under way, %s", r.TryCount, len(*p.sync.RetryDelays), p.afterCheckpoint())
	}
	if r.Kind == pass.Planned && r.Ended == pass.Running {
		text = "a plan, which writes nothing: " + text
	}
	return fmt.Sprintf("**%s** – %s", r.AttributeStatus(), text)
}

func (p passPage) afterCheckpoint() string {
	if p.result.LastModifiedNodeDbid == nil {
		return "from the beginning"
	}
	return "after dbid " + md.Number(*p.result.LastModifiedNodeDbid)
}

func tries(n int, format string) string {
	if n == 0 {
		return ""
	}
	return " " + fmt.Sprintf(format, n)
}

// trouble is the error and what to do about it.
func (p passPage) trouble(most int) string {
	if p.result.Error == nil {
		return ""
	}
	what, hint, _ := strings.Cut(*p.result.Error, hintMark)
	text := "**What happened:** " + md.Text(ellipsis(what, most)) + "\n\n"
	var steps []string
	if hint != "" && p.result.Status != pass.ApprovalWaiting {
		steps = append(steps, md.Text(ellipsis(hint, most)))
	}
	switch {
	case p.result.Kind != "":
		// The starter's commands are about the passes of the schedule.
	case p.result.Status == pass.ApprovalWaiting:
		steps = append(steps, md.Code("starter approve "+p.sync.ID)+" lets the pass go on without a brake, "+md.Code("starter refuse "+p.sync.ID)+" ends it")
	case p.result.Status == pass.RetryWaiting:
		steps = append(steps, md.Code("starter retry "+p.sync.ID)+" tries again at once, "+md.Code("starter stop "+p.sync.ID)+" ends the pass")
	case p.result.Ended == pass.Failed:
		steps = append(steps, md.Code("starter trigger "+p.sync.ID)+" starts a pass at once")
	}
	if len(steps) == 0 {
		return text
	}
	return text + "**What to do:** " + strings.Join(steps, "; ") + "\n\n"
}

// progress is how far it is, how fast, and until when.
func (p passPage) progress() string {
	r := p.result
	processed := md.Number(r.CountProcessedNodes) + " nodes"
	if r.Remaining != nil && r.Ended != pass.Completed {
		total := r.CountProcessedNodes + *r.Remaining
		processed += fmt.Sprintf(" of about %s (%d %%)", md.Number(total), percent(r.CountProcessedNodes, total))
	}
	list := md.Item("processed", processed)
	if r.LastModifiedNodeDbid != nil {
		list += md.Item("checkpoint", "dbid "+md.Number(*r.LastModifiedNodeDbid))
	}
	if perMinute := rate(p.walked, p.worked); perMinute > 0 {
		list += md.Item("rate", md.Number(perMinute)+" nodes a minute")
		if r.Status == pass.InProgress && r.Remaining != nil {
			left := time.Duration(float64(p.worked) / float64(p.walked) * float64(*r.Remaining))
			list += md.Item("expected end", fmt.Sprintf("about %s, in %s", md.Time(p.now.Add(left)), shown(left)))
		}
	}
	began := md.Time(r.StartedAt) + ", at the beginning"
	if r.ResumedFrom != nil {
		began = md.Time(r.StartedAt) + ", after dbid " + md.Number(*r.ResumedFrom)
	}
	return list + md.Item("began", began) + walkItem(r.Scope) + quotaItems(r)
}

// quotaItems are what the contract had left when it was read last.
func quotaItems(r pass.Result) string {
	if r.QuotaProblem != "" {
		return md.Item("quotas", "not told: "+md.Text(r.QuotaProblem))
	}
	var list string
	for _, q := range r.Quotas {
		list += md.Item("quota of "+md.Text(strings.Join(q.Sources, ", ")), md.Text(leftOf(q)+" left"+until(q)))
	}
	return list
}

// links lead to the segments, the schedule and the pass before.
func (p passPage) links() []string {
	var links []string
	for i := len(p.segments) - 1; i >= 0 && i >= len(p.segments)-segmentLinks; i-- {
		links = append(links, md.Workflow(fmt.Sprintf("segment %d", i+1), p.namespace, p.segments[i].ID, p.segments[i].RunID))
	}
	if p.schedule != "" {
		links = append(links, md.Schedule("schedule", p.namespace, p.schedule))
	}
	if p.previous != nil {
		links = append(links, md.Workflow("pass before", p.namespace, p.previous.WorkflowID, p.previous.RunID))
	}
	return links
}

// outcomes is what became of the nodes. What happened to none is left out.
func outcomes(c counterparty.Counts) string {
	var parts []string
	for _, o := range []struct {
		nodes int
		name  string
	}{
		{c.Updated, "updated"}, {c.Unchanged, "unchanged"}, {c.NotFound, "not found"}, {c.Ambiguous, "ambiguous"},
		{c.InvalidID, "invalid id"}, {c.Rejected, "rejected"}, {c.Gone, "gone"},
	} {
		if o.nodes > 0 {
			parts = append(parts, md.Number(int64(o.nodes))+" "+o.name)
		}
	}
	if len(parts) == 0 {
		return "none yet"
	}
	return strings.Join(parts, ", ")
}

// rate is nodes in a minute; 0 if that can't be told yet.
func rate(nodes int64, took time.Duration) int64 {
	if took < leastForRate {
		return 0
	}
	return int64(float64(nodes) / took.Minutes())
}

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// ellipsis shortens a text to a number of bytes and says so.
func ellipsis(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return cut(text, most) + "…"
}
