package kontur

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

// searchAmong searches where each request fails that holds one of the poisoned, and returns how many requests it took, and
// how many failed in a row at most.
func searchAmong(t *testing.T, ids, poisoned []counterparty.Identifier) (requests, inVain int) {
	t.Helper()
	row := 0
	s := newSearch(Question{IDs: ids}, &kept{}, time.Minute, func(n int) int { return n },
		func(asked []counterparty.Identifier, within time.Duration, _ func(Item) error) (Call, error) {
			require.GreaterOrEqual(t, within, leastTimeout)
			require.LessOrEqual(t, within, max(leastTimeout, time.Minute*time.Duration(len(asked))/time.Duration(len(ids))))
			if slices.ContainsFunc(poisoned, func(id counterparty.Identifier) bool { return slices.Contains(asked, id) }) {
				row++
				inVain = max(inVain, row)
				return Call{}, newError("req", Unavailable, 500, "down")
			}
			row = 0
			return Call{}, nil
		})
	apart, err := s.run()
	require.NoError(t, err)
	require.Len(t, apart.Failing, len(poisoned))
	return apart.Calls, inVain
}

func TestSearchKeepsItsBounds(t *testing.T) {
	t.Parallel()
	ids := askable(inns(1, 100))
	most, inVain := 0, 0
	for i := range ids {
		n, row := searchAmong(t, ids, ids[i:i+1])
		most, inVain = max(most, n), max(inVain, row)
	}
	require.Equal(t, []int{15, 7}, []int{most, inVain}, "one")
	for i := range ids {
		for j := i + 1; j < len(ids); j += 7 {
			n, row := searchAmong(t, ids, []counterparty.Identifier{ids[i], ids[j]})
			most, inVain = max(most, n), max(inVain, row)
		}
	}
	require.LessOrEqual(t, most, 29, "two")
	require.LessOrEqual(t, inVain, 9)
}
