package sourcestate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
)

func TestStatesOnTheWireNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, []ss.State{
		"NOT_STARTED", "WAITING", "DELAYED", "ASKING", "SKIPPED", "ANSWERED", "CANCELLED", "FAILED", "FAILED_INTERNALLY", "REJECTED",
	}, all)
}

func TestState_waitsOrHasEnded(t *testing.T) {
	t.Parallel()
	for i, state := range all {
		require.Equal(t, i < 4, state.Waits(), state)
		require.Equal(t, i >= 4, state.Ended(), state)
		require.Equal(t, i >= 6 && i < 9, state.EndedBadly(), state)
		require.True(t, state.Known(), state)
	}
	for _, nothing := range []ss.State{"", "OK", "waiting"} {
		require.False(t, nothing.Waits() || nothing.Ended() || nothing.Known(), nothing)
	}
}

func TestCanBecome_isThisTable(t *testing.T) {
	t.Parallel()
	table := []string{ // rows: from, columns: to, in the order of all
		"-++++++++-", // NotStarted
		"-++++++++-", // Waiting
		"-++++++++-", // Delayed
		"-++++++++-", // Asking
		"----------", // Skipped
		"----------", // Answered
		"----------", // Cancelled
		"----------", // Failed
		"----------", // FailedInternally
		"----------", // Rejected
	}
	for i, from := range all {
		for j, to := range all {
			require.Equal(t, table[i][j] == '+', from.CanBecome(to), "%s to %s", from, to)
		}
		require.False(t, from.CanBecome(""))
		require.False(t, ss.State("").CanBecome(from))
	}
}

func TestCheckID_isTheAnchoredPattern(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give []string
		want bool
	}{
		{"dotted lower case", []string{"references.base", "gibdd.history", "kontur.focus.req", "source_inn", "a-b", "0.9", "a..b"}, true},
		{"3 to 40 characters", []string{"abc", strings.Repeat("a", 40)}, true},
		{"too short or too long", []string{"", "a", "ab", strings.Repeat("a", 41)}, false},
		{"no letter or digit first or last", []string{".ab", "ab.", "_ab", "ab-", "ab\n"}, false},
		{"other characters", []string{"Abc", "a b", "check_person/person_inn", "источник", "a\x00b", "a:b"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.False(t, slices.ContainsFunc(tt.give, func(id string) bool { return ss.CheckID(id) != tt.want }), "%q", tt.give)
		})
	}
}
