package kontur

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func all(ids int) int { return ids }

func atOnce(time.Time) (func(bool), bool, error) { return func(bool) {}, false, nil }

// searchAmong searches where each request fails that holds one of the poisoned, and returns how many requests it took, and
// how many failed in a row at most.
func searchAmong(t *testing.T, ids, poisoned []counterparty.Identifier) (requests, inVain int) {
	t.Helper()
	row := 0
	s := newSearch(Question{IDs: ids}, &kept{}, time.Minute)
	s.share, s.turn = all, atOnce
	s.once = func(asked []counterparty.Identifier, within time.Duration, _ func(Item) error) (Call, error) {
		require.GreaterOrEqual(t, within, leastTimeout)
		require.LessOrEqual(t, within, max(leastTimeout, time.Minute*time.Duration(len(asked))/time.Duration(len(ids))))
		if slices.ContainsFunc(poisoned, func(id counterparty.Identifier) bool { return slices.Contains(asked, id) }) {
			row++
			inVain = max(inVain, row)
			return Call{}, newError("req", Unavailable, 500, "down")
		}
		row = 0
		return Call{}, nil
	}
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
	require.Equal(t, []int{16, 7}, []int{most, inVain}, "one")
	for i := range ids {
		for j := i + 1; j < len(ids); j += 7 {
			n, row := searchAmong(t, ids, []counterparty.Identifier{ids[i], ids[j]})
			most, inVain = max(most, n), max(inVain, row)
		}
	}
	require.LessOrEqual(t, most, 31, "two")
	require.LessOrEqual(t, inVain, 9)
}

// Where every so many requests fail, whatever they are about, nobody is to blame.
func TestFlappingIsNobodysPoison(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 10, 100} {
		for every := 2; every <= 5; every++ {
			for count := range every {
				s := newSearch(Question{IDs: askable(inns(1, n)), GiveUp: true, Known: askable(inns(101, 103))}, &kept{}, time.Minute)
				s.share, s.turn = all, atOnce
				s.once = func([]counterparty.Identifier, time.Duration, func(Item) error) (Call, error) {
					if count++; count%every == 0 {
						return Call{}, newError("req", Unavailable, 503, "busy")
					}
					return Call{}, nil
				}
				apart, err := s.run()
				require.NoError(t, err, "%d of %d", every, n)
				require.Empty(t, apart.Failing, "%d of %d", every, n)
			}
		}
	}
}
