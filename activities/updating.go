package activities

import (
	"context"
	"sync"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/pass"
)

// updating decides about the nodes of a batch while they are read and written. It is an alfresco.Updater, and safe for
// concurrent use.
type updating struct {
	*diffAndUpdate
	ctx     context.Context
	matcher *matcher
	lease   *lease
	// standing are the nodes that are not looked at.
	standing []pass.Standing

	mu sync.Mutex
	// outcomes are those that nodes have if Alfresco takes what is to be written.
	outcomes map[string]counterparty.NodeOutcome
	// emptied are the values that were counted against the budget, by node; spare is how many more may be emptied, nil if
	// there is no limit.
	emptied map[string]int
	spare   *int64
}

var _ alfresco.Updater = (*updating)(nil)

// look compares a node without a thought of writing it.
func (r *updating) look(node alfresco.Node) map[string]any {
	r.lease.writes.look(node)
	outcome, write := r.matcher.match(node)
	r.set(outcome)
	return write
}

func (r *updating) set(outcome counterparty.NodeOutcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[outcome.NodeID] = outcome
}

// begin notes what is to be written. A budget bounds from now on what may be emptied beyond what was counted.
func (r *updating) begin(c batchPlan, budget *pass.Budget) {
	r.emptied = make(map[string]int, len(c.toWrite))
	for _, id := range c.toWrite {
		r.emptied[id] = r.outcomes[id].Emptied()
		r.lease.writes.intend(r.outcomes[id])
	}
	if budget != nil && budget.Emptied != nil {
		r.spare = new(*budget.Emptied - int64(c.emptied))
	}
}

// Decide implements alfresco.Updater: a person may have typed something since the first look.
func (r *updating) Decide(node alfresco.Node) map[string]any {
	r.lease.writes.look(node)
	outcome, write := r.matcher.match(node)
	if len(write) > 0 && !r.mayEmpty(node.ID, outcome.Emptied()) {
		// A person filled an attribute that is to be emptied. It was not counted, so it waits for the next pass.
		outcome = counterparty.NodeOutcome{NodeID: node.ID, Outcome: counterparty.Unchanged, Reason: "changed while the pass compared it; the next pass compares it again"}
		write = nil
	}
	r.set(outcome)
	if len(write) > 0 {
		r.lease.writes.intend(outcome)
	} else {
		r.lease.writes.withdraw(node.ID)
	}
	return write
}

// mayEmpty reports whether so many values of a node may be emptied, and counts them if they may.
func (r *updating) mayEmpty(id string, values int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	more := int64(values - r.emptied[id])
	if r.spare == nil || more <= 0 {
		return true
	}
	if more > *r.spare {
		return false
	}
	*r.spare -= more
	r.emptied[id] = values
	return true
}

// MaySend implements alfresco.Updater.
func (r *updating) MaySend(ids []string) bool { return r.lease.maySend(ids) }

// Prepare implements alfresco.Updater.
func (r *updating) Prepare(ctx context.Context, _ []string) error { return r.lease.prepare(ctx) }

// Unseen implements alfresco.Updater.
func (r *updating) Unseen(ids []string) { r.lease.writes.again(ids) }

// Done implements alfresco.Updater.
func (r *updating) Done(update alfresco.Updated) {
	if made, ok := r.lease.writes.done(update); ok {
		r.audit.written(r.ctx, made, false)
	}
}

// maxOpenText bounds why a node is open, in characters: it travels with the pass.
const maxOpenText = 300

// result is what became of the nodes.
func (r *updating) result(updates []alfresco.Updated) pass.DiffAndUpdateResult {
	var result pass.DiffAndUpdateResult
	for _, update := range updates {
		if update.Refusal != nil && update.Refusal.Unwritable {
			result.Unwritable = append(result.Unwritable, update.NodeID)
		}
		outcome, earlier := r.lease.writes.settle(r.outcomes[update.NodeID], update)
		if update.Open != nil {
			result.Open = append(result.Open, pass.OpenNode{NodeID: update.NodeID, Reason: excerpt.Runes(update.Open.Error(), maxOpenText), Tries: 1})
		} else {
			result.Counts.Add(outcome.Outcome)
		}
		if outcome.Outcome == counterparty.Updated {
			result.Emptied += outcome.Emptied()
		} else if len(earlier) > 0 {
			result.AlsoChanged++
		}
		for _, write := range earlier {
			result.Emptied += write.Emptied()
		}
		result.Earlier = append(result.Earlier, earlier...)
		if update.Open == nil && (outcome.Outcome != counterparty.Unchanged || outcome.Reason != "" || len(outcome.Reported) > 0) {
			result.Nodes = append(result.Nodes, outcome)
		}
	}
	for _, standing := range r.standing {
		result.Counts.Add(standing.Outcome.Outcome)
		result.Nodes = append(result.Nodes, standing.Outcome)
	}
	result.Earlier = counterparty.Fit(result.Earlier, pass.MaxTold/4)
	result.Nodes = counterparty.Fit(result.Nodes, pass.MaxTold-counterparty.Size(result.Earlier))
	return result
}
