package schedule

import (
	"cmp"
	"time"
)

// firstMoment is before every moment that a calendar with years can name, in every time zone.
var firstMoment = time.Date(firstYear-1, time.December, 30, 0, 0, 0, 0, time.UTC)

// Next returns the n starts after a moment, in the zone of the schedule, jitter not included; fewer if there are no more
// until the year 2100, where Temporal stops counting.
//
// It counts as a Temporal server 1.32.1 does, clock changes included, and these are not what one would expect: local
// times are literal, so 02:30 has no start on a day without 02:30. On a day that has an hour twice, the server starts
// twice in that hour in zones west of Greenwich. East of Greenwich its arithmetic is off: in Europe/Berlin, with the
// clock set back from 03:00 to 02:00, "30 2 * * *" starts once, in the second of the two hours, and "0 1 * * *" starts at
// 01:00 and once more an hour later. Zones without clock changes, such as Europe/Moscow, know none of this.
func (s Spec) Next(after time.Time, n int) []time.Time {
	var starts []time.Time
	// The server counts from 1970 on.
	if epoch := time.Unix(-1, 0); after.Before(epoch) {
		after = epoch
	}
	for len(starts) < n {
		next, ok := s.next(after)
		if !ok {
			break
		}
		starts = append(starts, next)
		after = next
	}
	return starts
}

func (s Spec) next(after time.Time) (next time.Time, found bool) {
	location := cmp.Or(s.location, time.UTC)
	for _, c := range s.calendars {
		if t, ok := c.next(after, location); ok && (!found || t.Before(next)) {
			next, found = t, true
		}
	}
	if s.interval > 0 {
		every, offset := int64(s.interval/time.Second), int64(s.offset/time.Second)
		t := time.Unix(((after.Unix()-offset)/every+1)*every+offset, 0)
		next, found = t, true
	}
	if !found || next.UTC().Year() > lastYear {
		return time.Time{}, false
	}
	return next.In(location), true
}

// wall is a reading of a wall clock while it is turned forward in search of a match. The fields may overflow by one until
// settle has carried them over.
type wall struct {
	location             *time.Location
	year, month, day     int
	hour, minute, second int
	// repeated is 1h in the second copy of an hour that a clock change repeats, else 0.
	repeated time.Duration
}

// next finds the first match after a moment, in whole seconds. It looks for each field in turn, from the year inwards, and
// begins anew whenever one overflows. The order is the server's: it asks for the day of week once, at the hour at which
// it enters a day, which matters where the clock changes at midnight.
func (c calendar) next(after time.Time, location *time.Location) (time.Time, bool) {
	w := readWall(after.In(location))
	w.second++
	for w.settle() {
		if c.years != (set{}) && !c.years.has(w.year-firstYear) {
			w.year++
			w.turnTo(1, 1, 0)
			continue
		}
		if !seek(&w.month, 12, &c.month, func() { w.turnTo(w.month+1, 1, 0) }) ||
			!w.seekDay(c) ||
			!seek(&w.hour, 23, &c.hour, func() { w.turnTo(w.month, w.day, w.hour+1) }) ||
			!seek(&w.minute, 59, &c.minute, func() { w.minute, w.second = w.minute+1, 0 }) ||
			!seek(&w.second, 59, &c.second, func() { w.second++ }) {
			continue
		}
		if t := w.time(); t.Hour() == w.hour {
			return t.Add(w.repeated), true
		}
		// The clock jumps over this hour.
		w.hour, w.minute, w.second = w.hour+1, 0, 0
	}
	return time.Time{}, false
}

func readWall(t time.Time) wall {
	w := wall{location: t.Location(), year: t.Year(), month: int(t.Month()), day: t.Day()}
	w.hour, w.minute, w.second = t.Clock()
	if t.Add(-time.Hour).Hour() == w.hour {
		w.repeated = time.Hour
	}
	return w
}

// time is the moment of the reading. For a reading that comes twice or never, Go takes the offset that is in force when
// UTC shows it, and so does the server.
func (w *wall) time() time.Time {
	return time.Date(w.year, time.Month(w.month), w.day, w.hour, w.minute, w.second, 0, w.location)
}

func (w *wall) turnTo(month, day, hour int) {
	w.month, w.day, w.hour, w.minute, w.second, w.repeated = month, day, hour, 0, 0, 0
}

// seek turns a field of the wall forward to the next member of a set; false if there is none up to the last one.
func seek(field *int, last int, members *set, turn func()) bool {
	for ; *field <= last; turn() {
		if members.has(*field) {
			return true
		}
	}
	return false
}

// seekDay turns to the next day that matches; false if the month has none.
func (w *wall) seekDay(c calendar) bool {
	for ; w.day <= daysIn(w.month, w.year); w.turnTo(w.month, w.day+1, 0) {
		if c.day.has(w.day) && c.weekday.has(int(w.time().Weekday())) {
			return true
		}
	}
	return false
}

// settle carries overflown fields over; false means that the calendar of Temporal is at its end.
func (w *wall) settle() bool {
	if w.second > 59 {
		w.minute, w.second = w.minute+1, 0
	}
	if w.minute > 59 {
		w.endHour()
	}
	if w.hour > 23 {
		w.day, w.hour = w.day+1, 0
	}
	if w.day > daysIn(w.month, w.year) {
		w.month, w.day = w.month+1, 1
	}
	if w.month > 12 {
		w.year, w.month = w.year+1, 1
	}
	return w.year <= lastYear
}

// endHour goes to the next hour, or through the same hour once more if it is the one that the clock repeats.
func (w *wall) endHour() {
	from := time.Date(w.year, time.Month(w.month), w.day, w.hour, 0, 0, 0, w.location)
	to := time.Date(w.year, time.Month(w.month), w.day, w.hour+1, 0, 0, 0, w.location)
	w.minute = 0
	if w.repeated == 0 && to.Sub(from) > time.Hour {
		w.repeated = time.Hour
		return
	}
	w.hour, w.repeated = w.hour+1, 0
}

// daysIn is the length of a month; day 0 of the next one is its last. month may be 13 for a moment, which is January.
func daysIn(month, year int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
