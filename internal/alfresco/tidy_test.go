package alfresco

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"log number goes", "08250008 The entity was not found", "The entity was not found"},
		{"other numbers stay", "123 The entity", "123 The entity"},
		{"eight letters stay", "Property is unknown", "Property is unknown"},
		{"one line", "a\n\tb\r\nc ", "a b c"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tidy(tt.give))
		})
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("08250008 The entity\nwas not found")
	f.Fuzz(func(t *testing.T, text string) {
		got := tidy(text)
		require.LessOrEqual(t, utf8.RuneCountInString(got), maxSummaryRunes)
		require.NotContains(t, got, "\n")
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-01-02T03:04:05.678+0000")
	f.Add("2026-01-02T03:04:05Z")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseTime(text)
		if err != nil {
			return
		}
		again, err := parseTime(at.Format(timestampLayout))
		require.NoError(t, err)
		require.True(t, again.Equal(at.Truncate(time.Millisecond)))
	})
}
