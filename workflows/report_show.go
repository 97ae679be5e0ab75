package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
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
	if err := workflow.UpsertMemo(ctx, map[string]any{report.SourcesMemo: shortReasons(r.document.Sources, maxMemo)}); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("states not written to the memo", "uid", r.document.UID, "error", err)
	}
	workflow.SetCurrentDetails(ctx, r.page(ctx).String())
}
