package pass_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestSyncOfWorkflow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give, want string
	}{
		{"counterparty-sync-main-2026-11-22T02:00:00Z", "main"},
		{"counterparty-sync-main-2026-11-22T02:00:00Z/segment-12", "main"},
		{"counterparty-sync-a-2026.b-2026-11-22T02:00:00Z/segment-1", "a-2026.b"},
		{"counterparty-sync-main", ""},
		{pass.AdHocID("counterparty-sync-main", pass.Narrowed, time.Unix(0, 0)) + "/segment-1", "main"},
		{pass.AdHocID("counterparty-sync-main", pass.Planned, time.Unix(0, 0)) + "/segment-1", ""},
		{"counterparty-sync-a/plan-2026-11-22T02:00:00Z", ""},
		{"counterparty-sync--2026-11-22T02:00:00Z", ""},
		{"by-hand-2026-11-22T02:00:00Z/segment-1", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, ok := pass.SyncOfWorkflow(test.give)
		require.Equal(t, test.want, got, test.give)
		require.Equal(t, test.want != "", ok, test.give)
	}
}

func TestOfSegment(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"counterparty-sync-main-2026-11-22T02:00:00Z/segment-12": "counterparty-sync-main-2026-11-22T02:00:00Z",
		"by-hand/segment-1":           "by-hand",
		"by-hand/segment-1/segment-2": "by-hand/segment-1",
		"by-hand":                     "by-hand",
		"":                            "",
	} {
		require.Equal(t, want, pass.OfSegment(give), give)
	}
}

func TestSyncOfPass(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	for give, want := range map[string]string{
		"counterparty-sync-main-2026-11-22T02:00:00Z":                "main",
		pass.AdHocID(pass.ScheduleID("main"), pass.Narrowed, at):     "main",
		pass.AdHocID(pass.ScheduleID("a-2026.b"), pass.Narrowed, at): "a-2026.b",
		"by-hand": "",
		"":        "",
	} {
		require.Equal(t, want, pass.SyncOfPass(give), give)
	}
}
