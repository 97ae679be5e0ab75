package activities_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// digested are writes with the digest in the place of each value.
func digested(writes []counterparty.NodeOutcome) []counterparty.NodeOutcome {
	writes = slices.Clone(writes)
	for i := range writes {
		writes[i].Changes = slices.Clone(writes[i].Changes)
		for n, c := range writes[i].Changes {
			writes[i].Changes[n].Was, writes[i].Changes[n].Became = counterparty.Digest(c.Was), counterparty.Digest(c.Became)
		}
	}
	return writes
}

// Texts that heartbeats have no room for, and texts that nothing tells whole, make no difference to any of that.
func TestKills_everyWriteOfLongValuesIsToldOnce(t *testing.T) {
	t.Parallel()
	w := &world{}
	var err error
	w.mapping, err = mapping.Parse([]byte(twoAttributesWith("always")))
	require.NoError(t, err)
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			killedAmongLongValues(t, *w, seed)
		})
	}
}

func killedAmongLongValues(t *testing.T, w world, seed uint64) {
	t.Helper()
	c := &chance{rand: rand.New(rand.NewPCG(seed, 3)), trouble: int(seed%3) * 2}
	w.repository = fakeRepository{look: c.look, update: c.update}
	length := []int{3_900, 30_000}[seed%2]
	request := batchOf(t, &w, c, 24, func(p counterparty.Projection) { p.Values["idocs:kpp"] = strings.Repeat("Щ", length) })
	for i, id := range c.order {
		c.nodes[id]["idocs:okpo"] = strings.Repeat("Ж", length+i)
	}
	request.Room = pass.LoadOf(pass.MaxLookahead, 0, []int{0}).Room
	result := toTheEnd(t, &w, c, request, 1+int(seed%8))
	told := slices.Concat(result.Earlier, result.Nodes)
	require.False(t, slices.ContainsFunc(told, func(o counterparty.NodeOutcome) bool { return o.Unsure }), "nobody has edited anything")
	require.ElementsMatch(t, wordsOfAll(digested(c.wrote)), wordsOfAll(digested(told)))
	require.Equal(t, counterparty.Counts{Updated: 24}, result.Counts)
	require.Len(t, c.wrote, 24, "nothing is written twice")
}
