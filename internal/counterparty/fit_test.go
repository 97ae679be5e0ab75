package counterparty_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func jsonSize(t *testing.T, value any) int {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return len(data)
}

// batchOf are outcomes of a number of nodes, each with changes whose values have a number of characters.
func batchOf(nodes, changes, characters int) []counterparty.NodeOutcome {
	outcomes := make([]counterparty.NodeOutcome, nodes)
	for i := range outcomes {
		o := counterparty.NodeOutcome{NodeID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Outcome: counterparty.Updated, Reason: strings.Repeat("ё", characters)}
		for n := range changes {
			name := fmt.Sprintf("idocs:attributeNumber%d", n)
			o.Changes = append(o.Changes, counterparty.Change{Attribute: name, Was: strings.Repeat("<", characters), Became: strings.Repeat("Ж", characters), Source: "egrDetails"})
			o.Reported = append(o.Reported, counterparty.Change{Attribute: name, Was: strings.Repeat("\x01", characters), Became: "x", Source: "req", Reason: counterparty.KeptByHand})
		}
		outcomes[i] = o
	}
	return outcomes
}

func TestFit_staysWithinItsBound(t *testing.T) {
	t.Parallel()
	for _, most := range []int{100_000, 990_000} {
		for _, give := range [][3]int{{100, 1, 4000}, {100, 20, 200}, {100, 100, 100}, {100, 100, 5}, {1, 300, 4000}, {1, 1, 1_000_000}} {
			outcomes := batchOf(give[0], give[1], give[2])
			fitted := counterparty.Fit(outcomes, most)
			require.LessOrEqual(t, jsonSize(t, fitted), most, "%v", give)
			require.Len(t, fitted, len(outcomes))
			for i, o := range fitted {
				require.NotEmpty(t, o.Changes, "%v: one to know the write by", give)
				require.True(t, outcomes[i].SameChanges(o), "%v", give)
				require.Equal(t, outcomes[i].Emptied(), o.Emptied())
				reported := len(o.Reported)
				if o.Untold != nil {
					reported += o.Untold.Reported
				}
				require.Len(t, outcomes[i].Reported, reported)
			}
			require.Equal(t, fitted, counterparty.Fit(fitted, most), "%v: once more", give)
		}
	}
}

func TestFit_leavesWholeWhatFits(t *testing.T) {
	t.Parallel()
	outcomes := batchOf(20, 2, 500)
	require.Equal(t, outcomes, counterparty.Fit(outcomes, 990_000))
	require.Nil(t, counterparty.Fit(nil, 10))

	// One node with long values costs the others nothing.
	long := batchOf(100, 3, 80)
	long[7].Changes[0].Was = strings.Repeat("x", 3_000_000)
	fitted := counterparty.Fit(long, 990_000)
	require.Equal(t, 3_000_000, fitted[7].Changes[0].Was.(counterparty.Cut).Characters)
	fitted[7], long[7] = counterparty.NodeOutcome{}, counterparty.NodeOutcome{}
	require.Equal(t, long, fitted)
}

// What was fitted into a large room and then into a small one is what goes into the small one at once, as far as
// comparisons go: an announcement travels through heartbeat, failure and result.
func TestFit_manyTimesTellsTheSameChanges(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 0))
		outcomes := batchOf(1+r.IntN(20), 1+r.IntN(40), r.IntN(3000))
		for i := range outcomes {
			if r.IntN(3) == 0 {
				outcomes[i].Changes[len(outcomes[i].Changes)-1].Became = nil
			}
		}
		fitted := outcomes
		for range 4 {
			fitted = counterparty.Fit(fitted, 50_000+r.IntN(500_000))
		}
		for i := range outcomes {
			require.True(t, outcomes[i].SameChanges(fitted[i]), "seed %d", seed)
			require.Equal(t, outcomes[i].Emptied(), fitted[i].Emptied(), "seed %d", seed)
		}
	}
}
