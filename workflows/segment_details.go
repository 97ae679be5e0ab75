package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// segmentPage is what the Web UI shows of a segment: where each batch is right now. The pass shows less often how it stands.
type segmentPage struct {
	request   pass.SegmentRequest
	result    pass.SegmentResult
	namespace string
	parent    *workflow.Execution // nil for a segment that somebody started by hand
	started   time.Time
	// batches are those on their way, in order of the nodes.
	batches []batchRow
	over    bool
	now     time.Time
}

// batchRow is a batch on its way.
type batchRow struct {
	after int64
	nodes int // 0 while they are being read
	stage string
}

func (r batchRow) item() string {
	name := "after dbid " + md.Number(r.after)
	if r.nodes > 0 {
		name += fmt.Sprintf(", %d nodes", r.nodes)
	}
	return md.Item(name, md.Text(r.stage))
}

// show sets the current details. They cost no history event.
func (s *segmentRun) show(ctx workflow.Context) {
	info := workflow.GetInfo(ctx)
	page := segmentPage{
		request: s.request, result: s.result, namespace: info.Namespace, parent: info.ParentWorkflowExecution,
		started: info.WorkflowStartTime, over: s.over, now: workflow.Now(ctx),
	}
	for _, b := range s.batches {
		page.batches = append(page.batches, batchRow{after: b.after, nodes: len(b.nodes), stage: b.stage})
	}
	if s.reading != "" {
		page.batches = append(page.batches, batchRow{after: s.cursor, stage: s.reading})
	}
	workflow.SetCurrentDetails(ctx, page.String())
}

// String renders the page.
func (p segmentPage) String() string {
	var b strings.Builder
	title := fmt.Sprintf("### Segment %d", p.request.Number)
	b.WriteString(title + " of " + md.Text(p.request.Sync.WithDefaults().Name) + "\n\n" + p.headline() + "\n\n")
	walked := int64(p.result.Counts.Total())
	b.WriteString(md.Item("committed", fmt.Sprintf("%s nodes in %s batches", md.Number(walked), md.Number(p.result.Batches))))
	if p.result.LastDbid > 0 {
		b.WriteString(md.Item("checkpoint", "dbid "+md.Number(p.result.LastDbid)))
	}
	if perMinute := rate(walked, p.now.Sub(p.started)); perMinute > 0 {
		b.WriteString(md.Item("rate", md.Number(perMinute)+" nodes a minute"))
	}
	b.WriteString(md.Item("outcomes", outcomes(p.result.Counts)) + "\n")
	if len(p.batches) > 0 {
		b.WriteString("**Batches on their way**\n\n")
		for _, row := range p.batches {
			b.WriteString(row.item())
		}
		b.WriteString("\n")
	}
	if links := p.links(); len(links) > 0 {
		b.WriteString(strings.Join(links, " · ") + "\n\n")
	}
	b.WriteString("as of " + md.Time(p.now) + "\n")
	return b.String()
}

// headline says what the segment does, or how it ended.
func (p segmentPage) headline() string {
	from := "from dbid " + md.Number(p.request.After)
	switch {
	case !p.over:
		return "works " + from
	case p.result.Failure != nil && p.result.Failure.Evidence != nil:
		return "**ended before a batch that would change too much**; the pass waits for approval\n\n**What happened:** " + md.Text(ellipsis(p.result.Failure.Message, maxErrorLength))
	case p.result.Failure != nil:
		return "**ended, because a batch failed**; the pass decides how to go on\n\n**What happened:** " + md.Text(ellipsis(p.result.Failure.Message, maxErrorLength))
	case p.result.Stopped:
		return "stopped at a clean point"
	case p.result.Done:
		return "done: there are no more nodes"
	}
	return "ended, because its history has grown large; the pass goes on with the next segment"
}

// links lead to the pass and to the segment before.
func (p segmentPage) links() []string {
	if p.parent == nil {
		return nil
	}
	links := []string{md.Workflow("pass", p.namespace, p.parent.ID, p.parent.RunID)}
	if before := p.request.Number - 1; before > 0 {
		links = append(links, md.Workflow(fmt.Sprintf("segment %d", before), p.namespace, segmentID(p.parent.ID, before), ""))
	}
	return links
}

// segmentID is the workflow id of a segment of a pass.
func segmentID(passID string, number int) string { return fmt.Sprintf("%s/segment-%d", passID, number) }
