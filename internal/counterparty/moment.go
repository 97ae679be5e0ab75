package counterparty

import "time"

// momentLayout spells a time, whose zone is UTC.
const momentLayout = time.RFC3339Nano

// Moment reads a time of a day as Alfresco shows it, in UTC: 2026-01-02T03:04:05.678+0000 with REST, RFC 3339 with Records.
func Moment(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
