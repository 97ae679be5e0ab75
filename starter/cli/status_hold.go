package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"counterparty-sync/internal/pass"
)

// writeEvidence shows what the brake holds back; nil if only the memo could be read.
func writeEvidence(b *strings.Builder, held *pass.Evidence) {
	if held == nil {
		_, _ = fmt.Fprint(b, "\nwhat it would change is not shown: no worker answers\n")
		return
	}
	_, _ = fmt.Fprintf(b, "\nwould change %d of %d nodes of the batch:\n", held.Changed, held.Nodes)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "  ATTRIBUTE\tNODES\tEMPTIED")
	for _, a := range held.Attributes {
		_, _ = fmt.Fprintf(w, "  %s\t%d\t%d\n", a.Attribute, a.Changed, a.Emptied)
	}
	_ = w.Flush()
	_, _ = fmt.Fprint(b, "for example:\n")
	for _, e := range held.Examples {
		_, _ = fmt.Fprintf(b, "  %s %s: %s → %s\n", e.NodeID, e.Attribute, plain(e.Was), plain(e.Became))
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
