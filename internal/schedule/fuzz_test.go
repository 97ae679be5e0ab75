package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/schedule"
)

// FuzzParse: nothing panics; what is refused is refused in one line for each field; what is accepted fires, forwards.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "0 2 * * *", "0 0 2 * * MON-FRI", "0 0 2 ? * MON-FRI 2027", "@daily", "@every 6h/15m", "CRON_TZ=Europe/Moscow 0 2 * * *",
		"0 2 31 2 *", "0 2 L * *", "0 3 13 * 5-7", "*/7 22-2 28-3 NOV-FEB SAT-MON/2", "0 0 0 29 2 SUN 2000/4", "59 59 23 31 12 ? 2100", "0 2 * * 5#2",
	} {
		f.Add(seed, "Europe/Berlin")
	}
	f.Fuzz(func(t *testing.T, cron, zone string) {
		spec, err := schedule.Parse(cron, zone)
		if err != nil {
			require.True(t, invalid.Is(err))
			require.Less(t, len(err.Error()), 4000+4*len(zone))
			return
		}
		_ = spec.Describe()
		temporal := spec.ScheduleSpec()
		require.True(t, schedule.Equal(temporal, temporal))
		if spec.String() == "" {
			require.Empty(t, spec.Next(time.Unix(0, 0), 1))
			return
		}
		// 29 February on a certain weekday comes every 28 years.
		after := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		within := after.AddDate(30, 0, 0)
		if len(temporal.Calendars) > 0 && len(temporal.Calendars[0].Year) > 0 {
			after, within = time.Date(1999, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		starts := spec.Next(after, 5)
		require.NotEmpty(t, starts)
		require.True(t, starts[0].Before(within))
		for _, start := range starts {
			require.True(t, start.After(after), "%s after %s", start, after)
			after = start
		}
	})
}
