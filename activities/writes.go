package activities

import (
	"net/http"
	"slices"
	"sync"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// writes are the writes to the nodes of one batch: those that tries and attempts before this one have made, or were about
// to make, and those of this one. It is safe for concurrent use.
type writes struct {
	mu    sync.Mutex
	nodes map[string]*nodeWrites
	order []string // of the nodes, as they became known
	// noted counts the writes that were noted, so that it is clear which of them Temporal knows of.
	noted int
}

// nodeWrites are the writes to one node.
type nodeWrites struct {
	// earlier are those before this attempt, oldest first; fate is that of the last one, if it is unsure. Of the others
	// no more can be found out: something was written, or read, after them.
	earlier []counterparty.NodeOutcome
	fate    fate
	// own is what this attempt is about to write or has written; nil if nothing. It is unsure until Alfresco has answered.
	own   *counterparty.NodeOutcome
	noted int
	// sent: from now on it may have been written.
	sent bool
}

// fate is what a look at the node says of a write whose end was not seen.
type fate int

const (
	_ fate = iota // not looked at yet
	// stands: it was made. A write is whole or not at all, so that one value is enough, whatever a person has edited since.
	stands
	// undone: the node is as it was before.
	undone
	// edited: the node is neither as it was nor as it was to become, so that it can't be decided.
	edited
)

// fateOf is the one place where what was announced is compared with what a node shows.
func fateOf(write counterparty.NodeOutcome, properties map[string]any) fate {
	became := slices.ContainsFunc(write.Changes, func(c counterparty.Change) bool { return mapping.Equal(properties[c.Attribute], c.Became) })
	was := slices.ContainsFunc(write.Changes, func(c counterparty.Change) bool { return mapping.Equal(properties[c.Attribute], c.Was) })
	switch {
	case became && !was:
		return stands
	case was && !became:
		return undone
	}
	return edited
}

func newWrites(earlier []counterparty.NodeOutcome) *writes {
	w := &writes{nodes: map[string]*nodeWrites{}}
	for _, write := range earlier {
		n := w.node(write.NodeID)
		n.earlier = append(n.earlier, write)
	}
	return w
}

// node expects the lock, unless nothing else knows w yet.
func (w *writes) node(id string) *nodeWrites {
	n := w.nodes[id]
	if n == nil {
		n = &nodeWrites{}
		w.nodes[id] = n
		w.order = append(w.order, id)
	}
	return n
}

// look sees what became of the last write before this attempt. It may see more the next time: a request may arrive long
// after the worker that sent it was lost.
func (w *writes) look(node alfresco.Node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.nodes[node.ID]
	if n == nil || len(n.earlier) == 0 {
		return
	}
	if last := &n.earlier[len(n.earlier)-1]; last.Unsure {
		n.fate = fateOf(*last, node.Properties)
		if last.Unsure = n.fate != stands; !last.Unsure {
			last.Reason = ""
		}
	}
}

// intend notes what is about to be written to a node. Unless it is what was noted before, Temporal has to know.
func (w *writes) intend(outcome counterparty.NodeOutcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.node(outcome.NodeID)
	if n.own != nil && n.own.SameChanges(outcome) {
		return
	}
	outcome.Unsure = true
	w.noted++
	n.own, n.noted, n.sent = &outcome, w.noted, false
}

// withdraw notes that nothing will be written to a node, whatever was intended.
func (w *writes) withdraw(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.nodes[id]; n != nil {
		n.own = nil
	}
}

// send reports whether everything that is to be written to these nodes is among what Temporal knows, the first told
// that were noted; from then on it may have been written.
func (w *writes) send(ids []string, told int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if n := w.nodes[id]; n == nil || n.own == nil || n.noted > told {
			return false
		}
	}
	for _, id := range ids {
		w.nodes[id].sent = true
	}
	return true
}

// done notes what Alfresco said about a node, and returns the write if it was made.
func (w *writes) done(update alfresco.Updated) (made counterparty.NodeOutcome, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.nodes[update.NodeID]
	switch {
	case n == nil || n.own == nil:
	case update.Written:
		n.own.Unsure = false
		return *n.own, true
	case update.Open != nil, update.Refusal != nil && !takenInVain(update.Refusal):
		n.own = nil
	}
	return counterparty.NodeOutcome{}, false
}

// takenInVain: Alfresco has written something, and it is not what was sent, or was not seen.
func takenInVain(refusal *alfresco.Refusal) bool {
	return refusal != nil && refusal.Status == http.StatusOK && !refusal.Failed
}

// again notes that nodes are about to be compared once more, whose last write came to no answer that says whether it was made.
func (w *writes) again(ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		n := w.nodes[id]
		if n == nil || n.own == nil || !n.sent {
			continue
		}
		n.own.Reason = reasonUnanswered
		n.earlier, n.fate, n.own, n.sent = n.all(), 0, nil, false
	}
}

// told is what a heartbeat has to report, and how many of what was noted it reports. From an announcement on none reports
// less, unless it is known that a write was not made and will not be.
func (w *writes) told() (pass.WriteHeartbeat, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := pass.WriteHeartbeat{}
	for _, id := range w.order {
		all.Changed = append(all.Changed, w.nodes[id].all()...)
	}
	return all, w.noted
}

// handOver is what the next try has to know: no write that this one was only about to begin.
func (w *writes) handOver() []counterparty.NodeOutcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []counterparty.NodeOutcome
	for _, id := range w.order {
		n := *w.nodes[id]
		if !n.sent {
			n.own = nil
		}
		all = append(all, n.all()...)
	}
	return all
}

// all are the writes to a node, oldest first. That of a lost attempt, and the same one made again, are one.
func (n *nodeWrites) all() []counterparty.NodeOutcome {
	all := slices.Clone(n.earlier)
	if n.own == nil {
		return all
	}
	if last := len(all) - 1; last >= 0 && all[last].Unsure && (n.fate == undone || all[last].SameChanges(*n.own)) {
		all = all[:last]
	}
	return append(all, *n.own)
}

// Why it is not known whether a change was made.
const (
	reasonUnsure     = "was about to be written when an attempt was lost, and the node has changed since, so it is not known whether it was"
	reasonUnanswered = "was sent, and no answer came that says whether it was written"
)

// before are the writes to a node before this attempt that took place, or may have.
func (w *writes) before(id string) []counterparty.NodeOutcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.nodes[id]
	if n == nil {
		return nil
	}
	var made []counterparty.NodeOutcome
	for i, write := range n.earlier {
		if write.Unsure {
			if i == len(n.earlier)-1 && n.fate == undone {
				continue
			}
			if write.Reason != reasonUnanswered {
				write.Reason = reasonUnsure
			}
		}
		write.Outcome = counterparty.Updated
		made = append(made, write)
	}
	return made
}

// allBefore are those of all nodes.
func (w *writes) allBefore() []counterparty.NodeOutcome {
	w.mu.Lock()
	order := slices.Clone(w.order)
	w.mu.Unlock()
	var all []counterparty.NodeOutcome
	for _, id := range order {
		all = append(all, w.before(id)...)
	}
	return all
}

// unseen are the writes of this attempt whose end was not seen.
func (w *writes) unseen() []counterparty.NodeOutcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []counterparty.NodeOutcome
	for _, id := range w.order {
		if n := w.nodes[id]; n.own != nil && n.sent && n.own.Unsure {
			all = append(all, *n.own)
		}
	}
	return all
}

// settle says what became of a node, given its outcome if Alfresco took what was to be written and what Alfresco said;
// earlier are the writes that the outcome does not hold.
func (w *writes) settle(outcome counterparty.NodeOutcome, update alfresco.Updated) (_ counterparty.NodeOutcome, earlier []counterparty.NodeOutcome) {
	earlier = w.before(update.NodeID)
	refusal := update.Refusal
	switch {
	case update.Open != nil:
		return counterparty.NodeOutcome{NodeID: update.NodeID}, earlier
	case refusal != nil:
		if takenInVain(refusal) && outcome.Outcome == counterparty.Updated {
			outcome.Unsure, outcome.Reason = true, refusal.Reason
			earlier = append(earlier, outcome)
		}
		rejected := counterparty.NodeOutcome{NodeID: update.NodeID, Outcome: counterparty.Rejected, Reason: refusal.Reason}
		if refusal.Failed {
			rejected.Outcome = counterparty.Failed
		}
		if refusal.Gone {
			rejected.Outcome, rejected.Reason = counterparty.Gone, "deleted while the pass ran"
		}
		return rejected, earlier
	case outcome.Outcome == counterparty.Unchanged && len(earlier) > 0:
		last := earlier[len(earlier)-1]
		last.Reported = outcome.Reported
		if !last.Unsure {
			last.Reason = outcome.Reason
		}
		return last, earlier[:len(earlier)-1]
	}
	return outcome, earlier
}
