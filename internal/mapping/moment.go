package mapping

import (
	"time"

	"counterparty-sync/internal/counterparty"
)

// dayZone is the one zone in which a time is a calendar day. Alfresco keeps a bare date as midnight of its own zone, and
// its forms as midnight or noon of the browser's, neither of which it names. In this zone all of these are that day: midnight
// from UTC-12 to UTC+11, and noon from UTC to UTC+14. Midnight at UTC+12 is the very moment of noon in UTC, the day before.
var dayZone = time.FixedZone("", 11*60*60)

// sameMoment reports whether a property is the time, or a time on the day, that the value spells.
func sameMoment(property, value string) bool {
	at, ok := counterparty.Moment(property)
	if !ok {
		return false
	}
	if _, err := time.Parse(time.DateOnly, value); err == nil {
		return at.In(dayZone).Format(time.DateOnly) == value
	}
	want, ok := counterparty.Moment(value)
	return ok && want.Equal(at)
}

// momentFormOf is the form of a time, whichever way it is spelled.
func momentFormOf(v any) (string, bool) {
	text, _ := v.(string)
	at, ok := counterparty.Moment(text)
	return at.Format(time.RFC3339Nano), ok
}

// dayFormOf is the date that a time may be.
func dayFormOf(v any) (string, bool) {
	text, _ := v.(string)
	at, ok := counterparty.Moment(text)
	return at.In(dayZone).Format(time.DateOnly), ok
}
