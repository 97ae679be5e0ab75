package kontur

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

// askOf asks one method about somebody, and returns how long that took.
func askOf(ctx context.Context, c *Client, method string) (took time.Duration, err error) {
	start := time.Now()
	_, err = c.Query(ctx, method, counterparty.Askable(counterparty.INN, []string{someINN}), forget)
	return time.Since(start), err
}

// limited makes the next request for a method one too many.
func limited(s *konturtest.Server, method, retryAfter string) {
	s.Inject(konturtest.Fault{Method: method, Times: 1, Status: http.StatusTooManyRequests, RetryAfter: retryAfter})
}

func TestTooManyRequestsPauseTheirMethodOnly(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		limited(s, "sites", "60")
		_, err := askOf(t.Context(), c, "sites")
		require.Error(t, err)
		for _, class := range []Class{ForPass, ForReport} {
			took, err := askOf(WithClass(t.Context(), class), c, "req")
			require.NoError(t, err)
			require.Less(t, took, time.Millisecond, class)
		}
		var behind sync.WaitGroup
		behind.Go(func() {
			took, err := askOf(t.Context(), c, "sites")
			require.NoError(t, err)
			require.InDelta(t, 60, took.Seconds(), 0.001, "its own turn comes when the pause ends")
		})
		synctest.Wait()
		took, err := askOf(t.Context(), c, "req")
		require.NoError(t, err)
		require.Less(t, took, time.Millisecond, "one that stands in line for it keeps out no other")
		behind.Wait()
	})
}

func TestTooManyRequestsForTwoMethodsPauseAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		between time.Duration
		// second is the pause of contacts in seconds; req, contacts and sites are how long a request for them waits then.
		second               string
		req, contacts, sites time.Duration
	}{
		{"while the first pause lasts", 10 * time.Second, "20", 20 * time.Second, 20 * time.Second, 50 * time.Second},
		{"after the first pause", 61 * time.Second, "20", 0, 20 * time.Second, 0},
		{"of which one is of hours", 55 * time.Second, "36000", 5 * time.Second, 10 * time.Hour, 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
				limited(s, "sites", "60")
				_, err := askOf(t.Context(), c, "sites")
				require.Error(t, err)
				time.Sleep(tt.between)
				limited(s, "contacts", tt.second)
				_, err = askOf(t.Context(), c, "contacts")
				require.Error(t, err)
				var all sync.WaitGroup
				for method, want := range map[string]time.Duration{"req": tt.req, "contacts": tt.contacts, "sites": tt.sites} {
					all.Go(func() {
						took, err := askOf(t.Context(), c, method)
						require.NoError(t, err)
						require.InDelta(t, want.Seconds(), took.Seconds(), 0.001, method)
					})
				}
				all.Wait()
			})
		})
	}
}

// Places where reports wait are few: those of one method must not keep out the others.
func TestAReportIsToldAtOnceThatItsMethodIsPaused(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.Fault{Method: "sites", Times: 1, Delay: 5 * time.Second, Status: 429, RetryAfter: "60"})
		var asked sync.WaitGroup
		asked.Go(func() { _, _ = askOf(t.Context(), c, "sites") })
		synctest.Wait()
		for range 2 { // in line, and when it comes
			took, err := askOf(WithClass(t.Context(), ForReport), c, "sites")
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, RateLimited, e.Kind)
			require.True(t, e.NotAsked)
			require.Equal(t, time.Minute, e.RetryAfter)
			require.LessOrEqual(t, took, 5*time.Second)
		}
		asked.Wait()
		require.Equal(t, 1, s.Count())
	})
}

// hangs lets a method answer nobody, and asks for it once.
func hangs(t *testing.T, s *konturtest.Server, c *Client, method string) (ended *sync.WaitGroup, why *error) {
	s.Inject(konturtest.Fault{Method: method, Delay: time.Hour})
	ended, why = &sync.WaitGroup{}, new(error)
	ended.Go(func() { _, *why = askOf(t.Context(), c, method) })
	synctest.Wait()
	return ended, why
}

func TestARequestThatHangsGivesItsSlotToOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		after, want time.Duration
	}{
		{"that wait from the beginning", 0, 30 * time.Second},
		{"that come while it hangs", 20 * time.Second, 10 * time.Second},
		{"that come later", 45 * time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{RequestsPerSecond: 1e6}, []konturtest.Option{konturtest.WithMaxInFlight(1)}, func(t *testing.T, s *konturtest.Server, c *Client) {
				ended, why := hangs(t, s, c, "licences")
				time.Sleep(tt.after)
				took, err := askOf(t.Context(), c, "req")
				require.NoError(t, err)
				require.InDelta(t, tt.want.Seconds(), took.Seconds(), 0.001)
				ended.Wait()
				var e *Error
				require.ErrorAs(t, *why, &e)
				require.Equal(t, Unavailable, e.Kind)
				require.Equal(t, "nothing was heard for 30s, and others wait", e.Text)
				require.Equal(t, 1, s.MaxConcurrent(), "to the server, one that hangs is in flight")
			})
		})
	}
}

func TestOnlyAsManyGiveTheirSlotsAsOthersNeed(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6, Concurrency: 3}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		var hanging []*sync.WaitGroup
		for range 3 {
			ended, _ := hangs(t, s, c, "licences")
			hanging = append(hanging, ended)
			time.Sleep(time.Second)
		}
		start := time.Now()
		took, err := askOf(t.Context(), c, "req")
		require.NoError(t, err)
		require.InDelta(t, 27, took.Seconds(), 0.001, "the one that hung for longest")
		for _, ended := range hanging {
			ended.Wait()
		}
		require.InDelta(t, 119, time.Since(start).Seconds(), 0.001, "the others have all their time")
	})
}

// drip answers with a byte every ten seconds.
type drip struct{ next inProcess }

func (d drip) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Path, "licences") {
		return d.next.RoundTrip(req)
	}
	r, w := io.Pipe()
	go func() {
		for _, c := range []byte("[       ]") {
			select {
			case <-time.After(10 * time.Second):
				_, _ = w.Write([]byte{c})
			case <-req.Context().Done():
				_ = w.CloseWithError(req.Context().Err())
				return
			}
		}
		_ = w.Close()
	}()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: r, ContentLength: -1}, nil
}

func TestAnAnswerThatComesSlowlyIsLeftItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := konturtest.New()
		defer s.Close()
		c, err := newClient(Options{Key: secret.New(s.Key())}, drip{inProcess{s}})
		require.NoError(t, err)
		var slow sync.WaitGroup
		slow.Go(func() {
			took, err := askOf(t.Context(), c, "licences")
			require.NoError(t, err)
			require.Equal(t, 90*time.Second, took)
		})
		synctest.Wait()
		took, err := askOf(t.Context(), c, "req")
		require.NoError(t, err)
		require.InDelta(t, 90, took.Seconds(), 0.001)
		slow.Wait()
	})
}

// A method that hangs takes half of a slot's time at most, however many ask for it.
func TestAMethodThatHungIsLeftAloneForAsLong(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		ended, _ := hangs(t, s, c, "sites") // whose time for an answer is 30 s, whoever waits
		ended.Wait()
		took, err := askOf(WithClass(t.Context(), ForReport), c, "sites")
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, Unavailable, e.Kind)
		require.True(t, e.NotAsked)
		require.Zero(t, e.RetryAfter, "the server has not asked for it")
		require.Zero(t, took, "a report is told at once")
		for range 100 {
			took, err := askOf(t.Context(), c, "req")
			require.NoError(t, err)
			require.Less(t, took, time.Millisecond)
		}
		s.ClearFaults()
		took, err = askOf(t.Context(), c, "sites")
		require.NoError(t, err)
		require.InDelta(t, 30, took.Seconds(), 0.01, "a pass waits in line")
		require.Equal(t, 2, s.Count("sites"))
	})
}

// A report with little time must not hold a slot for it again and again either.
func TestAMethodThatHungForLittleTimeIsLeftAloneForThat(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.Fault{Method: "sites", Times: 1, Delay: time.Hour})
		_, err := askOf(WithAllowance(t.Context(), NewAllowance(3*time.Second)), c, "sites")
		require.Error(t, err)
		took, err := askOf(t.Context(), c, "sites")
		require.NoError(t, err)
		require.InDelta(t, 3, took.Seconds(), 0.001)
	})
}

func TestAQuestionThatTookTooLongIsHalved(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		var inns []string
		for n := range 100 {
			inns = append(inns, konturtest.INN(n+1))
		}
		all := counterparty.Askable(counterparty.INN, inns)
		s.Inject(konturtest.Fault{Method: "licences", Times: 1, Delay: time.Hour})
		var hung sync.WaitGroup
		hung.Go(func() { _, _ = c.Query(t.Context(), "licences", all, forget) })
		synctest.Wait()
		require.NoError(t, ask(t.Context(), c))
		hung.Wait()
		calls, err := c.Query(t.Context(), "licences", all, forget)
		require.NoError(t, err)
		require.Equal(t, 2, calls)
		calls, err = c.Query(t.Context(), "licences", all, forget)
		require.NoError(t, err)
		require.Equal(t, 1, calls, "it has answered since")
	})
}

// A report asks about one company: that it hung says nothing about how many can be asked about.
func TestAQuestionAboutOneThatTookTooLongHalvesNoOther(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		var inns []string
		for n := range 100 {
			inns = append(inns, konturtest.INN(n+1))
		}
		s.Inject(konturtest.Fault{Method: "licences", Times: 1, Delay: time.Hour})
		var hung sync.WaitGroup
		hung.Go(func() { _, _ = askOf(WithClass(t.Context(), ForReport), c, "licences") })
		synctest.Wait()
		require.NoError(t, ask(t.Context(), c))
		hung.Wait()
		calls, err := c.Query(t.Context(), "licences", counterparty.Askable(counterparty.INN, inns), forget)
		require.NoError(t, err)
		require.Equal(t, 1, calls)
	})
}
