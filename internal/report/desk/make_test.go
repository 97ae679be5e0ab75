package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

const (
	reject = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	allow  = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
)

func TestMake(t *testing.T) {
	t.Parallel()
	refreshed := request()
	refreshed.RefreshOf = "first"
	tests := []struct {
		name string
		give func(w world)
		want desk.Made
	}{
		{"a new report", func(w world) { w.starts(request(), reject, nil) },
			desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
		{"one under way is returned", func(w world) {
			w.starts(request(), reject, alreadyStarted())
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
		}, desk.Made{UID: uid, RunID: "old", StartedAt: began}},
		{"one that is ready is returned", func(w world) {
			w.starts(request(), reject, alreadyStarted())
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
		}, desk.Made{UID: uid, RunID: "old", StartedAt: began}},
		{"one that was cut off is returned, with what it has", func(w world) {
			w.starts(request(), reject, alreadyStarted())
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED)
		}, desk.Made{UID: uid, RunID: "old", StartedAt: began}},
		{"one that failed is made again", func(w world) {
			w.starts(request(), reject, alreadyStarted())
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
			w.began("old", request())
			w.starts(request(), allow, nil)
		}, desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
		{"a refresh that failed is made again and keeps what came before", func(w world) {
			w.starts(request(), reject, alreadyStarted())
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
			w.began("old", refreshed)
			w.starts(refreshed, allow, nil)
		}, desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t)
			tt.give(w)
			give := request()
			give.RefreshOf = "not of a user's business"
			made, err := c.Make(t.Context(), give)
			require.NoError(t, err)
			require.Equal(t, tt.want, made)
		})
	}
}

func TestMakeRefusesAnUnknownTypeWhereTypesAreKnown(t *testing.T) {
	t.Parallel()
	_, c := newWorld(t)
	c.Types = types(t)
	_, err := c.Make(t.Context(), report.Request{Type: "none", By: counterparty.INN, ID: inn})
	require.ErrorIs(t, err, desk.ErrUnknownType)
	require.EqualError(t, err, "no such report type: none; there are: full, short")
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	keyed := report.Request{Type: "full", By: counterparty.INN, ID: inn, RefreshOf: "first", Webhook: &report.Webhook{OnUpdate: "https://a.example/"}}
	again := keyed
	again.RefreshOf = "old"
	told := again
	told.Webhook = &report.Webhook{OnComplete: "https://b.example/"}
	tests := []struct {
		name    string
		webhook *report.Webhook
		give    func(w world)
		want    desk.Made
	}{
		{"one under way is returned", nil, func(w world) { w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_RUNNING) },
			desk.Made{UID: uid, RunID: "old", StartedAt: began}},
		{"one that is ready is made anew", nil, func(w world) {
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
			w.began("old", keyed)
			w.starts(again, allow, nil)
		}, desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
		{"a webhook takes the place of the one before", told.Webhook, func(w world) {
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
			w.began("old", keyed)
			w.starts(told, allow, nil)
		}, desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
		{"a failed run is not what is refreshed, but the one before it", nil, func(w world) {
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_FAILED)
			w.began("old", keyed)
			w.starts(keyed, allow, nil)
		}, desk.Made{UID: uid, IsNew: true, RunID: "new", StartedAt: now}},
		{"somebody else was faster", nil, func(w world) {
			w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT)
			w.began("old", keyed)
			w.starts(again, allow, alreadyStarted())
		}, desk.Made{UID: uid, RunID: "old", StartedAt: began}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t)
			tt.give(w)
			made, err := c.Refresh(t.Context(), uid, tt.webhook)
			require.NoError(t, err)
			require.Equal(t, tt.want, made)
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		w, c := newWorld(t)
		w.hasNone()
		_, err := c.Refresh(t.Context(), uid, nil)
		require.ErrorIs(t, err, desk.ErrUnknown)
	})
	t.Run("Temporal keeps the input of another report", func(t *testing.T) {
		t.Parallel()
		w, c := newWorld(t)
		w.has("old", true, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
		w.began("old", report.Request{Type: "short", By: counterparty.INN, ID: inn})
		_, err := c.Refresh(t.Context(), uid, nil)
		require.ErrorContains(t, err, "its input is that of short_0012345673@counterparty-sync")
	})
}

func TestMakeRefusesWhatIsNotValid(t *testing.T) {
	t.Parallel()
	_, c := newWorld(t) // which must not be asked
	_, err := c.Make(t.Context(), report.Request{Type: "Full", By: counterparty.INN, ID: "0012345674"})
	require.True(t, invalid.Is(err))
	require.ErrorContains(t, err, `type: "Full" is not allowed`)
	require.ErrorContains(t, err, `id: "0012345674" is not allowed`)
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	r, err := desk.Identify("full", "1000000000010")
	require.NoError(t, err)
	require.Equal(t, report.Request{Type: "full", By: counterparty.OGRN, ID: "1000000000010"}, r)
	for id, why := range map[string]string{"": "is empty", "123456789": "was a leading zero lost?", "1000000000011": "has a wrong check digit", "x": "has characters other than"} {
		_, err := desk.Identify("full", id)
		require.True(t, invalid.Is(err))
		require.ErrorContains(t, err, why)
	}
}
