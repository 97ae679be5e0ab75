package activities

import (
	"context"

	"counterparty-sync/internal/report"
)

// Notifier is what the activities need to call webhooks.
type Notifier interface {
	Post(ctx context.Context, address string, body any) error
}

// notifyWebhook calls a webhook because a report changed or is complete. Content does not go out: whoever is called may read
// the report.
type notifyWebhook struct{ webhooks Notifier }

// notification is the body of the call.
type notification struct {
	UID      string `json:"uid"`
	Event    string `json:"event"`
	Complete bool   `json:"complete"`
	// At is RFC 3339 in UTC with milliseconds, as dates of reports are.
	At string `json:"at"`
}

func (n *notifyWebhook) execute(ctx context.Context, request report.NotifyRequest) (struct{}, error) {
	return struct{}{}, n.webhooks.Post(ctx, request.URL, notification{
		UID: request.UID, Event: request.Event, Complete: request.Complete, At: request.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
	})
}
