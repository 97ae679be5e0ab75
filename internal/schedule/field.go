package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// field is one place of a cron text: which numbers it takes and what to call it in a message.
type field struct {
	name       string
	least, top int
	// names stand for least, least+1, …; three letters or more of each suffice, in any case.
	names []string
	// cycle is how many values there are before they come round, so that FRI-MON has a meaning and 7 is Sunday again;
	// 0: they don't.
	cycle int
	// origin is what to subtract before a value goes into a set.
	origin int
	// tooWide says how to write a step that is wider than the field.
	tooWide string
}

// firstYear and lastYear are the years that Temporal takes in a calendar.
const (
	firstYear = 2000
	lastYear  = 2100
)

var (
	secondField = field{name: "second", least: 0, top: 59, cycle: 60, tooWide: "@every 90s"}
	minuteField = field{name: "minute", least: 0, top: 59, cycle: 60, tooWide: "@every 90m"}
	hourField   = field{name: "hour", least: 0, top: 23, cycle: 24, tooWide: "@every 36h"}
	dayField    = field{name: "day of month", least: 1, top: 31, cycle: 31, tooWide: "@every 45d"}
	monthField  = field{name: "month", least: 1, top: 12, cycle: 12, tooWide: "months and years", names: []string{
		"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"}}
	weekdayField = field{name: "day of week", least: 0, top: 7, cycle: 7, tooWide: "@every 14d", names: []string{
		"SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"}}
	yearField = field{name: "year", least: firstYear, top: lastYear, origin: firstYear, tooWide: "the years"}
)

// parse reads a list of values, ranges and steps.
func (f field) parse(text string) (set, error) {
	var s set
	for _, part := range strings.Split(text, ",") {
		if err := f.parsePart(part, &s); err != nil {
			return set{}, err
		}
	}
	return s, nil
}

// parsePart reads *, a value, or a range, each with a step or without.
func (f field) parsePart(part string, s *set) error {
	base, stepText, hasStep := strings.Cut(part, "/")
	step := 1
	if hasStep {
		var ok bool
		if step, ok = number(stepText); !ok || step < 1 || step > f.top-f.least {
			return fmt.Errorf("a step from 1 to %d as the %s, not %q; for wider ones write %s", f.top-f.least, f.name, part, f.tooWide)
		}
	}
	first, last := f.least, f.top
	if base != "*" {
		from, to, isRange := strings.Cut(base, "-")
		var ok bool
		if first, ok = f.value(from); !ok {
			return f.refuse(part)
		}
		switch {
		case isRange:
			if last, ok = f.value(to); !ok {
				return f.refuse(part)
			}
		case !hasStep:
			last = first
		}
	}
	if last < first {
		if f.cycle == 0 {
			return fmt.Errorf("a range from the earlier %s to the later one, not %q", f.name, part)
		}
		last += f.cycle
	}
	for n := first; n <= last; n += step {
		if f.cycle > 0 && n >= f.least+f.cycle {
			s[n-f.cycle] = true
			continue
		}
		s[n-f.origin] = true
	}
	return nil
}

// value reads a number or a name.
func (f field) value(text string) (int, bool) {
	if n, ok := number(text); ok {
		return n, n >= f.least && n <= f.top
	}
	i := slices.IndexFunc(f.names, func(name string) bool {
		return len(text) >= 3 && strings.HasPrefix(name, strings.ToUpper(text))
	})
	return f.least + i, i >= 0
}

// refuse says what the field takes.
func (f field) refuse(part string) error {
	takes := fmt.Sprintf("numbers from %d to %d", f.least, f.top)
	if len(f.names) > 0 {
		takes += fmt.Sprintf(" or names from %s to %s", f.names[0][:3], f.names[len(f.names)-1][:3])
	}
	return fmt.Errorf("%s as the %s, not %q", takes, f.name, part)
}

var numberPattern = regexp.MustCompile(`^[0-9]{1,4}$`)

func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && numberPattern.MatchString(text)
}
