package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

func parse(t *testing.T, cron, zone string) schedule.Spec {
	t.Helper()
	spec, err := schedule.Parse(cron, zone)
	require.NoError(t, err)
	return spec
}

func one(n int) []client.ScheduleRange { return span(n, n) }

func span(start, end int) []client.ScheduleRange {
	return []client.ScheduleRange{{Start: start, End: end, Step: 1}}
}

func TestScheduleSpec(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, cron, zone string
		want             client.ScheduleSpec
	}{
		{"Spring daily", "0 0 2 * * *", "Europe/Moscow", client.ScheduleSpec{TimeZoneName: "Europe/Moscow", Calendars: []client.ScheduleCalendarSpec{
			{Second: one(0), Minute: one(0), Hour: one(2), DayOfMonth: span(1, 31), Month: span(1, 12), DayOfWeek: span(0, 6), Comment: "0 0 2 * * *"},
		}}},
		{"Unix with both day fields gives two calendars", "0 3 13 * FRI", "", client.ScheduleSpec{TimeZoneName: "UTC", Calendars: []client.ScheduleCalendarSpec{
			{Second: one(0), Minute: one(0), Hour: one(3), DayOfMonth: one(13), Month: span(1, 12), DayOfWeek: span(0, 6), Comment: "0 3 13 * FRI"},
			{Second: one(0), Minute: one(0), Hour: one(3), DayOfMonth: span(1, 31), Month: span(1, 12), DayOfWeek: one(5), Comment: "0 3 13 * FRI"},
		}}},
		{"steps, lists, wrapped weekdays, years", "0 */15 1,3-5 ? * FRI-MON 2027-2028", "", client.ScheduleSpec{TimeZoneName: "UTC", Calendars: []client.ScheduleCalendarSpec{{
			Second: one(0), Minute: []client.ScheduleRange{{Start: 0, End: 45, Step: 15}},
			Hour: append(one(1), span(3, 5)...), DayOfMonth: span(1, 31), Month: span(1, 12),
			DayOfWeek: append(span(0, 1), span(5, 6)...), Year: span(2027, 2028), Comment: "0 */15 1,3-5 ? * FRI-MON 2027-2028",
		}}}},
		{"interval", "@every 6h/15m", "", client.ScheduleSpec{TimeZoneName: "UTC", Intervals: []client.ScheduleIntervalSpec{{Every: 6 * time.Hour, Offset: 15 * time.Minute}}}},
		{"nothing", "", "Europe/Moscow", client.ScheduleSpec{TimeZoneName: "Europe/Moscow"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, parse(t, tt.cron, tt.zone).ScheduleSpec())
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	jitter, window := pass.Duration(5*time.Minute), pass.Duration(2*time.Hour)
	off := false
	sync := pass.Sync{ID: "nightly", Name: "Ночная сверка", Cron: "0 0 2 * * *", Jitter: jitter, CatchupWindow: &window}
	spec := parse(t, sync.Cron, "Europe/Moscow")

	const nightly = "A pass of sync **nightly**: walks the nodes of idocs:contractor, from the beginning in every pass; asks Kontur.Focus by INN: req " +
		"(can't do without req).\n\nStarts by cron `0 0 2 * * *`, UTC. `starter status nightly` shows the sync, `starter status nightly --watch` follows it.\n"
	got := schedule.Options(sync, spec, "queue")
	wantSpec := spec.ScheduleSpec()
	wantSpec.Jitter = 5 * time.Minute
	require.Equal(t, client.ScheduleOptions{
		ID:   "counterparty-sync-nightly",
		Spec: wantSpec,
		Action: &client.ScheduleWorkflowAction{
			ID: "counterparty-sync-nightly", Workflow: "CounterpartySync", Args: []any{sync}, TaskQueue: "queue", StaticSummary: "Ночная сверка", StaticDetails: nightly,
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 2 * time.Hour,
	}, got)

	t.Run("disabled is paused with a note", func(t *testing.T) {
		t.Parallel()
		disabled := sync
		disabled.Enabled = &off
		got := schedule.Options(disabled, spec, "queue")
		require.True(t, got.Paused)
		require.Equal(t, schedule.NoteDisabled, got.Note)
	})
	t.Run("without cron is paused, so that the server keeps it", func(t *testing.T) {
		t.Parallel()
		byHand := schedule.Options(pass.Sync{ID: "x"}, parse(t, "", ""), "queue")
		require.True(t, byHand.Paused)
		require.Equal(t, schedule.NoteByHand, byHand.Note)
		byHand = schedule.Options(pass.Sync{ID: "x", Enabled: &off}, parse(t, "", ""), "queue")
		require.True(t, byHand.Paused)
		require.Equal(t, schedule.NoteDisabled, byHand.Note)
		require.False(t, schedule.Options(pass.Sync{ID: "x"}, parse(t, "@every 6h", ""), "queue").Paused)
	})
	t.Run("catch-up window is never left to the server's 365 days", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, time.Hour, schedule.Options(pass.Sync{ID: "x"}, spec, "queue").CatchupWindow)
	})
	t.Run("summary is one short line", func(t *testing.T) {
		t.Parallel()
		long := schedule.Options(pass.Sync{ID: "x", Name: "a\n b" + strings.Repeat("я", 200)}, spec, "queue").Action.(*client.ScheduleWorkflowAction).StaticSummary
		require.True(t, strings.HasPrefix(long, "a bя"))
		require.LessOrEqual(t, len(long), 240)
		require.True(t, utf8.ValidString(long))
		require.True(t, strings.HasSuffix(long, "я…"))
	})
}

func TestEqual(t *testing.T) {
	t.Parallel()
	nightly := parse(t, "0 30 2 ? * MON-FRI", "Europe/Moscow").ScheduleSpec()
	// change returns a deep enough copy with a difference.
	change := func(with func(s *client.ScheduleSpec)) client.ScheduleSpec {
		s := nightly
		s.Calendars = slices.Clone(s.Calendars)
		with(&s)
		return s
	}
	either := parse(t, "0 3 13 * FRI", "").ScheduleSpec()
	turned := parse(t, "0 3 13 * FRI", "").ScheduleSpec()
	slices.Reverse(turned.Calendars)
	tests := []struct {
		name string
		a, b client.ScheduleSpec
		want bool
	}{
		{"itself", nightly, nightly, true},
		{"another dialect", nightly, parse(t, "30 2 * * 1-5", "Europe/Moscow").ScheduleSpec(), true},
		{"defaults left out", nightly, client.ScheduleSpec{TimeZoneName: "Europe/Moscow", Calendars: []client.ScheduleCalendarSpec{
			{Minute: []client.ScheduleRange{{Start: 30}}, Hour: []client.ScheduleRange{{Start: 2}}, DayOfWeek: []client.ScheduleRange{{Start: 1, End: 5}}}}}, true},
		{"empty lists of Describe", nightly, change(func(s *client.ScheduleSpec) {
			s.Intervals, s.Skip, s.CronExpressions, s.Calendars[0].Year = []client.ScheduleIntervalSpec{}, []client.ScheduleCalendarSpec{}, []string{}, []client.ScheduleRange{}
		}), true},
		{"ranges split, turned and doubled", nightly, change(func(s *client.ScheduleSpec) {
			s.Calendars[0].DayOfWeek = []client.ScheduleRange{{Start: 4, End: 5}, {Start: 1, End: 4}, {Start: 2}}
		}), true},
		{"a step that skips nothing", nightly, change(func(s *client.ScheduleSpec) {
			s.Calendars[0].Hour = []client.ScheduleRange{{Start: 2, End: 3, Step: 5}}
		}), true},
		{"another comment", nightly, change(func(s *client.ScheduleSpec) { s.Calendars[0].Comment = "x" }), true},
		{"calendars in another order", either, turned, true},
		{"no zone is UTC", client.ScheduleSpec{}, client.ScheduleSpec{TimeZoneName: "UTC"}, true},
		{"another zone", nightly, change(func(s *client.ScheduleSpec) { s.TimeZoneName = "UTC" }), false},
		{"another minute", nightly, parse(t, "31 2 * * 1-5", "Europe/Moscow").ScheduleSpec(), false},
		{"a year", nightly, parse(t, "0 30 2 ? * MON-FRI 2030", "Europe/Moscow").ScheduleSpec(), false},
		{"one calendar of two", either, client.ScheduleSpec{TimeZoneName: "UTC", Calendars: either.Calendars[:1]}, false},
		{"no calendar", nightly, client.ScheduleSpec{TimeZoneName: "Europe/Moscow"}, false},
		{"a field that matches nothing", nightly, change(func(s *client.ScheduleSpec) { s.Calendars[0].Second = []client.ScheduleRange{} }), false},
		{"jitter", nightly, change(func(s *client.ScheduleSpec) { s.Jitter = time.Second }), false},
		{"start", nightly, change(func(s *client.ScheduleSpec) { s.StartAt = time.Unix(1, 0) }), false},
		{"end", nightly, change(func(s *client.ScheduleSpec) { s.EndAt = time.Unix(1, 0) }), false},
		{"exclusions", nightly, change(func(s *client.ScheduleSpec) { s.Skip = s.Calendars }), false},
		{"an interval beside", nightly, change(func(s *client.ScheduleSpec) { s.Intervals = []client.ScheduleIntervalSpec{{Every: time.Hour}} }), false},
		{"a cron text that was not converted", nightly, change(func(s *client.ScheduleSpec) { s.CronExpressions = []string{"@daily"} }), false},
		{"another offset", parse(t, "@every 6h", "").ScheduleSpec(), parse(t, "@every 6h/1m", "").ScheduleSpec(), false},
		{"a range of somebody else's making", nightly, change(func(s *client.ScheduleSpec) {
			s.Calendars[0].Hour = []client.ScheduleRange{{Start: -5, End: 1 << 60}}
		}), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, schedule.Equal(tt.a, tt.b))
			require.Equal(t, tt.want, schedule.Equal(tt.b, tt.a))
		})
	}
}
