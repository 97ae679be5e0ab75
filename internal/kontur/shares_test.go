package kontur

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// enter is a turn of req, without a way to end it.
func enter(ctx context.Context, p *pacer) (leave func(), err error) {
	w, err := p.enter(ctx, "req", func() {})
	if err != nil {
		return nil, err
	}
	return func() { p.leave(w) }, nil
}

// line lets some of each class wait for a pacer, in the order of the text: p of a pass, r of a report. It returns whose
// turns there were, in their order, and the places that they had within their class.
func line(t *testing.T, p *pacer, text string) (turns string, places map[Class][]int) {
	t.Helper()
	places = map[Class][]int{}
	var order strings.Builder
	var mu sync.Mutex
	var all sync.WaitGroup
	hold, err := enter(t.Context(), p)
	require.NoError(t, err)
	count := map[Class]int{}
	for _, letter := range text {
		class := ForPass
		if letter == 'r' {
			class = ForReport
		}
		place := count[class]
		count[class]++
		all.Go(func() {
			leave, err := enter(WithClass(t.Context(), class), p)
			if err != nil {
				return
			}
			mu.Lock()
			order.WriteByte(class.String()[0])
			places[class] = append(places[class], place)
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			leave()
		})
		synctest.Wait()
	}
	hold()
	all.Wait()
	return order.String(), places
}

func TestClassesThatBothWaitGetTheirShares(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("r", 30)
	for _, tt := range []struct {
		name, waits string
		percent     int
		want        string
	}{
		{"they take turns, whoever came first", "rrrrrrpppp", 50, "prprprprrr"},
		{"reports get a quarter", "rrrrpppppppp", 25, "prppprppprpr"},
		{"reports get nine of ten", many + "ppp", 90, "p" + strings.Repeat("r", 9) + "p" + strings.Repeat("r", 9) + "p" + strings.Repeat("r", 12)},
		{"one percent is a turn after all", "rr" + strings.Repeat("p", 120), 1, "pr" + strings.Repeat("p", 99) + "r" + strings.Repeat("p", 20)},
		{"reports alone take all", many, 1, many},
		{"passes alone take all", "pppp", 99, "pppp"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turns, places := line(t, newPacer(1e6, 1, tt.percent, time.Hour), tt.waits)
				require.Equal(t, tt.want, turns)
				for class, had := range places {
					require.True(t, slices.IsSorted(had), "%s: first come, first served: %v", class, had)
				}
			})
		})
	}
}

func TestAPassThatComesLateStandsBehindNoReport(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 5}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		reports, stop := context.WithCancel(WithClass(t.Context(), ForReport))
		var all sync.WaitGroup
		for range 400 {
			all.Go(func() { _ = ask(reports, c) })
		}
		synctest.Wait()
		time.Sleep(10 * time.Second)
		start := time.Now()
		for range 20 {
			require.NoError(t, ask(t.Context(), c))
		}
		took := time.Since(start)
		require.InDelta(t, 20*2/5.0, took.Seconds(), 0.5, "20 requests at half the rate, and not after 350 others")
		stop()
		all.Wait()
	})
}

// TestASourceThatHangsTakesNoMoreThanItsShare: with one slot, a report that hangs for 30 s keeps a pass waiting once, and
// not before each of its requests.
func TestASourceThatHangsTakesNoMoreThanItsShare(t *testing.T) {
	t.Parallel()
	for _, hanging := range []Class{ForReport, ForPass} {
		bubble(t, Options{RequestsPerSecond: 5}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
			s.Inject(konturtest.Fault{Method: "sites", Delay: time.Hour})
			hang, stop := context.WithCancel(WithClass(t.Context(), hanging))
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					_, _ = c.Query(hang, "sites", counterparty.Askable(counterparty.INN, []string{someINN}), func(Item) error { return nil })
				})
			}
			synctest.Wait()
			start := time.Now()
			var batches sync.WaitGroup
			for range 4 { // as many as a pass has ahead
				batches.Go(func() {
					for range 10 {
						require.NoError(t, ask(WithClass(t.Context(), hanging.other()), c))
					}
				})
			}
			batches.Wait()
			require.InDelta(t, 30+40/5, time.Since(start).Seconds(), 1, "%s: one that hangs for 30 s, and then 40 turns", hanging)
			stop()
			all.Wait()
		})
	}
}

// TestOneThatHangsAgainAndAgainTakesNoMoreThanItsShare: nobody of its class stands in line while it hangs, and it comes
// again as soon as it has failed.
func TestOneThatHangsAgainAndAgainTakesNoMoreThanItsShare(t *testing.T) {
	t.Parallel()
	for _, hanging := range []Class{ForReport, ForPass} {
		synctest.Test(t, func(t *testing.T) {
			p := newPacer(5, 1, 50, time.Hour)
			hang, stop := context.WithCancel(WithClass(t.Context(), hanging))
			var all sync.WaitGroup
			all.Go(func() {
				for {
					leave, err := enter(hang, p)
					if err != nil {
						return
					}
					time.Sleep(30 * time.Second)
					leave()
					time.Sleep(time.Second)
				}
			})
			synctest.Wait()
			start := time.Now()
			for range 40 {
				leave, err := enter(WithClass(t.Context(), hanging.other()), p)
				require.NoError(t, err)
				time.Sleep(10 * time.Millisecond)
				leave()
			}
			require.InDelta(t, 30+40/5, time.Since(start).Seconds(), 1, "%s: one that hangs for 30 s, and then 40 turns", hanging)
			stop()
			all.Wait()
		})
	}
}

func TestWhoGivesUpLosesNoTurnOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(10, 1, 50, time.Hour)
		leave, err := enter(t.Context(), p)
		require.NoError(t, err)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, class := range []Class{ForPass, ForReport} {
			_, err = enter(WithClass(short, class), p)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		leave()
		for range 3 {
			leave, err = enter(t.Context(), p)
			require.NoError(t, err)
			leave()
		}
	})
}

func TestAPauseTellsThoseInLineAtOnceWhomItOutlasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1e6, 1, 50, time.Hour)
		leave, err := enter(t.Context(), p)
		require.NoError(t, err)
		var all sync.WaitGroup
		all.Go(func() {
			short, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := enter(WithClass(short, ForReport), p)
			var pause *pauseError
			require.ErrorAs(t, err, &pause)
		})
		synctest.Wait()
		start := time.Now()
		p.limit("req", time.Hour)
		all.Wait()
		require.Zero(t, time.Since(start))
		leave()
	})
}

func TestTheRateIsNeverExceeded(t *testing.T) {
	t.Parallel()
	p := newPacer(1000, 8, 50, time.Hour)
	start := time.Now()
	for range 200 {
		leave, err := enter(t.Context(), p)
		require.NoError(t, err)
		leave()
	}
	require.GreaterOrEqual(t, time.Since(start), 199*time.Millisecond, "by the real clock, whose timers ring late")
}

func TestClientsShareTheRate(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 10}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		c.ShareRate(2)
		asks := func(n int, classes ...Class) time.Duration {
			start := time.Now()
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() { require.NoError(t, ask(WithClass(t.Context(), classes[i%len(classes)]), c)) })
			}
			all.Wait()
			return time.Since(start)
		}
		require.InDelta(t, 4, asks(20, ForPass).Seconds(), 0.3, "half of the rate, whoever asks")
		require.InDelta(t, 4, asks(20, ForPass, ForReport).Seconds(), 0.3)
		c.ShareRate(1)
		require.InDelta(t, 2, asks(20, ForReport).Seconds(), 0.3, "the other one has gone")
	})
}
