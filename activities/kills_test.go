package activities_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

// Whatever dies, and wherever: what is told is what the repository saw, each write once.
func TestKills_everyWriteIsToldOnce(t *testing.T) {
	t.Parallel()
	w := &world{}
	var err error
	w.mapping, err = mapping.Parse([]byte(twoAttributesWith("always")))
	require.NoError(t, err)
	eachSeed(t, func(t *testing.T, seed uint64) {
		c := &chance{rand: rand.New(rand.NewPCG(seed, 1)), trouble: int(seed%3) * 2}
		w := *w
		w.repository = fakeRepository{look: c.look, update: c.update}
		request := batchOf(t, &w, c, 12, nil)
		if seed%2 == 0 {
			request.Budget = budget(9, -1)
		}
		result := toTheEnd(t, &w, c, request, 1+int(seed%8))
		require.Nil(t, result.Evidence, "seed %d", seed)
		sure, unsure := writesOf(result)
		require.ElementsMatch(t, wordsOfAll(c.wrote), sure, "seed %d", seed)
		require.Empty(t, unsure, "seed %d: nobody has edited anything", seed)
		require.Equal(t, counterparty.Counts{Updated: 9, Unchanged: 3}, result.Counts, "seed %d", seed)
		require.Len(t, c.wrote, 9, "seed %d: nothing is written twice", seed)
	})
}

// seeds is how many worlds a test of kills makes, several at a time: they mostly wait.
const seeds, seedsAtOnce = 240, 8

func eachSeed(t *testing.T, test func(t *testing.T, seed uint64)) {
	t.Helper()
	for first := range uint64(seedsAtOnce) {
		t.Run(fmt.Sprintf("seeds from %d", first), func(t *testing.T) {
			t.Parallel()
			for seed := first; seed < seeds; seed += seedsAtOnce {
				test(t, seed)
			}
		})
	}
}

// People edit all the while. What is told as sure was seen by the repository, and what it saw is told, if only as unsure.
func TestKills_whatPeopleEditMeanwhileMakesUnsureAndNeverWrong(t *testing.T) {
	t.Parallel()
	var uncertain atomic.Int32
	t.Cleanup(func() { require.NotZero(t, uncertain.Load(), "nothing was ever unsure: the test tests nothing") })
	for _, policy := range []string{"always", "ifEmpty"} {
		w := &world{}
		var err error
		w.mapping, err = mapping.Parse([]byte(twoAttributesWith(policy)))
		require.NoError(t, err)
		eachSeed(t, func(t *testing.T, seed uint64) {
			c := &chance{rand: rand.New(rand.NewPCG(seed, 2)), trouble: int(seed % 3), people: 1 + int(seed%4)*2}
			w := *w
			w.repository = fakeRepository{look: c.look, update: c.update}
			result := toTheEnd(t, &w, c, batchOf(t, &w, c, 12, nil), 1+int(seed%8))
			sure, unsure := writesOf(result)
			seen := wordsOfAll(c.wrote)
			for _, text := range sure {
				at := slices.Index(seen, text)
				require.GreaterOrEqual(t, at, 0, "%s, seed %d: never written: %s\n%v", policy, seed, text, seen)
				seen = slices.Delete(seen, at, at+1)
			}
			for _, text := range seen {
				require.Contains(t, unsure, text, "%s, seed %d: not told", policy, seed)
			}
			uncertain.Add(int32(len(unsure)))
		})
	}
}
