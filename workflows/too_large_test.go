package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// fits answers about so many at most.
func fits(most int) func(pass.QuerySourceRequest, int) error {
	return func(request pass.QuerySourceRequest, _ int) error {
		if len(request.IDs) > most {
			return temporal.NewNonRetryableApplicationError("too large", pass.FailureTooLarge, nil, pass.FailureDetails{Hint: pass.HintTooLarge})
		}
		return nil
	}
}

// What one payload can't hold comes in two, and nobody has to be told.
func TestPassHalvesBatchesThatNoPayloadHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25)
	w.query = fits(3)
	sync := config()
	sync.BatchSize = new(10)
	w.run(sync)
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.EqualValues(t, 25, result.CountProcessedNodes)
	require.EqualValues(t, 25, result.Counts.Updated)
	require.EqualValues(t, 25, result.Asked, "what is committed counts")
	require.EqualValues(t, 9, result.Batches, "of three")
	require.Zero(t, result.TryCount)
	for dbid := range int64(25) {
		require.Equal(t, 1, w.updated[dbid+1])
	}
}

func TestPassGivesUpWhereOneNodeIsMoreThanAPayload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	w.query = fits(0)
	w.run(config())
	result := w.failure(t)
	require.Contains(t, *result.Error, pass.HintTooLarge)
	require.Zero(t, result.CountProcessedNodes)
}
