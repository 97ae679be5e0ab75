package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// crowd counts the batches that are in flight at once, and those of them that are being written.
type crowd struct {
	inFlight, mostInFlight, writing, mostWriting int
	rooms                                        []int
}

// crowded is a world of slow answers and slow writes, of which each has so many bytes.
func crowded(t *testing.T, nodes int64, bytes func(call int) int, announced int) (*world, *crowd) {
	t.Helper()
	w, c := newWorld(t, nodes), &crowd{}
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(10 * time.Second).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
		result, err := w.querySource(r)
		w.mu.Lock()
		defer w.mu.Unlock()
		result.Bytes = bytes(w.queries)
		return result, err
	})
	w.env.OnActivity(string(pass.DiffAndUpdate), mock.Anything).After(10 * time.Second).Return(func(r pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
		result, err := w.diffAndUpdate(r)
		result.Announced = announced
		w.mu.Lock()
		defer w.mu.Unlock()
		c.rooms = append(c.rooms, r.Room)
		return result, err
	})
	w.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch info.ActivityType.Name {
		case string(pass.QuerySource):
			c.inFlight++
		case string(pass.DiffAndUpdate):
			c.writing++
		}
		c.mostInFlight, c.mostWriting = max(c.mostInFlight, c.inFlight), max(c.mostWriting, c.writing)
	})
	w.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if info.ActivityType.Name == string(pass.DiffAndUpdate) {
			c.inFlight--
			c.writing--
		}
	})
	return w, c
}

func always(bytes int) func(int) int { return func(int) int { return bytes } }

func TestBatchesInFlightAreBoundedByWhatTheyWeigh(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bytes     func(call int) int
		announced int
		flight    int
		write     [2]int // at least and at most
		room      int
	}{
		"small":                 {always(60_000), 10_000, 16, [2]int{8, 16}, 243_750},
		"large answers":         {always(600_000), 10_000, 12, [2]int{8, 12}, 243_750},
		"the largest answers":   {always(pass.MaxAnswerBytes), 10_000, 4, [2]int{3, 4}, 243_750},
		"much is announced":     {always(60_000), 300_000, 16, [2]int{6, 6}, 600_000},
		"as much as may be":     {always(60_000), pass.MaxRoom, 16, [2]int{4, 4}, pass.MaxRoom},
		"nothing is announced":  {always(60_000), 0, 16, [2]int{8, 16}, 243_750},
		"large ones come later": {func(call int) int { return map[bool]int{call > 4: pass.MaxAnswerBytes}[true] }, 0, 16, [2]int{8, 16}, 243_750},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := crowded(t, 500, tt.bytes, tt.announced)
			w.run(config())
			require.Equal(t, counterparty.Counts{Updated: 500}, w.result(t).Counts)
			require.Equal(t, tt.flight, c.mostInFlight)
			require.GreaterOrEqual(t, c.mostWriting, tt.write[0])
			require.LessOrEqual(t, c.mostWriting, tt.write[1])
			require.Equal(t, pass.MaxRoom, c.rooms[0], "nothing is known of what the first ones announce")
			require.Equal(t, tt.room, c.rooms[len(c.rooms)-1])
		})
	}
}

// Neither the answers nor the writes wait for each other for ever.
func TestBatchThatIsLargerThanWhatIsSharedGoesAlone(t *testing.T) {
	t.Parallel()
	w, c := crowded(t, 100, always(pass.MaxAnswerBytes), pass.MaxTold)
	w.run(looking(1))
	require.Equal(t, counterparty.Counts{Updated: 100}, w.result(t).Counts)
	require.Equal(t, 1, c.mostInFlight)
}

// A brake lets one batch be written at a time, while others are asked about.
func TestBrakeBoundsTheAnswersThatWait(t *testing.T) {
	t.Parallel()
	w, c := crowded(t, 300, always(pass.MaxAnswerBytes), 0)
	w.run(braked(1000))
	require.Equal(t, counterparty.Counts{Updated: 300}, w.result(t).Counts)
	require.Equal(t, 4, c.mostInFlight)
	require.Equal(t, 1, c.mostWriting)
}

// Batches that wait for one before them to be committed hold no answers any more.
func TestBatchesThatAreWrittenWeighNothing(t *testing.T) {
	t.Parallel()
	w, _ := crowded(t, 300, always(pass.MaxAnswerBytes), 0)
	tries, written := 0, 0
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 10 && tries == 0 {
			tries++
			return busy(25 * time.Minute)
		}
		return nil
	}
	w.env.RegisterDelayedCallback(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		written = len(w.updated)
	}, 20*time.Minute)
	w.run(config())
	require.Equal(t, counterparty.Counts{Updated: 300}, w.result(t).Counts)
	require.Equal(t, 150, written, "all that may be in flight but the first one")
}
