package pass_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	for give, want := range map[pass.Reserve]int64{"0": 0, "500": 500, "5%": 60, "0.1%": 2, "99.99%": 1200, "off": 0} {
		require.True(t, give.Valid(), give)
		require.Equal(t, want, give.Of(1200), give)
	}
	for _, give := range []pass.Reserve{"", "-1", "5 %", "100%", "1.5", "many", "5%%", "1000000000"} {
		require.False(t, give.Valid(), give)
	}
}
