package simulate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/simulate"
)

type skipping struct {
	name        string
	skip, times int
}

func (s skipping) Occurrence() (skip, times int) { return s.skip, s.times }

func TestFaultsHitInTheirOrder(t *testing.T) {
	t.Parallel()
	var faults simulate.Faults[skipping]
	remove := faults.Inject(skipping{"second", 1, 2}, skipping{"always", 0, 0})
	faults.Inject(skipping{"last", 0, 1})
	var met []string
	meet := func() {
		f, ok := faults.Meet(func(f skipping) bool { return true })
		require.Equal(t, ok, f.name != "")
		met = append(met, f.name)
	}
	for range 4 {
		meet()
	}
	remove()
	for range 2 {
		meet()
	}
	require.Equal(t, []string{"always", "second", "second", "always", "last", ""}, met)
}

func TestKeepDropsTheOldest(t *testing.T) {
	t.Parallel()
	var list []int
	for i := range 100 {
		if list = simulate.Keep(list, i, 30); i >= 30 {
			require.GreaterOrEqual(t, len(list), 27)
		}
		require.LessOrEqual(t, len(list), 30)
		require.Equal(t, i, list[len(list)-1])
	}
}
