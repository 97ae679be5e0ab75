package report

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/page"
)

// publishChanges shows what has changed, once for all that happens in one turn.
func (r *reportRun) publishChanges(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return r.version > r.published }) == nil {
		r.publish(ctx)
	}
}

// publish writes the states where they can be read without a worker, and shows them.
func (r *reportRun) publish(ctx workflow.Context) {
	if r.version == r.published {
		return
	}
	r.published = r.version
	if err := workflow.UpsertMemo(ctx, map[string]any{report.SourcesMemo: r.document.Sources.Fit(pass.MaxMemo)}); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("states not written to the memo", "uid", r.document.UID, "error", err)
	}
	r.show(ctx)
}

// show sets the current details. They cost no history event.
func (r *reportRun) show(ctx workflow.Context) {
	p := page.Report{Document: r.current(), Until: map[string]time.Time{}, Now: workflow.Now(ctx)}
	for _, s := range r.sources {
		if !s.until.IsZero() {
			p.Until[s.source.ID] = s.until
		}
	}
	workflow.SetCurrentDetails(ctx, p.String())
}
