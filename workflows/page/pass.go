package page

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// segmentLinks is how many segments a pass leads to: the latest ones, the others are among its events.
const segmentLinks = 3

// Pass is the page of a pass. A person who sees nothing else must know from it what happens, and why it waits.
type Pass struct {
	Sync   pass.Sync
	Result pass.Result
	// Namespace is the one of the pass, Schedule the id of its Schedule; empty if none started it.
	Namespace, Schedule string
	// Previous is the pass before; nil if there was none.
	Previous *pass.Result
	// Segments are the runs of the segments, in order.
	Segments []workflow.Execution
	// Walked are the nodes of this run, Worked the time that it took, without the waiting for retries.
	Walked int64
	Worked time.Duration
	Now    time.Time
}

// String renders the page.
func (p Pass) String() string { return fitting(p.render, pass.MaxErrorLength, 150, 60, 30) }

func (p Pass) render(most int) string {
	return "### " + md.Text(p.Sync.Name) + "\n\n" + p.headline() + "\n\n" + p.trouble(most) + p.evidence(most) + p.progress(most) +
		md.Item("outcomes", outcomes(p.Result.Counts)) + "\n**Sources**\n\n" + p.sources(most) + "\n" +
		strings.Join(p.links(), " · ") + "\n\nas of " + md.Time(p.Now) + "\n"
}

func (p Pass) sources(most int) string {
	var list string
	for _, source := range p.Result.Sources.Sources() {
		list += sourceItem(source, excerpt.Bytes(source.Reason, min(most, pass.MaxReasonLength)))
	}
	return list
}

// headline is the status, and in words what it means right now.
func (p Pass) headline() string {
	r := p.Result
	text := "works on the nodes " + p.afterCheckpoint()
	switch {
	case r.Kind == pass.Planned && r.Ended != pass.Running:
		text = "a plan: nothing was written, and no pass goes on from here; " + md.Code("starter changes "+p.Sync.ID+" --pass "+r.WorkflowID) + " shows it"
	case r.Kind == pass.Narrowed && r.Ended != pass.Running:
		text = "the chosen nodes; no pass goes on from here"
	case r.Replaced != "":
		text = "ended at a clean point: " + md.Text(r.Replaced) + "; the next pass begins at the beginning"
	case r.Ended == pass.Completed:
		text = "every node is walked; the next pass starts by the schedule"
		if r.Shrunk() {
			text = fmt.Sprintf("every node is walked, **far fewer than the %s of the walk before**; the next pass starts by the schedule", md.Number(r.FoundBefore))
		}
	case r.Ended == pass.Stopped:
		text = "stopped at a clean point; the next pass goes on " + p.afterCheckpoint()
	case r.Ended == pass.Failed && r.TryCount > 0:
		text = fmt.Sprintf("gave up after %d retries; the next pass goes on %s", r.TryCount, p.afterCheckpoint())
	case r.Ended == pass.Failed:
		text = "gave up; the next pass goes on " + p.afterCheckpoint()
	case r.Status == pass.ApprovalWaiting && r.NextTry != nil:
		text = fmt.Sprintf("waits for approval until **%s** (%s), then gives up", md.Time(*r.NextTry), pass.Rounded(r.NextTry.Sub(p.Now)))
	case r.Status == pass.RetryWaiting && r.NextTry != nil:
		text = fmt.Sprintf("waits until **%s** (%s) for retry %d of %d", md.Time(*r.NextTry), pass.Rounded(r.NextTry.Sub(p.Now)), r.TryCount, len(*p.Sync.RetryDelays))
		if r.Wakes > 0 {
			text += fmt.Sprintf("; starts of workers have woken it %d of %d times", r.Wakes, pass.MaxWakes)
		}
	case r.TryCount > 0:
		text = fmt.Sprintf("retry %d of %d is under way, %s", r.TryCount, len(*p.Sync.RetryDelays), p.afterCheckpoint())
	}
	if r.Kind == pass.Planned && r.Ended == pass.Running {
		text = "a plan, which writes nothing: " + text
	}
	return fmt.Sprintf("**%s** – %s", r.AttributeStatus(), text)
}

func (p Pass) afterCheckpoint() string {
	if p.Result.LastModifiedNodeDbid == nil {
		return "from the beginning"
	}
	return "after dbid " + md.Number(*p.Result.LastModifiedNodeDbid)
}

// trouble is the error and what to do about it.
func (p Pass) trouble(most int) string {
	if p.Result.Error == nil {
		return ""
	}
	what, hint := pass.SplitHint(*p.Result.Error)
	text := happened(what, most) + "\n\n"
	var steps []string
	if hint != "" && p.Result.Status != pass.ApprovalWaiting {
		steps = append(steps, md.Text(excerpt.Bytes(hint, most)))
	}
	switch {
	case p.Result.Kind != "":
		// The starter's commands are about the passes of the schedule.
	case p.Result.Status == pass.ApprovalWaiting:
		steps = append(steps, md.Code("starter approve "+p.Sync.ID)+" lets the pass go on without a brake, "+md.Code("starter refuse "+p.Sync.ID)+" ends it")
	case p.Result.Status == pass.RetryWaiting:
		steps = append(steps, md.Code("starter retry "+p.Sync.ID)+" tries again at once, "+md.Code("starter stop "+p.Sync.ID)+" ends the pass")
	case p.Result.Ended == pass.Failed:
		steps = append(steps, md.Code("starter trigger "+p.Sync.ID)+" starts a pass at once")
	}
	if len(steps) == 0 {
		return text
	}
	return text + "**What to do:** " + strings.Join(steps, "; ") + "\n\n"
}

// progress is how far it is, how fast, and until when.
func (p Pass) progress(most int) string {
	r := p.Result
	processed := md.Number(r.CountProcessedNodes) + " nodes"
	if r.Remaining != nil && r.Ended != pass.Completed {
		total := r.CountProcessedNodes + *r.Remaining
		processed += fmt.Sprintf(" of about %s (%d %%)", md.Number(total), r.CountProcessedNodes*100/max(1, total))
	}
	list := md.Item("processed", processed)
	if r.LastModifiedNodeDbid != nil {
		list += md.Item("checkpoint", "dbid "+md.Number(*r.LastModifiedNodeDbid))
	}
	speed := rateItem(p.Walked, p.Worked)
	list += speed
	if speed != "" && r.Status == pass.InProgress && r.Remaining != nil {
		left := time.Duration(float64(p.Worked) / float64(p.Walked) * float64(*r.Remaining))
		list += md.Item("expected end", fmt.Sprintf("about %s, in %s", md.Time(p.Now.Add(left)), pass.Rounded(left)))
	}
	began := ", at the beginning"
	if r.ResumedFrom != nil {
		began = ", after dbid " + md.Number(*r.ResumedFrom)
	}
	if r.Rewound {
		began += ", where " + md.Code("starter rewind") + " put the checkpoint"
	}
	list += md.Item("began", md.Time(r.StartedAt)+began)
	if r.Forgotten != "" {
		list += md.Item("the pass before", "**can't be read**, so that this one began at the beginning: it is "+md.Text(r.Forgotten))
	}
	if asks := r.Scope.String(); asks != "" {
		list += md.Item("asks about", md.Text(asks))
	}
	if r.Missing != nil {
		list += md.Item("missing", md.Text(r.Missing.String()+"; "+r.Missing.Why()))
	}
	if r.Untried != "" {
		list += md.Item("rejected nodes", "**not tried again**; the next pass tries them: "+md.Text(excerpt.Bytes(r.Untried, most)))
	}
	if r.Open > 0 {
		list += md.Item("open", md.Number(int64(r.Open))+" nodes could not be written yet; this pass or the next one tries them again")
	}
	return list + quotaItems(r)
}

// quotaItems are what the contract had left when it was read last.
func quotaItems(r pass.Result) string {
	if r.QuotaProblem != "" {
		return md.Item("quotas", "not told: "+md.Text(r.QuotaProblem))
	}
	var list string
	for _, q := range r.Quotas {
		list += md.Item("quota of "+md.Text(strings.Join(q.Sources, ", ")), md.Text(QuotaLeft(q)))
	}
	return list
}

// links lead to the segments, the schedule and the pass before.
func (p Pass) links() []string {
	var links []string
	for i := len(p.Segments) - 1; i >= 0 && i >= len(p.Segments)-segmentLinks; i-- {
		links = append(links, md.Workflow(fmt.Sprintf("segment %d", i+1), p.Namespace, p.Segments[i].ID, p.Segments[i].RunID))
	}
	if p.Schedule != "" {
		links = append(links, md.Schedule("schedule", p.Namespace, p.Schedule))
	}
	if p.Previous != nil {
		links = append(links, md.Workflow("pass before", p.Namespace, p.Previous.WorkflowID, p.Previous.RunID))
	}
	return links
}
