package schedule

import (
	"fmt"
	"strconv"
	"strings"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
)

// Describe says on one line how the text was read: the dialect and what it means. The zone is named unless it is UTC.
func (s Spec) Describe() string {
	if s.dialect == manual {
		return "no cron: passes start by hand only"
	}
	if s.dialect == every {
		text := fmt.Sprintf("interval: every %s, counted from 1970-01-01 00:00 UTC", pass.Duration(s.interval))
		if s.offset > 0 {
			text += fmt.Sprintf(" plus %s", pass.Duration(s.offset))
		}
		return text
	}
	name := map[dialect]string{
		unix:   "Unix",
		macro:  "Unix",
		spring: "Spring/Quartz, seconds first",
		quartz: "Quartz, seconds first, year last",
	}[s.dialect]
	text := name + ": " + s.meaning()
	if s.zone != defaultZone {
		text += ", " + s.zone
	}
	return text
}

// meaning lists the fields; of day, month, weekday and year only those that don't take everything.
func (s Spec) meaning() string {
	c := s.calendars[0]
	var parts []string
	if s.dialect == spring || s.dialect == quartz {
		parts = append(parts, values(secondField, c.second))
	}
	parts = append(parts, values(minuteField, c.minute), values(hourField, c.hour))
	if days := s.days(); days != "" {
		parts = append(parts, days)
	}
	if !takesAll(monthField, c.month) {
		parts = append(parts, values(monthField, c.month))
	}
	if c.years != (set{}) {
		parts = append(parts, values(yearField, c.years))
	}
	return strings.Join(parts, ", ")
}

// days tells the day of month and the day of week, and how they go together.
func (s Spec) days() string {
	c, joint := s.calendars[0], " and "
	if len(s.calendars) == 2 {
		c.weekday, joint = s.calendars[1].weekday, " or "
	}
	var parts []string
	if !takesAll(dayField, c.day) || joint == " or " {
		parts = append(parts, values(dayField, c.day))
	}
	if !takesAll(weekdayField, c.weekday) || joint == " or " {
		parts = append(parts, values(weekdayField, c.weekday))
	}
	return strings.Join(parts, joint)
}

func takesAll(f field, s set) bool {
	all, _ := f.parse("*")
	return s == all
}

// values words one field: "minute 0,30", "every hour", "day of week MON-FRI".
func values(f field, s set) string {
	if takesAll(f, s) {
		return "every " + f.name
	}
	var parts []string
	for _, r := range s.ranges(f.origin) {
		parts = append(parts, f.wordRange(r))
	}
	return f.name + " " + strings.Join(parts, ",")
}

func (f field) wordRange(r client.ScheduleRange) string {
	switch {
	case r.Start == r.End:
		return f.word(r.Start)
	case r.Step > 1 && (r.End-r.Start)/r.Step < 6:
		var parts []string
		for n := r.Start; n <= r.End; n += r.Step {
			parts = append(parts, f.word(n))
		}
		return strings.Join(parts, ",")
	case r.Step > 1:
		return fmt.Sprintf("%s-%s/%d", f.word(r.Start), f.word(r.End), r.Step)
	}
	return f.word(r.Start) + "-" + f.word(r.End)
}

func (f field) word(n int) string {
	if len(f.names) == 0 {
		return strconv.Itoa(n)
	}
	return f.names[n-f.least][:3]
}
