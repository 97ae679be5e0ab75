package workflows

import (
	"slices"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// standing are outcomes of earlier passes, by node, that this one keeps without asking unless the node was modified since or a
// time has passed. They count and are told as if it had come to them, so that the pass after it finds them there.
type standing map[string]counterparty.NodeOutcome

func newStanding(outcomes []counterparty.NodeOutcome) standing {
	s := make(standing, len(outcomes))
	for _, outcome := range outcomes {
		s[outcome.NodeID] = outcome
	}
	return s
}

// keep takes the nodes out of a batch whose outcomes still hold.
func (s standing) keep(b *batch) {
	b.nodes = slices.DeleteFunc(b.nodes, func(node pass.NodeRef) bool {
		outcome, ok := s[node.ID]
		if !ok || !node.Stands {
			return false
		}
		// A node that moves while the index is read may show twice.
		if !slices.ContainsFunc(b.standing, func(x pass.Standing) bool { return x.Node.ID == node.ID }) {
			b.standing = append(b.standing, pass.Standing{Node: node, Outcome: outcome})
		}
		return true
	})
}

// askedBefore is the question which of the outcomes of a segment still hold; nil if there are none.
func askedBefore(sync pass.Sync, request pass.SegmentRequest) *pass.AskedBefore {
	if len(request.Standing) == 0 {
		return nil
	}
	before := pass.AskedBefore{At: map[string]time.Time{}, Days: pass.DefaultAskAgainDays, TimeZone: sync.TimeZone, Now: request.PassStartedAt}
	if sync.AskAgainDays != nil {
		before.Days = *sync.AskAgainDays
	}
	for _, outcome := range request.Standing {
		if outcome.Asked != nil {
			before.At[outcome.NodeID] = *outcome.Asked
		}
	}
	return &before
}
