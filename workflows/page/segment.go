package page

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// Segment is the page of a segment: where each batch is right now. The pass is shown less often.
type Segment struct {
	Request   pass.SegmentRequest
	Result    pass.SegmentResult
	Namespace string
	Parent    *workflow.Execution // nil for a segment that was started by hand
	Started   time.Time
	// Batches are those on their way, in order of the nodes.
	Batches []Batch
	// ReadAhead is how many batches were read and are not on their way yet.
	ReadAhead int
	// Ended: the segment has its result.
	Ended bool
	Now   time.Time
}

// Batch is a batch on its way.
type Batch struct {
	After int64
	Nodes int // 0 while they are being read
	Stage string
}

func (r Batch) item() string {
	name := "after dbid " + md.Number(r.After)
	if r.Nodes > 0 {
		name += fmt.Sprintf(", %d nodes", r.Nodes)
	}
	return md.Item(name, md.Text(r.Stage))
}

// String renders the page.
func (p Segment) String() string {
	var b strings.Builder
	b.WriteString(fmt.Sprintf("### Segment %d of %s\n\n%s\n\n", p.Request.Number, md.Text(p.Request.Sync.WithDefaults().Name), p.headline()))
	walked := int64(p.Result.Counts.Total())
	b.WriteString(md.Item("committed", fmt.Sprintf("%s nodes in %s batches", md.Number(walked), md.Number(p.Result.Batches))))
	if p.Result.LastDbid > 0 {
		b.WriteString(md.Item("checkpoint", "dbid "+md.Number(p.Result.LastDbid)))
	}
	b.WriteString(rateItem(walked, p.Now.Sub(p.Started)))
	b.WriteString(md.Item("outcomes", outcomes(p.Result.Counts)) + "\n")
	if len(p.Batches) > 0 {
		b.WriteString("**Batches on their way**\n\n")
		for _, row := range p.Batches {
			b.WriteString(row.item())
		}
		if p.ReadAhead > 0 {
			b.WriteString(md.Item("read ahead", fmt.Sprintf("%d more", p.ReadAhead)))
		}
		b.WriteString("\n")
	}
	if links := p.links(); len(links) > 0 {
		b.WriteString(strings.Join(links, " · ") + "\n\n")
	}
	b.WriteString("as of " + md.Time(p.Now) + "\n")
	return b.String()
}

// headline says what the segment does, or how it ended.
func (p Segment) headline() string {
	switch failure := p.Result.Failure; {
	case !p.Ended:
		return "works from dbid " + md.Number(p.Request.After)
	case failure != nil && failure.Evidence != nil:
		return "**ended before a batch that would change too much**; the pass waits for approval\n\n" + happened(failure.Message, pass.MaxErrorLength)
	case failure != nil:
		return "**ended, because a batch failed**; the pass decides how to go on\n\n" + happened(failure.Message, pass.MaxErrorLength)
	case p.Result.Stopped:
		return "stopped at a clean point"
	case p.Result.Done:
		return "done: there are no more nodes"
	}
	return "ended, because its history has grown large; the pass goes on with the next segment"
}

// links lead to the pass and to the segment before.
func (p Segment) links() []string {
	if p.Parent == nil {
		return nil
	}
	links := []string{md.Workflow("pass", p.Namespace, p.Parent.ID, p.Parent.RunID)}
	if before := p.Request.Number - 1; before > 0 {
		links = append(links, md.Workflow(fmt.Sprintf("segment %d", before), p.Namespace, pass.SegmentID(p.Parent.ID, before), ""))
	}
	return links
}
