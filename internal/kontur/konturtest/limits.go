package konturtest

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const textTooManyRequests = "Too many requests"

// limits are those of parallel requests and of requests in a second.
type limits struct {
	maxInFlight int
	perSecond   int
	form        RetryAfterForm
	retryAfter  time.Duration

	mu     sync.Mutex
	recent []time.Time // of the last second
}

// exceeded reports whether a request at this time, one of so many in flight, goes beyond a limit. A refused request
// does not count towards the rate.
func (l *limits) exceeded(inFlight int, now time.Time) bool {
	if l.maxInFlight > 0 && inFlight > l.maxInFlight {
		return true
	}
	if l.perSecond == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent = slices.DeleteFunc(l.recent, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(l.recent) >= l.perSecond {
		return true
	}
	l.recent = append(l.recent, now)
	return false
}

// putRetryAfter sets the header as the form demands. Dates are rounded up, for they have whole seconds only.
func putRetryAfter(h http.Header, form RetryAfterForm, d time.Duration, now time.Time) {
	switch form {
	case Seconds:
		h.Set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
	case HTTPDate:
		h.Set("Retry-After", now.Add(d+time.Second-1).UTC().Format(http.TimeFormat))
	}
}
