package kontur

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/secret"
)

const (
	// defaultRetryAfter is our choice: whether Kontur.Focus sends Retry-After is unknown.
	defaultRetryAfter = 10 * time.Second
	// minRetryAfter keeps "Retry-After: 0" from becoming a busy loop.
	minRetryAfter = time.Second
	// maxRetryAfter takes a longer pause for a mistake.
	maxRetryAfter = 24 * time.Hour
)

// The texts that distinguish the two unrelated meanings of 400.
const (
	textNoIDs  = "inn/ogrn param is not specified"
	textBadKey = "param 'key'"
)

// classify makes the error of a response that is not 200. The body is plain text and never parsed.
func classify(method string, resp *http.Response, body string, key secret.Value, now time.Time) *Error {
	text := clean(body, key)
	low := strings.ToLower(body)
	if strings.HasPrefix(strings.TrimSpace(low), "<") {
		text = "an HTML page instead of plain text, so that a proxy or another site may have answered"
	}
	if text == "" {
		text = cmp.Or(strings.ToLower(http.StatusText(resp.StatusCode)), "an answer without a text")
	}
	e := newError(method, kindOf(resp.StatusCode, low), resp.StatusCode, text)
	switch {
	case e.Kind == RateLimited:
		e.RetryAfter = retryAfter(resp.Header, now)
	case resp.StatusCode/100 == 3:
		e.Text = "a redirect, which is never followed because the key is in the address"
	}
	return e
}

// kindOf maps a status other than 200, and for 400 and 403 the text in lower case too.
func kindOf(status int, low string) Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusBadRequest && strings.Contains(low, textBadKey),
		status == http.StatusForbidden && blamesKey(low):
		return BadKey
	case status == http.StatusForbidden, status == http.StatusPaymentRequired:
		return Forbidden
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return Unavailable
	case status < 400:
		return BadResponse
	default:
		return BadRequest
	}
}

// blamesKey distinguishes a wrong key from a right one that may not do this. Only "No valid key specified" is known; texts
// for an expired key are guessed.
func blamesKey(low string) bool {
	if !strings.Contains(low, "key") && !strings.Contains(low, "ключ") {
		return false
	}
	words := []string{"valid", "not specified", "expired", "unknown", "истек", "истёк", "недейств", "невер"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(low, word) })
}

// retryAfter reads the header in both its forms, seconds and a date (RFC 9110, section 10.2.3). A date is measured by
// the server's own clock if the response shows it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		// Compared in seconds: a huge number would overflow a Duration.
		return time.Duration(min(max(seconds, int64(minRetryAfter/time.Second)), int64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return defaultRetryAfter
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), minRetryAfter), maxRetryAfter)
}
