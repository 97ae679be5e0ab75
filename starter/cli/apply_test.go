package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/schedule"
	"counterparty-sync/starter/syncs"
)

func TestApplyTellsWhatItDidAndWhenTheSyncStarts(t *testing.T) {
	t.Parallel()
	const cron = "cron: Unix: minute 0, hour 2"
	starts := []string{"next: 2026-06-16 02:00:00 Tue UTC", "next: 2026-06-17 02:00:00 Wed UTC", "next: 2026-06-18 02:00:00 Thu UTC"}
	tests := []struct {
		name, cron string
		give       syncs.Applied
		want       []string
	}{
		{"created", "0 2 * * *", syncs.Applied{Created: true}, append([]string{"counterparty-sync-main created", cron}, starts...)},
		{"created by hand", "", syncs.Applied{Created: true, Paused: true, Note: schedule.NoteByHand},
			[]string{"counterparty-sync-main created", "no cron: passes start by hand only", "starter trigger main starts a pass"}},
		{"created, disabled", "0 2 * * *", syncs.Applied{Created: true, Paused: true, Note: schedule.NoteDisabled},
			[]string{"counterparty-sync-main created", cron, "disabled: it starts by hand only, with starter trigger"}},
		{"changed while an operator pauses it", "0 2 * * *",
			syncs.Applied{Changes: []syncs.FieldChange{{Field: "cron", Became: "0 2 * * *"}}, Paused: true, Note: "until the move is over"},
			[]string{"counterparty-sync-main changed", "  cron: (none) → 0 2 * * *", cron, "paused: until the move is over; starter resume main ends the pause"}},
		{"changed while a pass runs", "0 2 * * *",
			syncs.Applied{Changes: []syncs.FieldChange{{Field: "batchSize", Was: "100", Became: "50"}}, Reset: true, Stopped: "pass-1", Restarted: true},
			append([]string{"counterparty-sync-main changed", "  batchSize: 100 → 50", "  the next pass starts from the beginning",
				"  pass pass-1 is being stopped at a clean point", "  a new pass starts when it has ended", cron}, starts...)},
		{"reset", "0 2 * * *", syncs.Applied{Reset: true}, append([]string{"counterparty-sync-main reset", "  the next pass starts from the beginning", cron}, starts...)},
		{"unchanged", "0 2 * * *", syncs.Applied{}, []string{"counterparty-sync-main unchanged"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec, err := schedule.Parse(tt.cron, "")
			require.NoError(t, err)
			var out bytes.Buffer
			a := &app{output: "text", IO: IO{Out: &out, Now: func() time.Time { return time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC) }}}
			tt.give.ID, tt.give.ScheduleID = "main", "counterparty-sync-main"
			require.NoError(t, a.printApplied(tt.give, spec))
			require.Equal(t, strings.Join(tt.want, "\n")+"\n", out.String())
		})
	}
	t.Run("as JSON, without starts while it is paused", func(t *testing.T) {
		t.Parallel()
		spec, err := schedule.Parse("0 2 * * *", "")
		require.NoError(t, err)
		var out bytes.Buffer
		a := &app{output: "json", IO: IO{Out: &out, Now: time.Now}}
		require.NoError(t, a.printApplied(syncs.Applied{ID: "main", ScheduleID: "counterparty-sync-main", Created: true, Changes: []syncs.FieldChange{}, Paused: true, Note: "n"}, spec))
		require.JSONEq(t, `{"id":"main","scheduleId":"counterparty-sync-main","created":true,"changes":[],"reset":false,"restarted":false,"paused":true,"note":"n","next":[]}`, out.String())
	})
}
