// Package schedule turns the cron text of a sync into a Temporal Schedule that means what its author meant.
//
// A Temporal server reads six fields as "year last", "#" as a comment, and both day fields as AND; Spring, Quartz and
// Unix cron don't. So no cron text is ever sent: the package finds the dialect, converts the text to calendars or to an
// interval, and refuses, with the way to write it instead, what Temporal can't express or what two dialects understand
// differently. It talks to nobody; who creates the schedule does.
//
// Words: a start is a moment at which the schedule fires; a calendar is a set of seconds, minutes, hours and days whose
// fields must all match; an interval counts from 1970-01-01 00:00 UTC.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
)

const (
	// maxTextBytes is what Temporal keeps of a calendar's comment, where the original text lives.
	maxTextBytes = 200
	defaultZone  = "UTC"
)

// dialect is the way of writing that Parse recognised.
type dialect int

const (
	manual dialect = iota
	unix
	spring
	quartz
	macro
	every
)

// Spec is a parsed cron text with its time zone. It never changes; the zero Spec has no starts.
type Spec struct {
	text    string
	dialect dialect
	zone    string
	// location is the zone, loaded; nil stands for UTC.
	location  *time.Location
	calendars []calendar
	// interval and offset are those of @every; interval 0 means that there are calendars.
	interval, offset time.Duration
}

// Parse reads a cron text in one of these dialects:
//
//   - five fields: Unix. If both day fields are restricted, either of them suffices, as crontab(5) says; a field that
//     begins with * is not restricted.
//   - six fields: Spring or Quartz, seconds first. Seven: the same and a year. Both day fields must match.
//   - @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually
//   - @every 6h, @every 6h/15m: an interval and its offset, from 1s, counted from 1970-01-01 00:00 UTC
//
// CRON_TZ=Zone or TZ=Zone may stand in front of all but @every. It names the zone if timeZone is "" or "UTC" (which is
// the default, and so not known to have been written by anyone), and must be equal to timeZone otherwise.
//
// An empty cron gives a Spec without starts: passes begin by hand only, and Options pauses the schedule for that.
//
// Errors are *invalid.Field for "cron" and "timeZone", together as invalid.Errors. A text that never fires is refused; one
// whose years are all past is not, because Parse knows no clock: then Next is empty.
func Parse(cron, timeZone string) (Spec, error) {
	var problems invalid.List
	s := Spec{text: strings.TrimSpace(cron), zone: strings.TrimSpace(timeZone)}
	if err := checkText(s.text); err != nil {
		problems.Add("cron", shorten(s.text), err.Error())
		s.text = ""
	}
	rest, prefix, hasPrefix := cutZone(s.text)
	switch {
	case s.zone == "" && !hasPrefix:
		s.zone = defaultZone
	case hasPrefix && (s.zone == "" || s.zone == defaultZone):
		s.zone = prefix
		if _, err := loadZone(prefix); err != nil {
			problems.Add("cron", s.text, err.Error()+" after TZ=")
			return Spec{}, problems.Err()
		}
	case hasPrefix && s.zone != prefix:
		problems.Add("cron", s.text, fmt.Sprintf("the same time zone as timeZone, which is %s, or no TZ= at all", s.zone))
	}
	location, err := loadZone(s.zone)
	if err != nil {
		problems.Add("timeZone", shorten(s.zone), err.Error())
	}
	s.location = location
	if err := s.parse(rest, hasPrefix); err != nil {
		problems.Add("cron", s.text, err.Error())
	}
	if err := problems.Err(); err != nil {
		return Spec{}, err
	}
	if s.dialect != manual && len(s.Next(firstMoment, 1)) == 0 {
		problems.Add("cron", s.text, "a time that exists: this one never comes; 28 is the last day that every month has")
		return Spec{}, problems.Err()
	}
	return s, nil
}

// String returns the text as it was given, without blanks around it.
func (s Spec) String() string { return s.text }

// parse fills in dialect and times from a text without time zone.
func (s *Spec) parse(text string, hasPrefix bool) error {
	fields := strings.Fields(text)
	switch {
	case text == "" && hasPrefix:
		return errors.New("a time after the time zone, such as TZ=Europe/Moscow 0 2 * * *")
	case text == "":
		s.dialect = manual
		return nil
	case strings.EqualFold(fields[0], "@every"):
		if hasPrefix {
			return errors.New("@every without TZ=: it counts from 1970-01-01 00:00 UTC in every zone; for hours of the day write 0 */6 * * *")
		}
		s.dialect = every
		var err error
		s.interval, s.offset, err = parseEvery(fields[1:])
		return err
	case strings.HasPrefix(text, "@"):
		s.dialect = macro
		expanded, ok := macros[strings.ToLower(text)]
		if !ok {
			return errors.New(wayOut(text))
		}
		fields = strings.Fields(expanded)
	case len(fields) == 5:
		s.dialect = unix
	case len(fields) == 6:
		s.dialect = spring
	case len(fields) == 7:
		s.dialect = quartz
	default:
		return fmt.Errorf("5 fields (minute, hour, day of month, month, day of week), 6 with a second in front, 7 with a year at the end, @daily and the like, or @every 6h; this text has %d", len(fields))
	}
	var err error
	s.calendars, err = parseCalendars(fields)
	return err
}

func checkText(text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("one line of Latin letters, digits and signs, with plain blanks between the fields")
	}
	if len(text) > maxTextBytes {
		return fmt.Errorf("at most %d characters: Temporal keeps no more of it; write ranges and steps such as 0-30/5", maxTextBytes)
	}
	if strings.Contains(text, "#") {
		return errors.New("a text without #: Temporal takes what follows as a comment; for the second Friday write 8-14 and FRI with seconds first: 0 0 2 8-14 * FRI")
	}
	return nil
}

// cutZone takes CRON_TZ=Zone or TZ=Zone off.
func cutZone(text string) (rest, zone string, ok bool) {
	first, rest, _ := strings.Cut(text, " ")
	if zone, ok = strings.CutPrefix(strings.TrimPrefix(first, "CRON_"), "TZ="); !ok {
		return text, "", false
	}
	return strings.TrimSpace(rest), zone, true
}

func loadZone(name string) (*time.Location, error) {
	location, err := time.LoadLocation(name)
	// "Local" would be the zone of whichever process looks it up, here and in the server.
	if err != nil || name == "" || name == "Local" {
		return nil, errors.New("an IANA time zone such as Europe/Moscow, Asia/Yekaterinburg or UTC")
	}
	return location, nil
}

func shorten(text string) string { return excerpt.Runes(strings.ToValidUTF8(text, "?"), maxTextBytes) }
