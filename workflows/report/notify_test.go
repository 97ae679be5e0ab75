package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

const (
	updates   = "https://crm.example.org/update"
	completed = "https://crm.example.org/complete"
)

func told(w *reportWorld) []string {
	var all []string
	for _, n := range w.notified {
		text := n.Event
		if n.Complete {
			text += " complete"
		}
		all = append(all, text)
	}
	return all
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		webhook *report.Webhook
		// call is how long each call takes.
		call time.Duration
		want []string
	}{
		{"none", nil, 0, nil},
		{"completion only", &report.Webhook{OnComplete: completed}, 0, []string{"on_complete complete"}},
		{"each source that ends, when calls are quick", &report.Webhook{OnUpdate: updates, OnComplete: completed}, time.Second,
			[]string{"on_update", "on_update", "on_update complete", "on_complete complete"}},
		{"one call for all that ended meanwhile", &report.Webhook{OnUpdate: updates}, 30 * time.Second, []string{"on_update", "on_update complete"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t, "types:\n- id: full\n  sources:\n  - {id: kontur.req, method: req}\n"+
				"  - {id: kontur.sites, method: sites, needs: ogrn}\n  - {id: kontur.contacts, method: contacts, needs: ogrn}\n")
			w.slow("kontur.sites", 10*time.Second)
			w.slow(contacts, 20*time.Second)
			w.others()
			w.env.OnActivity(string(report.Notify), mock.Anything).After(tt.call).Return(w.notifyWebhook).Maybe()
			request := full()
			request.Webhook = tt.webhook
			w.run(request)
			w.document(t)
			require.Equal(t, tt.want, told(w))
			for _, n := range w.notified {
				require.Equal(t, full().UID(), n.UID)
				require.Equal(t, n.Event == report.OnCompleteEvent, n.URL == completed)
			}
		})
	}
}

func TestWebhooks_failuresNeverMatter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		err   error
		calls int
	}{
		{"refused", temporal.NewNonRetryableApplicationError("the host is not allowed", report.FailureWebhook, nil, pass.FailureDetails{}), 2},
		{"down: a few tries", temporal.NewApplicationError("status 503", report.FailureWebhook), 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.notify = func(int) error { return tt.err }
			request := report.Request{Type: "requisites", By: "inn", ID: companyINN, Webhook: &report.Webhook{OnUpdate: updates, OnComplete: completed}}
			w.run(request)
			require.Equal(t, ss.Counters{OK: 1}, w.document(t).Sources.Counts())
			require.Len(t, w.notified, tt.calls)
		})
	}
}

// A cancelled report tells of its end all the same.
func TestWebhooks_afterCancellation(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.slow(req, time.Hour)
	w.others()
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Second)
	request := full()
	request.Webhook = &report.Webhook{OnComplete: completed}
	w.run(request)
	w.document(t)
	require.Equal(t, []string{"on_complete complete"}, told(w))
}
