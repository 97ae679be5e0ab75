package alfresco

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		sent, shown any
		want        bool
	}{
		{"nil is absent", nil, nil, true},
		{"empty text is absent", "", nil, true},
		{"empty list is absent", []any{}, nil, true},
		{"false is not absent", false, nil, false},
		{"zero is not absent", 0, nil, false},
		{"numbers by value", 7, 7.0, true},
		{"big numbers by value", int64(1234567), 1234567.0, true},
		{"number of JSON", json.Number("7.0"), 7.0, true},
		{"number kept as text", 7, "7", true},
		{"text kept as number", "007", 7.0, true},
		{"texts keep their zeros", "007", "7", false},
		{"lists in order", []string{"a", "b"}, []any{"a", "b"}, true},
		{"lists in another order", []string{"b", "a"}, []any{"a", "b"}, false},
		{"list of one", []string{"a"}, "a", true},
		{"same moment", "2026-01-02T06:04:05+03:00", "2026-01-02T03:04:05.000+0000", true},
		{"day as midnight in Moscow", "2026-01-02", "2026-01-01T21:00:00.000+0000", true},
		{"another day", "2026-01-02", "2026-01-03T21:00:00.000+0000", false},
		{"truth values", true, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, equal(tt.sent, tt.shown))
		})
	}
}

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
