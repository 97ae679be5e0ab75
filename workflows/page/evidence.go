package page

import (
	"fmt"
	"strings"

	"counterparty-sync/internal/excerpt"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// A page that has less room for each text has room for fewer of them: these many letters of it stand for one more.
const (
	lettersPerAttribute = 10
	lettersPerExample   = 30
)

// evidence shows what the batch would change that the brake holds, and in whole what came of the hold.
func (p Pass) evidence(most int) string {
	if p.Result.Brake == nil || p.Result.Brake.Hold == nil {
		return ""
	}
	hold := p.Result.Brake.Hold
	if hold.Answer == pass.Approved {
		return fmt.Sprintf("**Brake:** hold %d was approved; the pass goes on without a brake\n\n", hold.Number)
	}
	if hold.Evidence == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(fmt.Sprintf("**What would change** (hold %d, %s of %s nodes of the batch)\n\n", hold.Number,
		md.Number(int64(hold.Evidence.Changed)), md.Number(int64(hold.Evidence.Nodes))))
	attributes, examples := hold.Evidence.Attributes, hold.Evidence.Examples
	for _, a := range attributes[:min(len(attributes), most/lettersPerAttribute)] {
		nodes := md.Number(int64(a.Changed)) + " nodes"
		if a.Emptied > 0 {
			nodes += fmt.Sprintf(", **emptied on %s**", md.Number(int64(a.Emptied)))
		}
		b.WriteString(md.Item(md.Text(a.Attribute), nodes))
	}
	examples = examples[:min(len(examples), most/lettersPerExample)]
	if len(examples) > 0 {
		b.WriteString("\n**For example**\n\n")
	}
	for _, e := range examples {
		b.WriteString(md.Item("node "+md.Text(e.NodeID)+", "+md.Text(e.Attribute), valueText(e.Was, most)+" → **"+valueText(e.Became, most)+"**"))
	}
	// Two lists with nothing between them would be one.
	return b.String() + "\n**The pass**\n\n"
}

func valueText(value string, most int) string {
	if value == "" {
		return "(nothing)"
	}
	return md.Text(excerpt.Bytes(value, most))
}
