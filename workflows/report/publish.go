package report

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/flow"
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

// notifyWebhooks calls the request's webhooks: when sources have ended, one call at a time, which covers all that have ended
// until it goes out; and once more when the report is complete.
func (r *reportRun) notifyWebhooks(ctx workflow.Context) {
	defer func() { r.notified = true }()
	if r.request.Webhook == nil {
		return
	}
	announced := 0
	for {
		if workflow.Await(ctx, func() bool { return r.finished || r.endedSources() > announced }) != nil {
			return
		}
		finished := r.finished
		if ended := r.endedSources(); ended > announced {
			announced = ended
			r.notify(ctx, r.request.Webhook.OnUpdate, report.OnUpdateEvent)
		}
		if finished {
			break
		}
	}
	r.notify(ctx, r.request.Webhook.OnComplete, report.OnCompleteEvent)
}

func (r *reportRun) endedSources() int {
	counts := r.document.Sources.Counts()
	return counts.OK + counts.Error
}

// notify calls one webhook, if there is one. Nothing depends on whether that works.
func (r *reportRun) notify(ctx workflow.Context, address, event string) {
	if address == "" {
		return
	}
	request := report.NotifyRequest{
		URL: address, UID: r.document.UID, Event: event, Complete: r.document.Sources.Complete(), At: r.document.UpdatedAt,
	}
	if _, err := flow.Execute(notifyPolicy(ctx, "webhook "+event), report.Notify, request); err != nil {
		workflow.GetLogger(ctx).Warn("webhook not called", "uid", r.document.UID, "event", event, "error", flow.Sentence(flow.FailureOf("notify", err)))
	}
}
