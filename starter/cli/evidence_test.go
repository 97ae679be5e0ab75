package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

func heldStatus(evidence *pass.Evidence) syncs.Status {
	until := time.Date(2026, 1, 3, 3, 0, 0, 0, time.UTC)
	text := "the brake holds the pass; hint: starter approve main"
	return syncs.Status{
		ID: "main", State: &pass.State{Status: pass.ApprovalWaiting, NextTry: &until, Error: &text},
		Pass: &syncs.Pass{Hold: &pass.Hold{Number: 1, Until: until, Evidence: evidence}},
	}
}

func TestStatusShowsWhatTheBrakeHolds(t *testing.T) {
	t.Parallel()
	var b ui.Text
	writeStatus(&b, heldStatus(&pass.Evidence{Nodes: 100, Changed: 90, Attributes: []pass.EvidenceAttribute{{Attribute: "idocs:kpp", Changed: 90, Emptied: 3}},
		Examples: []pass.EvidenceExample{{NodeID: "7d1c", Attribute: "idocs:kpp", Was: "001\x1b[31m\n002"}}}))
	for _, want := range []string{"gives up", "2026-01-03T03:00:00Z", "starter approve main", "would change 90 of 100 nodes of the batch:",
		"idocs:kpp  90     3", "7d1c idocs:kpp: 001 [31m 002 → (nothing)"} {
		require.Contains(t, b.String(), want)
	}
	require.NotContains(t, b.String(), "\x1b", "a value steers no terminal")
	require.NotContains(t, b.String(), "next try")
}

func TestStatusSaysWhyItShowsNoEvidence(t *testing.T) {
	t.Parallel()
	var b ui.Text
	writeStatus(&b, heldStatus(nil))
	require.Contains(t, b.String(), "no worker answers")
}

func TestProgressSaysThatAPersonIsWaitedFor(t *testing.T) {
	t.Parallel()
	require.Equal(t, "APPROVAL_WAITING  starter approve main or starter refuse main, until 2026-01-03T03:00:00Z: the brake holds the pass",
		progressLine(heldStatus(nil)))
}
