package pass_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestOutcomeStandsUntilItsNodeIsModifiedOrItIsTime(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("MSK", 3*60*60)
	asked := time.Date(2026, 11, 20, 23, 3, 0, 0, moscow)
	long := asked.AddDate(-1, 0, 0)
	tests := []struct {
		name     string
		node     string
		modified time.Time
		days     int
		now      time.Time
		want     bool
	}{
		{"the next night", "a", long, 7, asked.AddDate(0, 0, 1), true},
		{"late on the sixth day", "a", long, 7, time.Date(2026, 11, 26, 23, 59, 0, 0, moscow), true},
		{"early on the seventh, by the days of the zone", "a", long, 7, time.Date(2026, 11, 27, 0, 1, 0, 0, moscow), false},
		{"the same day", "a", long, 1, asked.Add(time.Minute), true},
		{"in every pass", "a", long, 0, asked.Add(time.Minute), false},
		{"modified since", "a", asked.Add(time.Minute), 7, asked.AddDate(0, 0, 1), false},
		{"modified a moment before: clocks differ", "a", asked.Add(-time.Minute), 7, asked.AddDate(0, 0, 1), false},
		{"it does not say when it was modified", "a", time.Time{}, 7, asked.AddDate(0, 0, 1), false},
		{"a stranger", "b", long, 7, asked.AddDate(0, 0, 1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := &pass.AskedBefore{At: map[string]time.Time{"a": asked}, Days: tt.days, Now: tt.now}
			require.Equal(t, tt.want, before.Stands(tt.node, tt.modified, moscow))
		})
	}
	var none *pass.AskedBefore
	require.False(t, none.Stands("a", long, moscow))
}

// Taken over again and again an outcome keeps the time when it was asked.
func TestStandingOutcomeKeepsWhenItWasAsked(t *testing.T) {
	t.Parallel()
	first := pass.NewStanding(counterparty.NodeOutcome{NodeID: "a", Outcome: counterparty.Ambiguous, Reason: strings.Repeat("я", 1000)}, noon)
	require.Equal(t, noon, *first.Asked)
	require.Len(t, first.Reason, 300)
	require.Equal(t, first, pass.NewStanding(first, noon.AddDate(0, 0, 1)))
}

// The longest outcomes of as many nodes as a segment walks have room in its input.
func TestStandingOutcomesOfASegmentHaveRoom(t *testing.T) {
	t.Parallel()
	var all []counterparty.NodeOutcome
	for range pass.MaxSelection {
		all = append(all, pass.NewStanding(counterparty.NodeOutcome{NodeID: strings.Repeat("7", 36), Outcome: counterparty.Ambiguous, Reason: strings.Repeat("я", 1000)}, noon))
	}
	fitted := counterparty.Fit(all, pass.MaxStanding)
	require.LessOrEqual(t, counterparty.Size(fitted), pass.MaxStanding)
	require.Equal(t, noon, *fitted[0].Asked)
}

func TestAskAgainDays(t *testing.T) {
	t.Parallel()
	written, omitted := pass.Sync{ID: "main", Start: pass.Checkpoint, AskAgainDays: ptr(7)}, pass.Sync{ID: "main", Start: pass.Checkpoint}
	require.Empty(t, pass.Changes(omitted, written), "the default is no change")
	require.Empty(t, pass.WorthARestart(omitted, pass.Sync{ID: "main", Start: pass.Checkpoint, AskAgainDays: ptr(1)}))
	require.NoError(t, written.WithDefaults().Validate())
	require.NoError(t, written.AsAdHoc(pass.AdHoc{Plan: true}).WithDefaults().Validate())
	require.NoError(t, pass.Sync{ID: "main", Start: pass.Checkpoint, AskAgainDays: ptr(1)}.AsAdHoc(pass.AdHoc{Plan: true}).WithDefaults().Validate())
	for _, bad := range []pass.Sync{
		{ID: "main", AskAgainDays: ptr(1)}, {ID: "main", Start: pass.Checkpoint, AskAgainDays: ptr(-1)}, {ID: "main", Start: pass.Checkpoint, AskAgainDays: ptr(366)},
	} {
		var all invalid.Errors
		require.ErrorAs(t, bad.WithDefaults().Validate(), &all)
		require.Len(t, all, 1)
		require.ErrorContains(t, all, "askAgainDays")
	}
}
