package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

// show sets the current details that the Web UI renders under "User Metadata". They cost no history event.
func (p *passRun) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, details(p.sync, p.result, p.segment))
}

func details(sync pass.Sync, r pass.Result, segment int) string {
	var b strings.Builder
	b.WriteString(fmt.Sprintf("**%s** %s\n\n", sync.Name, r.Status))
	b.WriteString("| | |\n|---|---|\n")
	row := func(name string, value any) { b.WriteString(fmt.Sprintf("| %s | %v |\n", name, value)) }
	if r.LastModifiedNodeDbid != nil {
		row("checkpoint (dbid)", *r.LastModifiedNodeDbid)
	}
	row("processed", r.CountProcessedNodes)
	row("segment", segment)
	if r.ResumedFrom != nil {
		row("went on from dbid", *r.ResumedFrom)
	}
	c := r.Counts
	row("updated", c.Updated)
	row("unchanged", c.Unchanged)
	row("not found", c.NotFound)
	row("ambiguous", c.Ambiguous)
	row("invalid id", c.InvalidID)
	row("rejected", c.Rejected)
	row("gone", c.Gone)
	b.WriteString("| **source** | **state** |\n")
	for _, source := range r.Sources.Sources() {
		row(source.ID, strings.ReplaceAll(strings.TrimSpace(string(source.State)+" "+source.Reason), "|", `\|`))
	}
	if r.TryCount > 0 {
		row("try", fmt.Sprintf("%d of %d", r.TryCount, len(*sync.RetryDelays)))
	}
	if r.NextTry != nil {
		row("next try", r.NextTry.Format(time.RFC3339))
	}
	if r.Error != nil {
		b.WriteString(fmt.Sprintf("\n%s\n", *r.Error))
	}
	return b.String()
}
