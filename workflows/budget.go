package workflows

import (
	"fmt"

	"counterparty-sync/internal/pass"
)

// budget holds a segment to what its sync may still change.
type budget struct {
	sync pass.Sync
	// before is what the pass has changed before; nil if there is no limit.
	before *pass.SegmentBrake
}

// limits reports whether the segment may change no more than its sync allows. A budget holds only if one batch at a time is
// written.
func (l budget) limits() bool { return l.before != nil }

// of is what the batch, whose turn it is, may change; nil if there is no limit.
func (l budget) of(b *batch, committed pass.Progress) *pass.Budget {
	if !l.limits() {
		return nil
	}
	left := l.sync.Left(l.spent(committed), l.allNodes(b, committed))
	return &left
}

// spent is what the walk has changed before the batch whose turn it is.
func (l budget) spent(committed pass.Progress) pass.Brake {
	return pass.Brake{
		Changed: l.before.Changed + int64(committed.Counts.Updated) + committed.AlsoChanged,
		Emptied: l.before.Emptied + committed.Emptied,
	}
}

// allNodes is about how many nodes the walk has: those before the batch, and those that the fetch has seen from it on. If
// that is not known it is those that were fetched, which makes a share smaller and never larger.
func (l budget) allNodes(b *batch, committed pass.Progress) int64 {
	return l.before.Processed + int64(committed.Counts.Total()) + max(b.total, int64(len(b.nodes)))
}

// exceeded is the failure of a batch that would change more than the brake allows.
func (l budget) exceeded(b *batch, committed pass.Progress, evidence pass.Evidence) *pass.Failure {
	evidence.Written = nil // for the next try, and not for people
	return &pass.Failure{
		Type:   pass.FailureHeld,
		Source: pass.WriteSource,
		Message: fmt.Sprintf("the brake holds the pass before it writes the batch %s, in which %d of %d nodes differ: %s",
			b.place, evidence.Changed, evidence.Nodes, l.sync.Exceeded(evidence, l.spent(committed), l.allNodes(b, committed))),
		Evidence: &evidence,
	}
}
