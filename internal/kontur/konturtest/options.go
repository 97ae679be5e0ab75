package konturtest

import (
	"time"

	"counterparty-sync/internal/exchange"
)

// Option changes a server before it starts.
type Option func(*Server)

// WithKey sets the key that the server takes; default DefaultKey.
func WithKey(key string) Option { return func(s *Server) { s.key = key } }

// WithClock hands in the time by which rates and dates are reckoned; default time.Now.
func WithClock(now func() time.Time) Option { return func(s *Server) { s.now = now } }

// WithLatency sets the time that every answer takes; default 0.
func WithLatency(d time.Duration) Option { return func(s *Server) { s.SetLatency(d) } }

// WithMaxInFlight answers 429 to requests beyond n at a time; default 0, which is no limit.
func WithMaxInFlight(n int) Option { return func(s *Server) { s.limits.maxInFlight = n } }

// WithRate answers 429 beyond n requests within any second; default 0, which is no limit.
func WithRate(n int) Option { return func(s *Server) { s.limits.perSecond = n } }

// RetryAfterForm is how a 429 says how long to wait. Whether the vendor says it at all is unknown.
type RetryAfterForm int

// The forms of Retry-After.
const (
	// Seconds is a number: Retry-After: 2.
	Seconds RetryAfterForm = iota + 1
	// HTTPDate is a date: Retry-After: Fri, 02 Jan 2026 15:04:05 GMT.
	HTTPDate
	// NoHeader is a 429 that does not say.
	NoHeader
)

// WithRetryAfter sets what the limits' 429 asks for; default one second as Seconds.
func WithRetryAfter(form RetryAfterForm, d time.Duration) Option {
	return func(s *Server) { s.limits.form, s.limits.retryAfter = form, d }
}

// TooMany is what happens to more than 100 identifiers, which is unknown of the vendor.
type TooMany int

// What may happen to more than 100 identifiers.
const (
	// Refuse answers 400. It is the default.
	Refuse TooMany = iota + 1
	// Truncate answers about the first 100.
	Truncate
)

// WithTooMany sets what happens to more than 100 identifiers; default Refuse.
func WithTooMany(t TooMany) Option { return func(s *Server) { s.tooMany = t } }

// WithQuotas sets the contract. Methods in none of the lines are refused. Without this option every method is allowed,
// on one line with plenty of companies.
func WithQuotas(lines ...QuotaLine) Option { return func(s *Server) { s.SetQuotas(lines...) } }

// WithChargeForUnknown charges identifiers that nobody knows like companies; whether the vendor does is unknown.
func WithChargeForUnknown() Option { return func(s *Server) { s.quotas.chargeUnknown = true } }

// WithRecorded feeds the server with what a real one answered: it answers the requests of the recording as they were
// answered then, whatever the key, and all others with 501.
func WithRecorded(exchanges []exchange.Exchange) Option {
	return func(s *Server) { s.replay = exchange.NewReplay(exchange.Kontur, exchanges) }
}

// WithOnRequest calls f for every request, before it is answered and while it counts as in flight. It may block.
func WithOnRequest(f func(Request)) Option { return func(s *Server) { s.hook = f } }
