package pass_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// Histories hold the inputs of syncs without a brake: a field more would be another input.
func TestSyncWithoutBrake_hasNoFieldMore(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(pass.Sync{ID: "main"}.WithDefaults())
	require.NoError(t, err)
	for _, field := range []string{"maxChanged", "maxChangedShare", "maxEmptied", "approvalTimeout", "allowEmpty"} {
		require.NotContains(t, string(data), field)
	}
	require.False(t, pass.Sync{ID: "main"}.WithDefaults().HasBrake())
}

func TestSyncWithBrake_getsItsDefaults(t *testing.T) {
	t.Parallel()
	s := pass.Sync{ID: "main", MaxChanged: new(5)}
	full := s.WithDefaults()
	require.Equal(t, 10, *full.MaxEmptied)
	require.Equal(t, "24h", full.ApprovalTimeout.String())
	require.NoError(t, full.Validate())
	require.Equal(t, full, full.WithDefaults())
	require.Nil(t, s.MaxEmptied, "the sync itself is not changed")
}

func TestLeft_isTheLowerOfTheLimitsLessWhatIsSpent(t *testing.T) {
	t.Parallel()
	share := pass.Share(2000)
	tests := []struct {
		name             string
		sync             pass.Sync
		spent            pass.Brake
		nodes            int64
		changed, emptied *int64
	}{
		{"no limits", pass.Sync{}, pass.Brake{Changed: 5}, 100, nil, nil},
		{"a number", pass.Sync{MaxChanged: new(7)}, pass.Brake{Changed: 5}, 100, new(int64(2)), nil},
		{"a share", pass.Sync{MaxChangedShare: &share}, pass.Brake{Changed: 5}, 100, new(int64(15)), nil},
		{"the number is lower", pass.Sync{MaxChanged: new(7), MaxChangedShare: &share}, pass.Brake{}, 100, new(int64(7)), nil},
		{"the share is lower", pass.Sync{MaxChanged: new(70), MaxChangedShare: &share}, pass.Brake{}, 100, new(int64(20)), nil},
		{"more is spent than allowed", pass.Sync{MaxChanged: new(3)}, pass.Brake{Changed: 9}, 100, new(int64(0)), nil},
		{"emptied", pass.Sync{MaxEmptied: new(3)}, pass.Brake{Changed: 9, Emptied: 1}, 100, nil, new(int64(2))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			left := tt.sync.Left(tt.spent, tt.nodes)
			require.Equal(t, tt.changed, left.Changed)
			require.Equal(t, tt.emptied, left.Emptied)
		})
	}
}

func TestExceeds_isMoreThanTheLimitNotAsMuch(t *testing.T) {
	t.Parallel()
	b := pass.Budget{Changed: new(int64(2)), Emptied: new(int64(0))}
	require.False(t, b.Exceeds(2, 0))
	require.True(t, b.Exceeds(3, 0))
	require.True(t, b.Exceeds(0, 1))
	require.False(t, pass.Budget{}.Exceeds(1000, 1000))
}

func TestExceeded_namesEachLimitThatBreaks(t *testing.T) {
	t.Parallel()
	share := pass.Share(2000)
	s := pass.Sync{MaxChanged: new(500), MaxChangedShare: &share, MaxEmptied: new(10)}
	require.Equal(t, "600 nodes in all would be changed and maxChanged is 500; 600 of about 2000 nodes in all would be changed and maxChangedShare is 20%",
		s.Exceeded(pass.Evidence{Changed: 90, Emptied: 1}, pass.Brake{Changed: 510}, 2000))
	require.Equal(t, "11 values in all would be emptied and maxEmptied is 10", s.Exceeded(pass.Evidence{Changed: 3, Emptied: 3}, pass.Brake{Emptied: 8}, 2000))
}
