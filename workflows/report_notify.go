package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/report"
	"counterparty-sync/workflows/flow"
)

// notifyWebhooks tells the request's webhooks: that sources have ended, one call at a time, which speaks for all that have
// ended until it goes out; and, once, that the report is complete.
func (r *reportRun) notifyWebhooks(ctx workflow.Context) {
	defer func() { r.notified = true }()
	if r.request.Webhook == nil {
		return
	}
	told := 0
	for {
		if workflow.Await(ctx, func() bool { return r.finished || r.endedSources() > told }) != nil {
			return
		}
		finished := r.finished
		if ended := r.endedSources(); ended > told {
			told = ended
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
		workflow.GetLogger(ctx).Warn("webhook not told", "uid", r.document.UID, "event", event, "error", sentence(failureOf("notify", err)))
	}
}
