package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/schedule"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func TestStatusTellsWhenASyncStarts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.June, 16, 2, 0, 0, 0, time.UTC)
	tests := []struct {
		name           string
		give           syncs.Schedule
		inList, inFull string
	}{
		{"by its cron", syncs.Schedule{Next: []time.Time{at}}, "2026-06-16T02:00:00Z", "s, next 2026-06-16T02:00:00Z"},
		{"without cron", syncs.Schedule{Paused: true, Note: schedule.NoteByHand}, "by hand", "s, starts by hand"},
		{"disabled", syncs.Schedule{Paused: true, Note: schedule.NoteDisabled}, "paused", "s, " + schedule.NoteDisabled},
		{"paused by an operator", syncs.Schedule{Paused: true, Note: "until the move is over"}, "paused", "s, paused: until the move is over"},
		{"paused without a word", syncs.Schedule{Paused: true}, "paused", "s, paused"},
		{"never again", syncs.Schedule{}, "-", "s, no more starts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.give.ID = "s"
			inList, inFull := startsOf(tt.give)
			require.Equal(t, tt.inList, inList)
			require.Equal(t, tt.inFull, inFull)
		})
	}
}

func TestStatusThatIsNotKnown(t *testing.T) {
	t.Parallel()
	forgotten := syncs.Status{ID: "main", Name: "Main", StateNote: "pass p is no longer kept"}
	var one, all ui.Text
	writeStatus(&one, forgotten)
	require.Contains(t, one.String(), "not known: pass p is no longer kept")
	require.NotContains(t, one.String(), "checkpoint")
	(&app{quiet: true}).writeList(&all, []syncs.Status{forgotten})
	require.Contains(t, all.String(), "not known")
}

func TestStatusTellsOfARewind(t *testing.T) {
	t.Parallel()
	to := int64(500)
	var pending, used ui.Text
	writeStatus(&pending, syncs.Status{State: &pass.State{}, Rewind: &syncs.Rewind{To: &to, At: "2026-01-02T03:04:05Z"}})
	require.Contains(t, pending.String(), "begins after dbid 500, once: starter rewind said so at 2026-01-02T03:04:05Z")
	writeStatus(&used, syncs.Status{State: &pass.State{}, Pass: &syncs.Pass{Rewound: true}})
	require.Contains(t, used.String(), "at the beginning, where starter rewind put the checkpoint")
}

func TestSourcesOfASync(t *testing.T) {
	t.Parallel()
	sources := pass.NewSources([]string{"req"})
	require.NoError(t, sources.Set("kontur.req", sourcestate.Delayed, "503"))
	waits := composition.Composition{ID: "main", Name: "Nightly", Sources: sources,
		Pass: &composition.Pass{Execution: runs.Execution{WorkflowID: "pass-1"}, Result: pass.Result{State: pass.State{Status: pass.RetryWaiting}}}}
	var entity, vehicle, never ui.Text
	writeComposition(&entity, waits, sourcestate.EntityDialect)
	require.Equal(t, `main, Nightly
pass pass-1, RETRY_WAITING
0 ok, 3 wait, 0 error

SOURCE          STATE    REASON
alfresco.read   WAITING  -
kontur.req      DELAYED  503
alfresco.write  WAITING  -
`, entity.String())
	writeComposition(&vehicle, waits, sourcestate.VehicleDialect)
	require.Contains(t, vehicle.String(), "kontur.req      PROGRESS  DELAYED   503")
	writeComposition(&never, composition.Composition{ID: "main", Name: "Nightly", Note: "no pass has started yet", Sources: pass.NewSources(nil)}, sourcestate.EntityDialect)
	require.Contains(t, never.String(), "main, Nightly\nno pass has started yet\n")
}
