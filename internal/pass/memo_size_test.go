package pass

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/sourcestate"
)

// The largest result that there can be: all sources, all of them with a reason, long ids, large numbers.
func largest(t *testing.T, text string) Result {
	t.Helper()
	const many = 1_000_000_000
	when := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)
	checkpoint, failed := int64(many*1000), ""
	for len(failed) < MaxErrorLength {
		failed += text
	}
	failed = strings.ToValidUTF8(failed[:MaxErrorLength], "")
	r := Result{
		State: State{Status: RetryWaiting, LastModifiedNodeDbid: &checkpoint, CountProcessedNodes: many, TryCount: 20, NextTry: &when, Error: &failed},
		Ended: Completed, WorkflowID: ScheduleID(strings.Repeat("i", 100)) + "-2026-01-02T03:04:05Z", RunID: strings.Repeat("r", 36),
		Counts: counterparty.Counts{Updated: many, Unchanged: many, NotFound: many, Ambiguous: many, InvalidID: many, Rejected: many, Failed: many, Gone: many},
		Open:   999, Walked: true, Unwritable: []string{strings.Repeat("u", 36)},
		ResumedFrom: &checkpoint, StartedAt: when, Batches: many, Asked: many, Wakes: MaxWakes, Remaining: &checkpoint, ResetAt: when.Format(time.RFC3339Nano),
		RewindAt: when.Format(time.RFC3339Nano), Rewound: true,
		Sources: NewSources(methods.All()), FoundBefore: many, Known: []string{"300000000000015", "300000000000026", "300000000000037"},
		Brake: &Brake{Changed: many, Emptied: many, Hold: &Hold{Number: 100, Until: when, Answer: Approved, Evidence: &Evidence{
			Examples: []EvidenceExample{{Was: failed, Became: failed}},
		}}},
	}
	for _, source := range r.Sources.Sources() {
		require.NoError(t, r.Sources.Set(source.ID, sourcestate.Delayed, strings.ToValidUTF8(failed[:MaxReasonLength], "")))
	}
	return r
}

// Temporal warns at 2 KiB, name and encoding of each value included.
func TestMemoOfAPassStaysSmall(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a", "ж", "\"", "<", "\x01", "\u2028"} {
		r := largest(t, text)
		kept := r.ForMemo()
		payload, err := converter.GetDefaultDataConverter().ToPayload(kept)
		require.NoError(t, err)
		require.LessOrEqual(t, len(StateMemo)+len(payload.Data)+len("encodingjson/plain"), 2048, "of %q", text)
		require.NotEmpty(t, *kept.Error, "of %q", text)
		require.Greater(t, len(*r.Error), MaxErrorLength-utf8.UTFMax, "the result itself keeps all")
		require.Equal(t, RetryWaiting, kept.Status)
		require.Equal(t, 100, kept.Brake.Hold.Number)
		require.Nil(t, kept.Brake.Hold.Evidence)
		require.NotNil(t, r.Brake.Hold.Evidence, "the result itself keeps all")
	}
}

func TestMemoOfAPassKeepsWhatFits(t *testing.T) {
	t.Parallel()
	text := "kontur.req: Kontur.Focus answered 503; hint: wait"
	seen := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := Result{State: State{Status: RetryWaiting, Error: &text}, Sources: NewSources([]string{"req"}), Known: []string{"0012345673"},
		Scope: &Scope{Seen: Seen{Watched: 7, ChangedSince: &seen}}}
	require.NoError(t, r.Sources.Set("kontur.req", sourcestate.Delayed, "Kontur.Focus answered 503"))
	require.Equal(t, r, r.ForMemo())
}

// A walk with everything in it takes no more than its frame and its reason.
func TestWalkFitsIntoItsFrame(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)
	day := when.Truncate(time.Second)
	walk := &Scope{StartedAt: when, Since: &when, Why: "why", Mark: strings.Repeat("f", 16), Base: &when, LastFull: &when, Skipped: 1_000_000_000,
		Seen: Seen{Key: KeyName(strings.Repeat("A", 30)), Watched: 1_000_000_000, ChangedSince: &day}, Rejected: []string{"a"}, RejectedMore: true, Partial: true, Rewound: true}
	without, err := json.Marshal(Result{}.ForMemo())
	require.NoError(t, err)
	with, err := json.Marshal(Result{Scope: walk}.ForMemo())
	require.NoError(t, err)
	require.LessOrEqual(t, len(with)-len(without), scopeFrame+sourcestate.LengthInJSON(walk.Why))
}
