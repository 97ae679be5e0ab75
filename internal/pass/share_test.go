package pass_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestShare_isWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give string
		want pass.Share
		text string
	}{
		{"20%", 2000, "20%"},
		{"100%", 10_000, "100%"},
		{"0.5%", 50, "0.5%"},
		{"0.05%", 5, "0.05%"},
		{"12.50%", 1250, "12.5%"},
		{"5 %", 500, "5%"},
	}
	for _, tt := range tests {
		var share pass.Share
		require.NoError(t, share.UnmarshalText([]byte(tt.give)), tt.give)
		require.Equal(t, tt.want, share, tt.give)
		require.Equal(t, tt.text, share.String())
	}
	for _, wrong := range []string{"", "%", "20", "0.2", "-1%", "1e3%", "20%%", "1.234%", "1000%", "20 percent"} {
		var share pass.Share
		require.Error(t, share.UnmarshalText([]byte(wrong)), wrong)
	}
}

func TestShareOf_roundsDownAndNeverOverflows(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 0, pass.Share(2000).Of(4))
	require.EqualValues(t, 1, pass.Share(2000).Of(5))
	require.EqualValues(t, 24, pass.Share(1250).Of(199))
	require.EqualValues(t, 123_457, pass.Share(1).Of(1_234_570_000))
	require.EqualValues(t, math.MaxInt64, pass.Whole.Of(math.MaxInt64))
}
