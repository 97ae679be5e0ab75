package konturtest

import "time"

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

// WithQuotas sets the contract. Methods in none of the lines are refused. Without this option every method is allowed,
// on one line with plenty of companies.
func WithQuotas(lines ...QuotaLine) Option { return func(s *Server) { s.SetQuotas(lines...) } }

// WithOnRequest calls f for every request, before it is answered and while it counts as in flight. It may block.
func WithOnRequest(f func(Request)) Option { return func(s *Server) { s.hook = f } }
