package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// latest is the pass as its query shows it.
func (w *world) latest(t *testing.T) pass.Result {
	t.Helper()
	var result pass.Result
	value, err := w.env.QueryWorkflow(string(pass.ProgressQuery))
	require.NoError(t, err)
	require.NoError(t, value.Get(&result))
	return result
}

// wake does what a starting worker does.
func (w *world) wake(t *testing.T) {
	t.Helper()
	if r := w.latest(t); r.Status == pass.RetryWaiting {
		w.env.SignalWorkflow(string(pass.RetrySignal), pass.Retry{ResetTries: true, NextTry: r.NextTry})
	}
}

// wakeEvery wakes the pass again and again, and calls f before.
func (w *world) wakeEvery(t *testing.T, pause time.Duration, f func(pass.Result)) {
	t.Helper()
	for n := range 100 {
		w.env.RegisterDelayedCallback(func() { f(w.latest(t)); w.wake(t) }, time.Duration(n+1)*pause)
	}
}

// Workers that crash or roll out one after the other must not keep a pass from ERROR, and a person's retries stay free.
func TestStartsOfWorkersWakeAPassABoundedNumberOfTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	var seen []pass.Result
	w.wakeEvery(t, 5*time.Second, func(r pass.Result) { seen = append(seen, r) })
	w.run(config())
	result := w.failure(t)
	require.Equal(t, 3, result.TryCount)
	require.Equal(t, pass.MaxWakes, result.Wakes)
	require.Equal(t, pass.MaxWakes+4, w.queries, "one call for each wake, then one and three retries")
	for i, r := range seen[:pass.MaxWakes+1] {
		require.Equal(t, i, r.Wakes)
		require.Equal(t, 1, r.TryCount, "the tries begin anew")
	}
}

func TestAWakeMeansOneWaitAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	var first pass.Result
	w.env.RegisterDelayedCallback(func() {
		first = w.latest(t)
		w.wake(t)
		w.wake(t) // of two workers that start at once
	}, 5*time.Second)
	var second, third pass.Result
	w.env.RegisterDelayedCallback(func() {
		second = w.latest(t)
		w.env.SignalWorkflow(string(pass.RetrySignal), pass.Retry{ResetTries: true, NextTry: first.NextTry}) // of one that was slow
	}, 7*time.Second)
	w.env.RegisterDelayedCallback(func() { third = w.latest(t) }, 9*time.Second)
	w.run(config())
	require.Equal(t, 1, second.Wakes)
	require.NotEqual(t, first.NextTry, second.NextTry)
	require.Equal(t, second.State, third.State)
	require.Equal(t, 1, w.failure(t).Wakes)
}

func TestCommittedBatchClearsTheWakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	failed := map[string]int{}
	w.query = func(r pass.QuerySourceRequest, _ int) error {
		if failed[r.IDs[0]]++; failed[r.IDs[0]] <= pass.MaxWakes {
			return unavailable("down")
		}
		return nil
	}
	w.wakeEvery(t, time.Second, func(pass.Result) {})
	one := 1
	sync := config()
	sync.Lookahead = &one
	start := w.env.Now()
	w.run(sync)
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Zero(t, w.result(t).Wakes)
	require.Less(t, w.env.Now().Sub(start), time.Minute, "each of six batches was woken as often as may be")
}
