package activities

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// The evidence of a hold is shown to people, on one page: it is small, however much would change.
const (
	maxHeldAttributes = 20
	maxHeldExamples   = 8
	// examplesPerAttribute and examplesPerNode leave room for others.
	examplesPerAttribute = 2
	examplesPerNode      = 2
	// maxHeldText bounds a value, in characters.
	maxHeldText = 80
)

// batchPlan is what a batch would change.
type batchPlan struct {
	// toWrite are the nodes that differ; written are the writes that attempts before this one have made, or may have.
	toWrite []string
	written []counterparty.NodeOutcome
	// outcomes are those of both, in the order of the nodes; nodes is how many nodes they are about.
	outcomes []counterparty.NodeOutcome
	nodes    int
	// emptied are the values that are emptied by both, emptying those on the nodes that differ.
	emptied, emptying int
}

// countChanges counts what is to be done and what a lost attempt has done already: that was counted against no budget yet.
func countChanges(looked []alfresco.Updated, outcomes map[string]counterparty.NodeOutcome, w *writes) batchPlan {
	var c batchPlan
	for _, update := range looked {
		changes := w.before(update.NodeID)
		c.written = append(c.written, changes...)
		if outcome := outcomes[update.NodeID]; update.Refusal == nil && outcome.Outcome == counterparty.Updated {
			c.toWrite = append(c.toWrite, update.NodeID)
			c.emptying += outcome.Emptied()
			changes = append(changes, outcome)
		}
		if len(changes) > 0 {
			c.nodes++
		}
		for _, outcome := range changes {
			c.emptied += outcome.Emptied()
		}
		c.outcomes = append(c.outcomes, changes...)
	}
	return c
}

// exceeds reports whether writing would break the budget. What is done is done: without anything left to write, or to
// empty, there is nothing to stop.
func (c batchPlan) exceeds(budget pass.Budget) bool {
	if len(c.toWrite) == 0 {
		return false
	}
	if c.emptying == 0 {
		budget.Emptied = nil
	}
	return budget.Exceeds(c.nodes, c.emptied)
}

// evidence is what people see of it.
func (c batchPlan) evidence(nodes int) *pass.Evidence {
	held := pass.Evidence{Nodes: nodes, Changed: c.nodes, Emptied: c.emptied, Written: c.written}
	totals, examples := map[string]pass.EvidenceAttribute{}, map[string]int{} // by attribute
	for _, outcome := range c.outcomes {
		shown := 0
		for _, change := range outcome.Changes {
			total := totals[change.Attribute]
			total.Attribute = change.Attribute
			total.Changed++
			if change.Empties() {
				total.Emptied++
			}
			totals[change.Attribute] = total
			if examples[change.Attribute] < examplesPerAttribute && shown < examplesPerNode && len(held.Examples) < maxHeldExamples {
				examples[change.Attribute]++
				shown++
				held.Examples = append(held.Examples, pass.EvidenceExample{
					NodeID: outcome.NodeID, Attribute: change.Attribute, Was: shortText(change.Was), Became: shortText(change.Became),
				})
			}
		}
	}
	held.Attributes = slices.SortedFunc(maps.Values(totals), func(a, b pass.EvidenceAttribute) int {
		return cmp.Or(cmp.Compare(b.Emptied, a.Emptied), cmp.Compare(b.Changed, a.Changed), cmp.Compare(a.Attribute, b.Attribute))
	})
	held.Attributes = held.Attributes[:min(len(held.Attributes), maxHeldAttributes)]
	return &held
}

// shortText is a value for people: a text as it is, anything else as JSON.
func shortText(value any) string {
	if cut, ok := value.(counterparty.Cut); ok {
		value = cut.Text + "…"
	}
	text, ok := value.(string)
	if !ok && value != nil {
		encoded, _ := json.Marshal(value) // it came as JSON
		text = string(encoded)
	}
	return excerpt.Runes(text, maxHeldText)
}
