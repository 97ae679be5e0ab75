package counterparty_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func TestCounts_countEveryOutcome(t *testing.T) {
	t.Parallel()
	var all counterparty.Counts
	for i, outcome := range []counterparty.Outcome{
		counterparty.Updated, counterparty.Unchanged, counterparty.NotFound, counterparty.Ambiguous,
		counterparty.InvalidID, counterparty.Rejected, counterparty.Gone,
	} {
		for range i + 1 { // another number for each, so that none can stand for another
			all.Add(outcome)
		}
	}
	require.Equal(t, 28, all.Total())
	data, err := json.Marshal(all.Plus(all))
	require.NoError(t, err)
	require.JSONEq(t, `{"updated": 2, "unchanged": 4, "notFound": 6, "ambiguous": 8, "invalidId": 10, "rejected": 12, "gone": 14}`, string(data))
	require.Panics(t, func() { all.Add("updated") })
}
