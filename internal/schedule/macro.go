package schedule

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// minInterval is the least that Temporal takes; a text with seconds first can say every second, too.
	minInterval = time.Second
	// maxInterval keeps a mistyped unit from making a schedule that nobody lives to see fire.
	maxInterval = 366 * 24 * time.Hour
)

// macros are the Unix cron texts that names stand for.
var macros = map[string]string{
	"@hourly": "0 * * * *",
	"@daily":  "0 0 * * *", "@midnight": "0 0 * * *",
	"@weekly":  "0 0 * * 0",
	"@monthly": "0 0 1 * *",
	"@yearly":  "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// wayOut says what to write instead of an unknown @name.
func wayOut(name string) string {
	const known = "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every 6h"
	if strings.EqualFold(name, "@reboot") {
		return known + ": a schedule lives on the server and knows no reboot"
	}
	return known
}

var everyPattern = regexp.MustCompile(`^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$`)

// parseEvery reads what stands behind @every: "6h" or "6h/15m".
func parseEvery(fields []string) (interval, offset time.Duration, err error) {
	const example = "@every and an interval in whole days, hours, minutes and seconds such as 6h, 1h30m, 1d, or 6h/15m with an offset"
	text, phase, hasPhase := strings.Cut(strings.Join(fields, " "), "/")
	interval, isInterval := parseUnits(text)
	offset, isOffset := parseUnits(phase)
	switch {
	case len(fields) != 1 || !isInterval:
		err = errors.New(example)
	case interval < minInterval || interval > maxInterval:
		err = errors.New("@every and an interval from 1s to 366d")
	case hasPhase && !isOffset:
		err = errors.New(example)
	case offset >= interval:
		err = errors.New("@every with an offset after the / that is shorter than the interval before it")
	}
	return interval, offset, err
}

func parseUnits(text string) (time.Duration, bool) {
	parts := everyPattern.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return 0, false
	}
	var sum time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[i+1]) // 0 if the unit is not there
		// The pattern bounds the digits, so that neither the number nor the sum overflows: 10^6 days are 2,700 years,
		// which a duration (292 years) can't hold, hence the check.
		if n > int(maxInterval/unit)+1 {
			return maxInterval + 1, true
		}
		sum += time.Duration(n) * unit
	}
	return sum, true
}
