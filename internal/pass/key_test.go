package pass_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func TestKeyName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		give pass.KeyName
		want bool
	}{
		{"ACME", true}, {"A", true}, {"1_B", true}, {"FILES", true}, {pass.KeyName(strings.Repeat("A", 30)), true},
		{"", false}, {"acme", false}, {"A-B", false}, {"A B", false}, {"ПАО", false}, {"A\n", false},
		{"FILE", false}, {"A_FILE", false}, {"PROFILE", false}, {pass.KeyName(strings.Repeat("A", 31)), false},
		{"1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d", false},
	} {
		require.Equal(t, tt.want, tt.give.Valid(), "%q", tt.give)
		if tt.want {
			require.Equal(t, string(tt.give), tt.give.Shown())
		}
	}
	require.Empty(t, pass.KeyName("").Shown())
	require.Equal(t, pass.Hidden, pass.KeyName("1a2b3c").Shown())
	require.Equal(t, "KONTUR_KEY", pass.KeyName("").Setting())
	require.Equal(t, "KONTUR_KEY_ACME", pass.KeyName("ACME").Setting())
	require.Equal(t, "KONTUR_RPS_ACME", pass.KeyName("ACME").In("KONTUR_RPS"))
}

// TestTaskQueuesOfKeys: a workflow of one build finds the workers of another by them.
func TestTaskQueuesOfKeys(t *testing.T) {
	t.Parallel()
	require.Equal(t, "main-kontur", pass.KonturTaskQueue("main", ""))
	require.Equal(t, "main-kontur-key-acme-2", pass.KonturTaskQueue("main", "ACME_2"))
	require.Equal(t, "main-kontur-key-reports", pass.KonturTaskQueue("main", "REPORTS"))
}

// A pasted key travels no further than it has: no message repeats it.
func TestAPastedKeyIsNotShown(t *testing.T) {
	t.Parallel()
	const pasted = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
	s := defaults()
	s.KonturKey = pasted
	require.EqualError(t, s.Validate(), `konturKey: "***" is not allowed; allowed: `+pass.AllowedKeyName)
	for _, field := range pass.Fields() {
		require.NotContains(t, fmt.Sprint(field.Value(s)), pasted, field.Name)
	}
	for _, text := range []string{s.KonturKey.Shown(), s.KonturKey.Setting(), s.KonturKey.HintMissing()} {
		require.NotContains(t, text, pasted)
	}
	s.KonturKey = " ACME "
	require.NoError(t, s.WithDefaults().Validate())
	data, err := json.Marshal(s.WithDefaults())
	require.NoError(t, err)
	require.Contains(t, string(data), `"konturKey":"ACME"`)
	data, err = json.Marshal(defaults())
	require.NoError(t, err)
	require.NotContains(t, string(data), "konturKey", "recorded inputs stay as they are")
}

func TestAnotherKeyIsAnotherMark(t *testing.T) {
	t.Parallel()
	s := defaults()
	before := s.Mark("m")
	s.KonturKey = "ACME"
	require.NotEqual(t, before, s.Mark("m"))
}
