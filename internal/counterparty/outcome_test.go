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
		counterparty.InvalidID, counterparty.Rejected, counterparty.Failed, counterparty.Gone,
	} {
		for range i + 1 { // another number for each, so that none can stand for another
			all.Add(outcome)
		}
	}
	require.Equal(t, 36, all.Total())
	data, err := json.Marshal(all.Plus(all))
	require.NoError(t, err)
	require.JSONEq(t, `{"updated": 2, "unchanged": 4, "notFound": 6, "ambiguous": 8, "invalidId": 10, "rejected": 12, "failed": 14, "gone": 16}`, string(data))
	require.Panics(t, func() { all.Add("updated") })
}

func TestEmptied_countsValuesThatVanish(t *testing.T) {
	t.Parallel()
	outcome := counterparty.NodeOutcome{Changes: []counterparty.Change{
		{Attribute: "a", Was: "x", Became: nil}, {Attribute: "b", Was: "x", Became: " "}, {Attribute: "c", Was: "x", Became: []any{}},
		{Attribute: "d", Was: "x", Became: []any{""}}, {Attribute: "e", Was: "x", Became: "y"}, {Attribute: "f", Was: "x", Became: false},
		{Attribute: "g", Was: nil, Became: 0.0}, {Attribute: "h", Was: "x", Became: counterparty.Cut{Characters: 5000}},
	}}
	require.Equal(t, 4, outcome.Emptied())
	outcome.Untold = &counterparty.Untold{Changes: 3, Emptied: 2}
	require.Equal(t, 6, outcome.Emptied(), "those that there was no room for count")
}
