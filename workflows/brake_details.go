package workflows

import (
	"fmt"
	"strings"

	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// evidence shows what the batch would change that the brake holds, and in whole what came of the hold.
func (p passPage) evidence(most int) string {
	if p.result.Brake == nil || p.result.Brake.Hold == nil {
		return ""
	}
	hold := p.result.Brake.Hold
	if hold.Answer == pass.Approved {
		return fmt.Sprintf("**Brake:** hold %d was approved; the pass goes on without a brake\n\n", hold.Number)
	}
	if hold.Evidence == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**What would change** (hold %d, %s of %s nodes of the batch)\n\n", hold.Number,
		md.Number(int64(hold.Evidence.Changed)), md.Number(int64(hold.Evidence.Nodes)))
	for _, a := range hold.Evidence.Attributes {
		nodes := md.Number(int64(a.Changed)) + " nodes"
		if a.Emptied > 0 {
			nodes += fmt.Sprintf(", **%s of them emptied**", md.Number(int64(a.Emptied)))
		}
		b.WriteString(md.Item(md.Text(a.Attribute), nodes))
	}
	if len(hold.Evidence.Examples) > 0 {
		b.WriteString("\n**For example**\n\n")
	}
	for _, e := range hold.Evidence.Examples {
		b.WriteString(md.Item("node "+md.Text(e.NodeID)+", "+md.Text(e.Attribute),
			md.Text(orNothing(ellipsis(e.Was, most)))+" → **"+md.Text(orNothing(ellipsis(e.Became, most)))+"**"))
	}
	return b.String() + "\n"
}

func orNothing(text string) string {
	if text == "" {
		return "(nothing)"
	}
	return text
}
