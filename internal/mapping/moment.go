package mapping

import (
	"time"

	"counterparty-sync/internal/counterparty"
)

// widestZone is how far a bare date may shift: Alfresco keeps it as midnight of its own time zone.
const widestZone = 14 * time.Hour

// sameMoment reports whether a property is the time, or the midnight of the date, that the value spells.
func sameMoment(property, value string) bool {
	at, ok := counterparty.Moment(property)
	if !ok {
		return false
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return at.Sub(day).Abs() <= widestZone
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

// dateBefore and dateAfter are the dates whose midnight, in some time zone, the time may be.
func dateBefore(v any) (string, bool) {
	text, _ := v.(string)
	at, ok := counterparty.Moment(text)
	day := at.Truncate(24 * time.Hour)
	return day.Format(time.DateOnly), ok && at.Sub(day) <= widestZone
}

func dateAfter(v any) (string, bool) {
	text, _ := v.(string)
	at, ok := counterparty.Moment(text)
	day := at.Truncate(24*time.Hour).AddDate(0, 0, 1)
	return day.Format(time.DateOnly), ok && day.Sub(at) <= widestZone
}
