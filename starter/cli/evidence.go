package cli

import (
	"strings"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/ui"
)

// writeEvidence shows what the brake holds back; nil if only the memo could be read.
func writeEvidence(t *ui.Text, held *pass.Evidence) {
	if held == nil {
		t.Line("\nwhat it would change is not shown: no worker answers")
		return
	}
	t.Line("\nwould change %d of %d nodes of the batch:", held.Changed, held.Nodes)
	t.Row("  ATTRIBUTE", "NODES", "EMPTIED")
	for _, a := range held.Attributes {
		t.Row("  "+a.Attribute, a.Changed, a.Emptied)
	}
	t.Line("for example:")
	for _, e := range held.Examples {
		t.Line("  %s %s: %s → %s", e.NodeID, e.Attribute, plain(e.Was), plain(e.Became))
	}
}

// plain is a foreign text on one line, which steers no terminal.
func plain(text string) string {
	if text == "" {
		return "(nothing)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
