package counterparty_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestTold(t *testing.T) {
	t.Parallel()
	list := make([]any, 700)
	for i := range list {
		list[i] = "Пример"
	}
	tests := []struct {
		name       string
		give, want any
	}{
		{"nothing", nil, nil},
		{"a number", 12.5, 12.5},
		{"a short text", "ООО", "ООО"},
		{"4,000 characters, whatever their bytes", strings.Repeat("Ж", 4000), strings.Repeat("Ж", 4000)},
		{"one more", strings.Repeat("Ж", 4001), counterparty.Cut{Text: strings.Repeat("Ж", 200), Characters: 4001, SHA256: sha(strings.Repeat("Ж", 4001))}},
		{"a short list", []any{"a", "b"}, []any{"a", "b"}},
		{"a list counts as a whole, in its JSON", list, counterparty.Cut{
			Text: `["Пример"` + strings.Repeat(`,"Пример"`, 21) + `,"`, Characters: 700*9 + 1, SHA256: sha(strings.Repeat("Пример\n", 700))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := counterparty.Told(tt.give)
			require.Equal(t, tt.want, got)
			require.Equal(t, got, counterparty.Told(got), "told again")
			require.Equal(t, counterparty.Digest(tt.give), counterparty.Digest(got))
		})
	}
}

// The digest can be made with sha256sum, and the spellings of one value have one.
func TestDigest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		want string
		give []any
	}{
		{"texts", "ООО Пример", []any{"ООО Пример", " ООО \u00a0 Пример\n", []any{"ООО Пример"}, []any{nil, "ООО Пример", " "}}},
		{"numbers", "1000000000010", []any{1000000000010.0, "1000000000010"}},
		{"booleans", "true", []any{true, "true"}},
		{"times", "2026-01-02T03:04:05Z", []any{"2026-01-02T03:04:05.000+0000", "2026-01-02T03:04:05Z", "2026-01-02T06:04:05+03:00"}},
		{"lists", "a\nb\n", []any{[]any{"a", "b"}, []any{"a", nil, " b "}}},
		{"nothing", "", []any{nil, "", " ", []any{}, []any{nil}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, value := range tt.give {
				require.Equal(t, sha(tt.want), counterparty.Digest(value), "%#v", value)
			}
		})
	}
	require.NotEqual(t, counterparty.Digest([]any{"a", "b"}), counterparty.Digest("a b"))
	require.NotEqual(t, counterparty.Digest("007"), counterparty.Digest("7"), "texts on both sides are identifiers")
}

func TestChange_comesBackFromAHistory(t *testing.T) {
	t.Parallel()
	change := counterparty.Change{Attribute: "a:text", Was: counterparty.Told(strings.Repeat("x", 5000)), Became: []any{"y", 2.0}, Source: "req"}
	data, err := json.Marshal(change)
	require.NoError(t, err)
	require.JSONEq(t, `{"attribute":"a:text","was":{"cut":"`+strings.Repeat("x", 200)+`","characters":5000,"sha256":"`+sha(strings.Repeat("x", 5000))+`"},
		"became":["y",2],"source":"req"}`, string(data))
	var back counterparty.Change
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, change, back)

	for _, object := range []string{`{"cut":"x"}`, `{"cut":"x","characters":1,"sha256":2}`, `{"cut":"x","characters":1,"sha256":"","more":1}`} {
		require.NoError(t, json.Unmarshal([]byte(`{"attribute":"a:text","was":`+object+`,"became":null}`), &back))
		require.IsType(t, map[string]any{}, back.Was, "a value of a node that is no Cut: %s", object)
	}
}

func TestSameChanges(t *testing.T) {
	t.Parallel()
	long, other := strings.Repeat("x", 5000), strings.Repeat("x", 4999)+"y"
	outcome := func(changes ...counterparty.Change) counterparty.NodeOutcome {
		return counterparty.NodeOutcome{Changes: changes}
	}
	a := counterparty.Change{Attribute: "a:a", Was: nil, Became: long}
	b := counterparty.Change{Attribute: "a:b", Was: "w", Became: "v"}
	cut := a
	cut.Became = counterparty.Told(long)
	wrong := a
	wrong.Became = counterparty.Told(other)
	tests := []struct {
		name string
		x, y counterparty.NodeOutcome
		want bool
	}{
		{"both whole", outcome(a, b), outcome(a, b), true},
		{"one cut", outcome(a, b), outcome(cut, b), true},
		{"cut, of another value with the same beginning", outcome(a, b), outcome(wrong, b), false},
		{"one less", outcome(a, b), outcome(a), false},
		{"another order", outcome(a, b), outcome(b, a), false},
		{"absent is not empty", outcome(b), outcome(counterparty.Change{Attribute: "a:b", Was: "w", Became: nil}), false},
		{"one in part", outcome(a, b), counterparty.NodeOutcome{Changes: []counterparty.Change{cut}, Untold: &counterparty.Untold{Changes: 1}}, true},
		{"in part, of more", outcome(a, b), counterparty.NodeOutcome{Changes: []counterparty.Change{cut}, Untold: &counterparty.Untold{Changes: 2}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.x.SameChanges(tt.y))
			require.Equal(t, tt.want, tt.y.SameChanges(tt.x))
		})
	}
}
