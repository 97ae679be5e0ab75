package kontur

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

// atATime asks four questions about 25 companies each at a time, and returns what came of them and how long it took.
func atATime(t *testing.T, c *Client) (failing [4][]Failing, errs [4]error, took time.Duration) {
	began := time.Now()
	var questions sync.WaitGroup
	for i := range 4 {
		questions.Go(func() {
			apart, err := c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(25*i+1, 25*i+25))}, &kept{})
			failing[i], errs[i] = apart.Failing, err
		})
	}
	questions.Wait()
	return failing, errs, time.Since(began)
}

func TestOneSearchShowsThatNobodyGoesThrough(t *testing.T) {
	t.Parallel()
	for _, poison := range konturtest.Poisons() {
		bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
			s.Inject(poison.In("req", inns(1, 100)...))
			_, errs, took := atATime(t, c)
			for _, err := range errs {
				require.Error(t, err)
			}
			require.LessOrEqual(t, s.Count(), maxInVain+3)
			require.Less(t, took, 10*time.Minute)
			require.Empty(t, c.turns.of[searchKind{method: "req"}].busy)

			// Those that fail later are searched anew.
			s.ClearFaults()
			s.Inject(poison.In("req", konturtest.INN(3)))
			time.Sleep(time.Minute)
			failing, errs, _ := atATime(t, c)
			require.Equal(t, [4]error{}, errs)
			require.Len(t, failing[0], 1)
		})
	}
}

func TestSearchesGoOnOneAfterTheOther(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6, Concurrency: 4}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.ServerError.In("req", konturtest.INN(1), konturtest.INN(30), konturtest.INN(75), konturtest.INN(100)))
		failing, errs, _ := atATime(t, c)
		require.Equal(t, [4]error{}, errs)
		for i, n := range []int{1, 30, 75, 100} {
			require.Len(t, failing[i], 1)
			require.Equal(t, konturtest.INN(n), failing[i][0].ID.String())
		}
	})
}

// A question most of whose companies fail shows nothing about others.
func TestSearchThatOthersWentThroughSpeaksForNobodyElse(t *testing.T) {
	t.Parallel()
	bubble(t, Options{RequestsPerSecond: 1e6}, nil, func(t *testing.T, s *konturtest.Server, c *Client) {
		s.Inject(konturtest.ServerError.In("req", append(inns(1, 8), konturtest.INN(30))...))
		release, _, err := c.turns.begin(t.Context(), searchKind{method: "req"}, time.Time{})
		require.NoError(t, err)
		var questions sync.WaitGroup
		ask := func(first, last int) (apart *Apart, failed *error) {
			apart, failed = new(Apart), new(error)
			questions.Go(func() {
				*apart, *failed = c.QueryApart(t.Context(), Question{Method: "req", IDs: askable(inns(first, last))}, &kept{})
			})
			synctest.Wait() // until its first request has failed, so that it waits for its turn
			return apart, failed
		}
		_, most := ask(1, 12)
		one, healthy := ask(26, 50)
		release(false)
		questions.Wait()
		require.Error(t, *most)
		require.NoError(t, *healthy)
		require.Len(t, one.Failing, 1)
	})
}
