package kontur

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

const someINN = "0012345673"

// inProcess reaches the simulator without a network, so that time is that of the test's bubble.
type inProcess struct{ server *konturtest.Server }

func (p inProcess) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if recover() != nil {
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	p.server.ServeHTTP(recorder, req)
	if req.Context().Err() != nil {
		return nil, req.Context().Err()
	}
	return recorder.Result(), nil
}

// bubble runs f with a simulator and a client whose clock stands still until all wait.
func bubble(t *testing.T, o Options, opts []konturtest.Option, f func(t *testing.T, s *konturtest.Server, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := konturtest.New(opts...)
		defer s.Close()
		o.Key = secret.New(s.Key())
		c, err := newClient(o, inProcess{server: s})
		require.NoError(t, err)
		f(t, s, c)
	})
}

func ask(ctx context.Context, c *Client) error {
	_, err := c.Query(ctx, "req", counterparty.Askable(counterparty.INN, []string{someINN}), forget)
	return err
}

// askAtOnce makes n calls at a time and returns how long all of them took.
func askAtOnce(t *testing.T, c *Client, n int) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = ask(t.Context(), c) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	return time.Since(start)
}

func TestConcurrencyIsHeld(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 3} {
		o := Options{Concurrency: concurrency, RequestsPerSecond: 1e6}
		opts := []konturtest.Option{konturtest.WithMaxInFlight(concurrency), konturtest.WithLatency(time.Second)}
		bubble(t, o, opts, func(t *testing.T, s *konturtest.Server, c *Client) {
			took := askAtOnce(t, c, 12)
			require.Equal(t, concurrency, s.MaxConcurrent())
			require.Equal(t, 12/concurrency, int(took.Round(time.Second)/time.Second), "the limit is used, too")
		})
	}
}

func TestRateIsHeldInEvenSteps(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Concurrency: 8, RequestsPerSecond: 5}, []konturtest.Option{konturtest.WithRate(5)},
		func(t *testing.T, s *konturtest.Server, c *Client) {
			askAtOnce(t, c, 11)
			requests := s.Requests()
			require.Len(t, requests, 11)
			for i := 1; i < len(requests); i++ {
				require.InDelta(t, 0.2, requests[i].Start.Sub(requests[i-1].Start).Seconds(), 1e-6)
			}
		})
}

func TestRetryAfterPausesCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give func() string
		want time.Duration
	}{
		{"seconds", func() string { return "7" }, 7 * time.Second},
		{"date", func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, 9 * time.Second},
		{"nothing", func() string { return "" }, 10 * time.Second},
		{"rubbish", func() string { return "soon" }, 10 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{Concurrency: 4, RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
				s.Inject(konturtest.Fault{Times: 1, Status: 429, RetryAfter: tt.give()})
				var e *Error
				require.ErrorAs(t, ask(t.Context(), c), &e)
				require.Equal(t, RateLimited, e.Kind)
				require.Equal(t, tt.want, e.RetryAfter)
				require.InDelta(t, tt.want.Seconds(), askAtOnce(t, c, 4).Seconds(), 0.001)
			})
		})
	}
}

func TestACallInTheQueueDoesNotSlipThroughWhenAPauseBegins(t *testing.T) {
	t.Parallel()
	opts := []konturtest.Option{konturtest.WithLatency(time.Second)}
	bubble(t, Options{Concurrency: 1, RequestsPerSecond: 1e6}, opts, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.Fault{Times: 1, Status: 429, RetryAfter: "5"})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { _ = ask(t.Context(), c) })
		}
		all.Wait()
		requests := s.Requests()
		require.Len(t, requests, 3)
		require.InDelta(t, 6, requests[1].Start.Sub(requests[0].Start).Seconds(), 0.001)
	})
}

func TestAPauseThatOutlastsTheDeadlineIsToldAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.Fault{Times: 1, Status: 429, RetryAfter: "60"})
		require.Error(t, ask(t.Context(), c))
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var e *Error
		require.ErrorAs(t, ask(ctx, c), &e)
		require.Equal(t, RateLimited, e.Kind)
		require.Equal(t, time.Minute, e.RetryAfter)
		require.Zero(t, time.Since(start))
		require.Equal(t, 1, s.Count())
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give konturtest.Fault
	}{
		{"in a pause", konturtest.Fault{Times: 1, Status: 429, RetryAfter: "60"}},
		{"for a slot", konturtest.Fault{Times: 1, Delay: 20 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
				s.Inject(tt.give)
				var first sync.WaitGroup
				first.Go(func() { _ = ask(t.Context(), c) })
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(3*time.Second, cancel)
				start := time.Now()
				require.ErrorIs(t, ask(ctx, c), context.Canceled)
				require.Equal(t, 3*time.Second, time.Since(start))
				first.Wait()
				require.Equal(t, 1, s.Count())
			})
		})
	}
}

func TestATurnBeyondTheDeadlineIsADeadlineExceeded(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 0.1}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		require.NoError(t, ask(t.Context(), c))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		require.ErrorIs(t, ask(ctx, c), context.DeadlineExceeded)
		require.NoError(t, ask(t.Context(), c), "the slot is free again")
	})
}

func TestTimeoutsFitTheMethod(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method string
		want   time.Duration
	}{{"req", 30 * time.Second}, {"contacts", time.Minute}, {"egrDetails", 2 * time.Minute}, {"licences", 2 * time.Minute}, {"sites", 30 * time.Second}}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
				s.Inject(konturtest.Fault{Delay: time.Hour})
				start := time.Now()
				_, err := c.Query(t.Context(), tt.method, counterparty.Askable(counterparty.INN, []string{someINN}), forget)
				var e *Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, Unavailable, e.Kind)
				require.Equal(t, "no answer within "+tt.want.String(), e.Text)
				require.Equal(t, tt.want, time.Since(start))
			})
		})
	}
}

func TestRetryAfterIsBoundedAndReckonedByTheServersClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name, give, date string
		want             time.Duration
	}{
		{"seconds", "30", "", 30 * time.Second},
		{"zero", "0", "", time.Second},
		{"negative", "-5", "", time.Second},
		{"too many", "9223372036854775807", "", 24 * time.Hour},
		{"beyond numbers", "99999999999999999999", "", 10 * time.Second},
		{"fraction", "1.5", "", 10 * time.Second},
		{"date", at(time.Minute), "", time.Minute},
		{"date in the past", at(-time.Minute), "", time.Second},
		{"date far away", at(1000 * time.Hour), "", 24 * time.Hour},
		{"server's clock an hour ahead", at(61 * time.Minute), at(time.Hour), time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{"Retry-After": {tt.give}}
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			require.Equal(t, tt.want, retryAfter(h, now))
		})
	}
}

func forget(Item) error { return nil }
