package excerpt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/excerpt"
)

func TestTextsAreShortened(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		by   func(text string, most int) string
		give string
		most int
		want string
	}{
		{"characters, short enough", excerpt.Runes, "Ромашка", 7, "Ромашка"},
		{"characters, and a mark", excerpt.Runes, "Ромашка", 6, "Ромашк…"},
		{"characters, of bytes that are none", excerpt.Runes, "a\xff\xffb", 3, "a\uFFFD\uFFFD…"},
		{"the mark counts, short enough", excerpt.Within, "Ромашка", 7, "Ромашка"},
		{"the mark counts", excerpt.Within, "Ромашка", 6, "Ромаш…"},
		{"the first characters", excerpt.Head, "Ромашка", 3, "Ром"},
		{"no character", excerpt.Head, "Ромашка", 0, ""},
		{"more characters than there are", excerpt.Head, "Ромашка", 8, "Ромашка"},
		{"bytes, short enough", excerpt.Bytes, "Ром", 6, "Ром"},
		{"bytes, and a mark on top", excerpt.Bytes, "Ром", 4, "Ро…"},
		{"bytes, never half a character", excerpt.Bytes, "Ром", 5, "Ро…"},
		{"the first bytes", excerpt.Cut, "Ром", 5, "Ро"},
		{"no byte", excerpt.Cut, "Ром", 0, ""},
		{"no more bytes than there are", excerpt.Cut, "Ром", 6, "Ром"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.by(tt.give, tt.most))
		})
	}
}

func TestLineSteersNoTerminal(t *testing.T) {
	t.Parallel()
	require.Equal(t, "one two [31m three", excerpt.Line(" one\r\n\ttwo\x1b[31m\u0085three\u2028"))
}
