package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/starter/ui"
)

// A name that is written backwards, or with what nobody sees, does not look like another.
func TestWriteEntry_showsWhatNobodySees(t *testing.T) {
	t.Parallel()
	entry := journal.Entry{Time: time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC), INN: "0012345673", NodeOutcome: counterparty.NodeOutcome{
		NodeID: "n", Outcome: counterparty.Updated, Reason: "b: \u2066odd",
		Changes:  []counterparty.Change{{Attribute: "a:text", Was: "При\u200bмер", Became: []any{"\u202eремирП\x00"}, Source: "req"}},
		Reported: []counterparty.Change{{Attribute: "b:text", Was: "\ufeff", Became: "x"}},
	}}
	var b ui.Text
	writeEntry(&b, entry)
	require.Equal(t, `UPDATED  n  INN 0012345673  2026-06-15T12:00:00Z
  b: \u2066odd
  a:text: "При\u200bмер" → ["\u202eремирП\u0000"] (req)
  b:text: "\ufeff", not "x": kept: the mapping never writes this attribute
`, b.String())
}

// People see that a value is cut, how long it is, and what to compare it by.
func TestWriteEntry_showsThatAValueIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Ж", 5000)
	entry := journal.Entry{Time: time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC), INN: "0012345673", NodeOutcome: counterparty.NodeOutcome{
		NodeID: "n", Outcome: counterparty.Updated, Untold: &counterparty.Untold{Changes: 2},
		Changes: []counterparty.Change{{Attribute: "a:text", Was: counterparty.Told(long), Became: "new", Source: "req"}},
	}}
	var b ui.Text
	writeEntry(&b, entry)
	require.Equal(t, `UPDATED  n  INN 0012345673  2026-06-15T12:00:00Z
  a:text: "`+strings.Repeat("Ж", 200)+`…" (5000 characters, SHA-256 `+counterparty.Digest(long)+`) → "new" (req)
  and 2 more changes, 0 more differences that were left as they are: there was no room for them; the worker's log has the changes
`, b.String())
}

// What was taken over from an earlier pass is not taken for an answer of this one.
func TestWriteEntry_showsWhenAnEarlierPassAsked(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	asked := at.AddDate(0, 0, -3)
	var b ui.Text
	writeEntry(&b, journal.Entry{Time: at, INN: "0012345673", NodeOutcome: counterparty.NodeOutcome{NodeID: "n", Outcome: counterparty.NotFound, Asked: &asked}})
	require.Equal(t, "NOT_FOUND  n  INN 0012345673  2026-06-15T12:00:00Z\n  asked 2026-06-12T12:00:00Z by an earlier pass\n", b.String())
}
