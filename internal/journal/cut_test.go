package journal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

// A try that failed has less room to tell what it wrote than the try that tells it again, and a node beside others less
// than a node alone.
func TestReadTellsOnceWhatIsCutInOneTryAndWholeInAnother(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Ж", 3000)
	whole := []counterparty.NodeOutcome{updated("a", long)}
	cut := counterparty.Fit(whole, 1000)
	require.IsType(t, counterparty.Cut{}, cut[0].Changes[0].Became)
	other := counterparty.Fit([]counterparty.NodeOutcome{updated("a", long+"Щ")}, 1000)
	kept := func(value any) counterparty.NodeOutcome {
		return counterparty.NodeOutcome{NodeID: "b", Outcome: counterparty.NotFound, Reported: []counterparty.Change{{Attribute: "a:kept", Was: value, Became: "x"}}}
	}
	tests := []struct {
		name string
		give func(first, second *script)
		want int
	}{
		{"cut by the try that failed", func(first, second *script) {
			first.failed(t, []string{"a"}, unsure(cut[0]))
			second.batch(t, []string{"a"}, whole...)
		}, 1},
		{"cut by the try that ended well", func(first, second *script) {
			first.lost(t, []string{"a"}, unsure(whole[0]))
			second.batch(t, []string{"a"}, cut...)
		}, 1},
		{"another value, cut", func(first, second *script) {
			first.failed(t, []string{"a"}, unsure(other[0]))
			second.batch(t, []string{"a"}, whole...)
		}, 2},
		{"without a write", func(first, second *script) {
			first.batch(t, []string{"b"}, kept(long))
			second.batch(t, []string{"b"}, kept(counterparty.Told(strings.Repeat("Ж", 5000))), kept(cut[0].Changes[0].Became))
		}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var first, second script
			tt.give(&first, &second)
			got, _ := read(t, onePass(&first, &second))
			require.Equal(t, tt.want, len(got))
		})
	}
}
