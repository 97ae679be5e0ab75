package pass_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestDuration_hasNoZeroUnits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give time.Duration
		want string
	}{
		{0, "0s"},
		{10 * time.Second, "10s"},
		{90 * time.Second, "1m30s"},
		{10 * time.Minute, "10m"},
		{time.Hour, "1h"},
		{90 * time.Minute, "90m"},
		{365 * 24 * time.Hour, "8760h"},
		{time.Hour + time.Second, "1h0m1s"},
		{1500 * time.Millisecond, "1.5s"},
		{-time.Minute, "-1m"},
		{-time.Second, "-1s"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, pass.Duration(tt.give).String())
			wire, err := json.Marshal(pass.Duration(tt.give))
			require.NoError(t, err)
			require.JSONEq(t, `"`+tt.want+`"`, string(wire))
			var again pass.Duration
			require.NoError(t, json.Unmarshal(wire, &again))
			require.Equal(t, tt.give, time.Duration(again), "what is written can be read")
		})
	}
}

func TestDuration_refusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, give := range []string{"", "10", "1d", "ten", "1h 30m"} {
		var d pass.Duration
		require.EqualError(t, d.UnmarshalText([]byte(give)), `"`+give+`" is not a duration such as 10s, 1m30s or 4h`)
	}
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"10s", "1m30s", "4h", "1.5h", "-1ns", "2562047h47m16.854775807s", "1d", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d pass.Duration
		if d.UnmarshalText([]byte(text)) != nil {
			return
		}
		var again pass.Duration
		require.NoError(t, again.UnmarshalText([]byte(d.String())))
		require.Equal(t, d, again)
	})
}
