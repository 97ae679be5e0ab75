package journal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/pass"
)

// A node about which nobody was asked again is listed with its identifier, and with when it was asked about.
func TestReadTellsWhatWasTakenOver(t *testing.T) {
	t.Parallel()
	taken := outcome("b", counterparty.NotFound)
	taken.Asked = &noon
	r := request("a")
	r.Standing = []pass.Standing{{Node: pass.NodeRef{ID: "b", Key: "inn-b", KPP: "kpp-b"}, Outcome: taken}}
	var s script
	s.completed(t, s.scheduled(t, string(pass.DiffAndUpdate), r), pass.DiffAndUpdateResult{Nodes: []counterparty.NodeOutcome{taken}})
	got, _ := read(t, onePass(&s))
	require.Len(t, got, 1)
	require.NotEmpty(t, got[0].Hint)
	got[0].Hint = ""
	require.Equal(t, journal.Entry{Time: noon.Add(2 * time.Second), Pass: "pass", RunID: "run", INN: "inn-b", KPP: "kpp-b", NodeOutcome: taken}, got[0])
}
