package konturtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

// A poisoned identifier spoils each request of its method that holds it, and no other.
func TestPoisonHitsWhateverHoldsIt(t *testing.T) {
	t.Parallel()
	for _, poison := range konturtest.Poisons() {
		fault := poison.In("req", konturtest.INN(2), konturtest.INN(3))
		require.True(t, fault.Status > 0 || fault.Trouble > 0 || fault.Delay > 0, poison)
		for _, tt := range []struct {
			ids  []string
			want bool
		}{
			{[]string{konturtest.INN(1)}, false},
			{[]string{konturtest.INN(2)}, true},
			{[]string{konturtest.INN(1), konturtest.INN(3)}, true},
			{nil, false},
		} {
			require.Equal(t, tt.want, fault.Match(konturtest.Request{IDs: tt.ids}), fmt.Sprint(poison, tt.ids))
		}
	}
}

func TestQuestionsCountTheirPartsOnce(t *testing.T) {
	t.Parallel()
	match := konturtest.Questions(2)
	for i, tt := range []struct {
		ids  int
		want bool
	}{{4, true}, {2, true}, {1, true}, {4, true}, {2, true}, {4, false}, {2, false}} {
		require.Equal(t, tt.want, match(konturtest.Request{IDs: make([]string, tt.ids)}), "%d", i)
	}
}
