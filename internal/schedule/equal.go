package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
)

// Equal reports whether two specs have the same starts by the same rules. It sees through what a server or the SDK
// does to a spec on its way: the order, overlap and wording of ranges, steps 0 and 1, defaults written out or left out,
// the order of calendars. Comments don't count, and the union of two calendars is not compared with a third.
func Equal(a, b client.ScheduleSpec) bool {
	return cmp.Or(a.TimeZoneName, defaultZone) == cmp.Or(b.TimeZoneName, defaultZone) &&
		a.Jitter == b.Jitter &&
		a.StartAt.Equal(b.StartAt) && a.EndAt.Equal(b.EndAt) &&
		slices.Equal(calendarKeys(a.Calendars), calendarKeys(b.Calendars)) &&
		slices.Equal(calendarKeys(a.Skip), calendarKeys(b.Skip)) &&
		slices.Equal(intervalKeys(a.Intervals), intervalKeys(b.Intervals)) &&
		slices.Equal(sorted(a.CronExpressions), sorted(b.CronExpressions))
}

// calendarKeys names each calendar by the values that match, sorted, each once.
func calendarKeys(calendars []client.ScheduleCalendarSpec) []string {
	keys := make([]string, len(calendars))
	for i, c := range calendars {
		// The SDK replaces a missing list by a default and leaves an empty one alone; an empty one matches nothing,
		// except that no years are all years.
		zero := client.ScheduleRange{}
		keys[i] = fmt.Sprint(
			members(c.Second, zero),
			members(c.Minute, zero),
			members(c.Hour, zero),
			members(c.DayOfMonth, client.ScheduleRange{Start: 1, End: 31}),
			members(c.Month, client.ScheduleRange{Start: 1, End: 12}),
			members(c.DayOfWeek, client.ScheduleRange{Start: 0, End: 6}),
			members(c.Year),
		)
	}
	return sorted(keys)
}

// members lists the values of ranges, or of the fallback if there is no list, sorted, each once. Values beyond lastYear stand in no field and are left out, so
// that a range of somebody else's making can't keep us busy.
func members(ranges []client.ScheduleRange, fallback ...client.ScheduleRange) []int {
	if ranges == nil {
		ranges = fallback
	}
	var all []int
	for _, r := range ranges {
		last := min(max(r.End, r.Start), lastYear)
		for n := max(r.Start, 0); n <= last; n += max(r.Step, 1) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func intervalKeys(intervals []client.ScheduleIntervalSpec) []string {
	keys := make([]string, len(intervals))
	for i, interval := range intervals {
		keys[i] = fmt.Sprint(interval.Every.Truncate(time.Second), interval.Offset.Truncate(time.Second))
	}
	return sorted(keys)
}

// sorted returns a sorted copy without repetitions.
func sorted(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}
