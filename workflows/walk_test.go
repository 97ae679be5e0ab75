package workflows_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// Whatever fails, and however many batches are in flight and are read ahead: each node is written, none is counted twice, and what is
// committed at any moment is all up to the checkpoint.
func TestWalkIsWholeWhateverFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(seed, 7))
			nodes := int64(chance.IntN(300))
			w := newWorld(t, nodes)
			failures := chance.IntN(8)
			fails := func(oneIn int) error {
				switch {
				case failures == 0 || chance.IntN(oneIn) > 0:
					return nil
				case chance.IntN(4) == 0:
					failures--
					return busy(time.Duration(1+chance.IntN(90)) * time.Second)
				}
				failures--
				return unavailable("down")
			}
			w.fetch = func(pass.FetchBatchRequest) error { return fails(10) }
			w.query = func(pass.QuerySourceRequest, int) error { return fails(20) }
			w.update = func(pass.DiffAndUpdateRequest, int64) error { return fails(20) }
			w.register = func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
				result := w.knows(r)
				result.Bytes = []int{0, 60_000, 900_000, pass.MaxAnswerBytes}[chance.IntN(4)]
				return result, nil
			}
			sync := looking(1 + chance.IntN(20))
			sync.BatchSize = ptr(1 + chance.IntN(20))
			sync.RetryDelays = &[]pass.Duration{pass.Duration(time.Second), pass.Duration(time.Second), pass.Duration(time.Second),
				pass.Duration(time.Second), pass.Duration(time.Second), pass.Duration(time.Second), pass.Duration(time.Second), pass.Duration(time.Second)}
			if chance.IntN(4) == 0 {
				sync.MaxChanged = ptr(1000)
			}
			for second := range 20 {
				w.env.RegisterDelayedCallback(func() {
					state := w.state(t)
					if state.LastModifiedNodeDbid != nil {
						require.Equal(t, *state.LastModifiedNodeDbid, state.CountProcessedNodes)
					}
				}, time.Duration(1+5*second)*time.Second)
			}
			w.run(sync)
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, counterparty.Counts{Updated: int(nodes)}, result.Counts)
			require.Len(t, w.updated, int(nodes))
			for dbid, times := range w.updated {
				require.Equal(t, 1, times, "node %d", dbid)
			}
		})
	}
}
