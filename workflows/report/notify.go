package report

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/flow"
)

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
		workflow.GetLogger(ctx).Warn("webhook not told", "uid", r.document.UID, "event", event, "error", flow.Sentence(flow.FailureOf("notify", err)))
	}
}
