package pass_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestLoadOf_roomIsTwiceTheLargestAnnouncement(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		lookahead int
		announced []int
		want      int
	}{
		{"nothing is known", 16, nil, 975_000},
		{"nothing is known of few", 2, nil, 975_000},
		{"nothing is written", 16, []int{0, 0}, 243_750},
		{"less than a share", 16, []int{100_000, 20_000}, 243_750},
		{"more than a share", 16, []int{100_000, 130_000, 20_000}, 260_000},
		{"as much as may be", 16, []int{700_000}, 975_000},
		{"a share of few", 4, []int{0}, 975_000},
		{"a share of most", 32, []int{0}, 150_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, pass.LoadOf(tt.lookahead, 1000, tt.announced).Room)
		})
	}
}

func TestLoad_whatIsWrittenAtOnceHasRoom(t *testing.T) {
	t.Parallel()
	for lookahead := 1; lookahead <= pass.MaxLookahead; lookahead++ {
		for _, bytes := range []int{0, 60_000, 500_000, pass.MaxAnswerBytes} {
			for _, announced := range [][]int{nil, {0}, {50_000}, {200_000}, {pass.MaxRoom}} {
				load := pass.LoadOf(lookahead, bytes, announced)
				var written []pass.Load
				for len(written) < lookahead && load.MayWrite(written...) {
					written = append(written, load)
				}
				n := len(written)
				require.NotZero(t, n)
				require.LessOrEqual(t, load.Room, pass.MaxTold)
				require.Less(t, n*pass.MaxAnnounced(load.Room), 4_000_000, "heartbeats are in the segment's mutable state together")
				require.LessOrEqual(t, n*pass.MaxHandedOver(load.Room), pass.MaxHandedOverTogether, "they travel to the next segment in one payload")
				require.GreaterOrEqual(t, load.Room, 150_000, "an attempt tells at once what the try before has handed over")
				require.Less(t, n*(bytes+pass.MaxHandedOver(load.Room)), 4_000_000, "inputs are sent in one workflow task")
			}
		}
	}
}

func TestLoad_batchesWaitForEachOtherOnlyWhereTheyAreLarge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		bytes     int
		announced []int
		want      int
	}{
		{"small ones", 60_000, []int{100_000}, 16},
		{"at first", 60_000, nil, 4},
		{"much is announced", 60_000, []int{400_000}, 4},
		{"large answers", 500_000, []int{0}, 6},
		{"the largest answers", pass.MaxAnswerBytes, nil, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			load := pass.LoadOf(16, tt.bytes, tt.announced)
			require.True(t, load.MayWrite(slices.Repeat([]pass.Load{load}, tt.want-1)...))
			if tt.want < 16 {
				require.False(t, load.MayWrite(slices.Repeat([]pass.Load{load}, tt.want)...))
			}
		})
	}
	require.True(t, pass.Load{Room: 5_000_000, Input: 5_000_000}.MayWrite(), "one alone always goes")
}

func TestMaxHandedOver_anOldRequestNamesNoRoom(t *testing.T) {
	t.Parallel()
	require.Equal(t, 150_000, pass.MaxAnnounced(0))
	require.Equal(t, pass.MaxHandedOver(150_000), pass.MaxHandedOver(0))
	require.Equal(t, 150_000, pass.MaxHandedOver(pass.MaxRoom))
}

func TestMayAsk_boundsTheAnswersInFlight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		bytes  int
		beside []int
		want   bool
	}{
		{"the first one", pass.MaxAnswerBytes, nil, true},
		{"four before any answer", pass.MaxAnswerBytes, slices.Repeat([]int{pass.MaxAnswerBytes}, 3), true},
		{"and no fifth", pass.MaxAnswerBytes, slices.Repeat([]int{pass.MaxAnswerBytes}, 4), false},
		{"many small ones", 60_000, slices.Repeat([]int{60_000}, 31), true},
		{"a small one beside large ones", 60_000, slices.Repeat([]int{pass.MaxAnswerBytes}, 4), false},
		{"a large one beside small ones", pass.MaxAnswerBytes, slices.Repeat([]int{60_000}, 16), true},
		{"one alone, however large", 10 * pass.MaxAnswerBytes, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, pass.MayAsk(tt.bytes, tt.beside...))
		})
	}
	require.Equal(t, pass.MaxAnswerBytes, pass.AnswerBytes(nil))
	require.Equal(t, 70_000, pass.AnswerBytes([]int{60_000, 70_000, 0}))
}
