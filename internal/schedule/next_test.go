package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/schedule"
)

// checkSequence asserts that a text in a zone, from a moment on, gives these starts and, if last is set, no more.
func checkSequence(t *testing.T, cron, zone, after string, last bool, want ...string) {
	t.Helper()
	spec, err := schedule.Parse(cron, zone)
	require.NoError(t, err)
	from, err := time.Parse(time.RFC3339, after)
	require.NoError(t, err)
	n := len(want)
	if last {
		n++
	}
	got := []string{}
	for _, start := range spec.Next(from, n) {
		got = append(got, start.Format(time.RFC3339))
	}
	require.Equal(t, want, got)
}

func TestNext(t *testing.T) {
	t.Parallel()
	// 21 November 2026 is a Saturday.
	const now = "2026-11-21T10:30:15Z"
	tests := []struct {
		name, cron string
		want       []string
	}{
		// The texts that a Temporal server reads differently or refuses.
		{"form's example", "1 * * * * *", []string{"2026-11-21T10:31:01Z", "2026-11-21T10:32:01Z"}},
		{"Spring daily", "0 0 2 * * *", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"}},
		{"Spring noon", "0 0 12 * * *", []string{"2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"}},
		{"Spring every 6 hours", "0 0 */6 * * *", []string{"2026-11-21T12:00:00Z", "2026-11-21T18:00:00Z", "2026-11-22T00:00:00Z"}},
		{"Spring every 15 minutes", "0 0/15 * * * *", []string{"2026-11-21T10:45:00Z", "2026-11-21T11:00:00Z"}},
		{"Spring midnight", "0 0 0 * * *", []string{"2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"}},
		{"Spring weekdays", "0 0 2 * * MON-FRI", []string{"2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z"}},
		{"Spring Monday", "0 30 3 * * MON", []string{"2026-11-23T03:30:00Z", "2026-11-30T03:30:00Z"}},
		{"Quartz question mark", "0 0 2 * * ?", []string{"2026-11-22T02:00:00Z"}},
		{"question mark for the day of month", "0 2 ? * *", []string{"2026-11-22T02:00:00Z"}},
		{"Quartz with year", "0 0 2 ? * MON-FRI *", []string{"2026-11-23T02:00:00Z"}},
		{"wrap around the week's end", "0 2 * * FRI-MON", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-27T02:00:00Z"}},
		{"Monday to Sunday", "0 2 * * MON-SUN", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z"}},
		{"6-1", "0 2 * * 6-1", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-28T02:00:00Z"}},
		// Those that it reads alike.
		{"Unix daily", "0 2 * * *", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"}},
		{"Unix weekdays", "0 2 * * MON-FRI", []string{"2026-11-23T02:00:00Z"}},
		{"names in any case", "0 2 * dec Friday", []string{"2026-12-04T02:00:00Z"}},
		{"Sunday as 0", "0 2 * * 0", []string{"2026-11-22T02:00:00Z", "2026-11-29T02:00:00Z"}},
		{"Sunday as 7", "0 2 * * 7", []string{"2026-11-22T02:00:00Z", "2026-11-29T02:00:00Z"}},
		{"5-7", "0 2 * * 5-7", []string{"2026-11-22T02:00:00Z", "2026-11-27T02:00:00Z", "2026-11-28T02:00:00Z"}},
		// A server that reads this text itself loses the Sunday.
		{"1-7", "0 2 * * 1-7", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"}},
		{"7-2", "0 2 * * 7-2", []string{"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z", "2026-11-29T02:00:00Z"}},
		{"seven fields", "0 0 2 * * * *", []string{"2026-11-22T02:00:00Z"}},
		{"seven fields, weekdays", "0 0 2 * * MON-FRI *", []string{"2026-11-23T02:00:00Z"}},
		{"seven fields, every minute", "1 * * * * * *", []string{"2026-11-21T10:31:01Z"}},
		{"hourly", "@hourly", []string{"2026-11-21T11:00:00Z"}},
		{"daily", "@daily", []string{"2026-11-22T00:00:00Z"}},
		{"midnight", "@MidNight", []string{"2026-11-22T00:00:00Z"}},
		{"weekly", "@weekly", []string{"2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"}},
		{"monthly", "@monthly", []string{"2026-12-01T00:00:00Z"}},
		{"yearly", "@yearly", []string{"2027-01-01T00:00:00Z"}},
		{"annually", "@annually", []string{"2027-01-01T00:00:00Z"}},
		{"every 1h30m", "@every 1h30m", []string{"2026-11-21T12:00:00Z", "2026-11-21T13:30:00Z"}},
		{"every day", "@every 1d", []string{"2026-11-22T00:00:00Z"}},
		{"every hour with an offset", "@every 1h/15m", []string{"2026-11-21T11:15:00Z"}},
		{"every six hours with an offset", "@EVERY 6h/15m", []string{"2026-11-21T12:15:00Z", "2026-11-21T18:15:00Z"}},
		// Where day of month and day of week go together.
		{"Unix either day", "0 3 13 * FRI", []string{"2026-11-27T03:00:00Z", "2026-12-04T03:00:00Z", "2026-12-11T03:00:00Z", "2026-12-13T03:00:00Z"}},
		{"Unix day that is both", "0 3 27 11 FRI", []string{"2026-11-27T03:00:00Z", "2027-11-05T03:00:00Z"}},
		{"Unix star with a step is no restriction", "0 3 */2 * FRI", []string{"2026-11-27T03:00:00Z", "2026-12-11T03:00:00Z"}},
		{"Spring both days", "0 0 3 13 * FRI", []string{"2027-08-13T03:00:00Z", "2028-10-13T03:00:00Z"}},
		{"second Friday", "0 0 2 8-14 * FRI", []string{"2026-12-11T02:00:00Z", "2027-01-08T02:00:00Z"}},
		// Lists, ranges, steps.
		{"list", "5,50 2 * * *", []string{"2026-11-22T02:05:00Z", "2026-11-22T02:50:00Z"}},
		{"range with a step", "1-10/4 11 * * *", []string{"2026-11-21T11:01:00Z", "2026-11-21T11:05:00Z", "2026-11-21T11:09:00Z", "2026-11-22T11:01:00Z"}},
		{"start with a step", "3/25 11 * * *", []string{"2026-11-21T11:03:00Z", "2026-11-21T11:28:00Z", "2026-11-21T11:53:00Z", "2026-11-22T11:03:00Z"}},
		{"hours around midnight", "0 22-1 * * *", []string{"2026-11-21T22:00:00Z", "2026-11-21T23:00:00Z", "2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z", "2026-11-22T22:00:00Z"}},
		{"months around the year's end", "0 0 1 NOV-FEB/2 *", []string{"2027-01-01T00:00:00Z", "2027-11-01T00:00:00Z"}},
		{"weekdays with a step from a name", "0 0 * * MON/2", []string{"2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-29T00:00:00Z"}},
		{"named range with a step, seconds first", "0 0 0 * * MON-FRI/2", []string{"2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z"}},
		{"leap day", "0 0 29 2 *", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"certain years", "0 0 2 1 1 ? 2028/3", []string{"2028-01-01T02:00:00Z", "2031-01-01T02:00:00Z"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkSequence(t, tt.cron, "UTC", now, false, tt.want...)
		})
	}
}

func TestNextWhereClocksChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"Moscow has no changes", "0 2 * * *", "Europe/Moscow", "2026-10-24T00:00:00Z",
			[]string{"2026-10-25T02:00:00+03:00", "2026-10-26T02:00:00+03:00"}},
		{"Berlin in spring: a time that does not exist is skipped", "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
			[]string{"2026-03-28T02:30:00+01:00", "2026-03-30T02:30:00+02:00"}},
		{"Berlin in spring: every half hour", "*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
			[]string{"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"}},
		{"Berlin in spring: midnight", "0 0 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
			[]string{"2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"}},
		{"Berlin in autumn: a time that comes twice starts once, the second time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"}},
		{"Berlin in autumn: the hour before starts twice", "0 1 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-26T01:00:00+01:00"}},
		{"Berlin in autumn: every half hour", "*/30 * * * *", "Europe/Berlin", "2026-10-24T22:59:00Z",
			[]string{"2026-10-25T01:00:00+02:00", "2026-10-25T01:30:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"Berlin in autumn: other hours are not touched", "0 4 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T04:00:00+01:00", "2026-10-26T04:00:00+01:00"}},
		{"New York in autumn: a time that comes twice starts twice", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"}},
		{"New York in autumn: from between the two", "30 1 * * *", "America/New_York", "2026-11-01T05:45:00Z",
			[]string{"2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"}},
		{"New York in spring", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-09T02:30:00-04:00"}},
		{"Havana, whose clock jumps over midnight: the Sunday is taken for a Saturday", "0 2 * * SAT", "America/Havana", "2029-03-09T12:00:00Z",
			[]string{"2029-03-10T02:00:00-05:00", "2029-03-11T02:00:00-04:00", "2029-03-17T02:00:00-04:00"}},
		{"an interval does not see the change", "@every 12h", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T02:00:00+02:00", "2026-10-25T13:00:00+01:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkSequence(t, tt.cron, tt.zone, tt.after, false, tt.want...)
		})
	}
}

func TestNextEnds(t *testing.T) {
	t.Parallel()
	t.Run("with the last year that is named", func(t *testing.T) {
		t.Parallel()
		checkSequence(t, "0 0 2 1 1 ? 2027,2028", "Europe/Moscow", "2026-11-21T10:00:00Z", true, "2027-01-01T02:00:00+03:00", "2028-01-01T02:00:00+03:00")
	})
	t.Run("at once if all years are past", func(t *testing.T) {
		t.Parallel()
		checkSequence(t, "0 0 2 1 1 ? 2020", "UTC", "2026-11-21T10:00:00Z", true, []string{}...)
	})
	t.Run("after 2100", func(t *testing.T) {
		t.Parallel()
		checkSequence(t, "@yearly", "UTC", "2099-06-01T00:00:00Z", true, "2100-01-01T00:00:00Z")
		checkSequence(t, "@every 366d", "UTC", "2100-06-01T00:00:00Z", true, []string{}...)
	})
	t.Run("with the number asked for", func(t *testing.T) {
		t.Parallel()
		spec, err := schedule.Parse("@daily", "")
		require.NoError(t, err)
		require.Empty(t, spec.Next(time.Unix(0, 0), 0))
		require.Empty(t, spec.Next(time.Unix(0, 0), -1))
		require.Len(t, spec.Next(time.Unix(0, 0), 7), 7)
	})
	t.Run("not at a start itself, nor within its second", func(t *testing.T) {
		t.Parallel()
		checkSequence(t, "@daily", "UTC", "2026-11-21T00:00:00Z", false, "2026-11-22T00:00:00Z")
		checkSequence(t, "@daily", "UTC", "2026-11-20T23:59:59.999Z", false, "2026-11-21T00:00:00Z")
		checkSequence(t, "@daily", "UTC", "2026-11-21T00:00:00.5Z", false, "2026-11-22T00:00:00Z")
	})
}
