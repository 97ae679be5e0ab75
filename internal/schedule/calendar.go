package schedule

import (
	"fmt"
	"regexp"
	"strings"
)

// calendar matches a moment whose wall clock has a member in every field. No years means all years.
type calendar struct {
	second, minute, hour, day, month, weekday set
	years                                     set
}

// Shapes of Quartz's special days, in capitals; none of them is the beginning of a name.
var (
	lastPattern    = regexp.MustCompile(`^(L|L-[0-9]+|LW|L-[0-9]+W|[0-9]L|(SUN|MON|TUE|WED|THU|FRI|SAT)L)$`)
	nearestPattern = regexp.MustCompile(`^[0-9]+W$|^W$`)
	tiedPattern    = regexp.MustCompile(`^[0-9]*C$`)
	// numeralPattern finds weekdays by number, alone or on either side of a range.
	numeralPattern = regexp.MustCompile(`^[0-9]+(-.*)?$|-[0-9]+$`)
)

// parseCalendars reads five, six or seven fields. Unix cron with both day fields restricted gives two calendars.
func parseCalendars(fields []string) ([]calendar, error) {
	secondsFirst := len(fields) > 5
	if !secondsFirst {
		fields = append([]string{"0"}, fields...)
	}
	var c calendar
	var problem error
	read := func(f field, text string, into *set) {
		if problem == nil {
			*into, problem = f.parse(text)
		}
	}
	if problem = checkDays(fields[3], fields[5], secondsFirst); problem != nil {
		return nil, problem
	}
	day, weekday := starForQuestionMark(fields[3]), starForQuestionMark(fields[5])
	read(secondField, fields[0], &c.second)
	read(minuteField, fields[1], &c.minute)
	read(hourField, fields[2], &c.hour)
	read(dayField, day, &c.day)
	read(monthField, fields[4], &c.month)
	read(weekdayField, weekday, &c.weekday)
	if len(fields) == 7 && fields[6] != "*" {
		// Quartz counts years from 1970 and Temporal from 2000, so that */4 would mean different years.
		if strings.HasPrefix(fields[6], "*") {
			return nil, fmt.Errorf("a step from a certain year such as 2028/4, not %q: Quartz and Temporal count from different years", fields[6])
		}
		read(yearField, fields[6], &c.years)
	}
	if problem != nil {
		return nil, problem
	}
	if secondsFirst || strings.HasPrefix(day, "*") || strings.HasPrefix(weekday, "*") {
		return []calendar{c}, nil
	}
	byDay, byWeekday := c, c
	byDay.weekday, _ = weekdayField.parse("*")
	byWeekday.day, _ = dayField.parse("*")
	return []calendar{byDay, byWeekday}, nil
}

func starForQuestionMark(text string) string {
	if text == "?" {
		return "*"
	}
	return text
}

// checkDays refuses what Temporal has no days for, and weekdays that Spring and Quartz count differently.
func checkDays(day, weekday string, secondsFirst bool) error {
	for _, field := range []string{day, weekday} {
		for _, part := range strings.Split(field, ",") {
			switch capitals := strings.ToUpper(part); {
			case lastPattern.MatchString(capitals):
				return fmt.Errorf("days by number, not %q: Temporal knows no last day; write 28, or 1 for the day after the last one", part)
			case nearestPattern.MatchString(capitals):
				return fmt.Errorf("a day of the month or weekdays such as MON-FRI, not %q: Temporal knows no nearest weekday", part)
			case tiedPattern.MatchString(capitals):
				return fmt.Errorf("a day of the month or weekdays such as MON-FRI, not %q: Temporal knows no calendars of holidays", part)
			}
		}
	}
	if !secondsFirst {
		return nil
	}
	for _, part := range strings.Split(weekday, ",") {
		base, step, hasStep := strings.Cut(part, "/")
		if numeralPattern.MatchString(base) {
			return fmt.Errorf("days of the week by name when seconds come first, such as MON-FRI, not %q: Spring counts Monday as 1, Quartz counts Sunday as 1%s",
				part, yearHint(base))
		}
		// A step begins with Monday in Spring and with Sunday in Quartz, and ends with Sunday or with Saturday.
		if hasStep && step != "1" && !strings.Contains(base, "-") {
			return fmt.Errorf("days of the week one by one when seconds come first, such as MON,WED,FRI, not %q: the week of Spring begins with Monday, that of Quartz with Sunday", part)
		}
	}
	return nil
}

// yearHint helps those who know Temporal's own six fields, the last of which is a year.
func yearHint(text string) string {
	if n, ok := number(text); ok && n >= firstYear && n <= lastYear {
		return "; for a year write seven fields, seconds first: 0 0 2 * * * " + text
	}
	return ""
}
