package pass

import (
	"fmt"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
)

// Limits and defaults of a brake.
const (
	// MaxBrake is a bound that a mistyped number breaks.
	MaxBrake = 100_000_000
	// MaxApprovalTimeout bounds how long a pass may wait for a person.
	MaxApprovalTimeout = 30 * 24 * time.Hour

	// defaultMaxEmptied goes with any other brake: values vanish only where the mapping says absent: clear, and seldom.
	defaultMaxEmptied = 10
	// defaultApprovalTimeout has one working day in it whenever a pass is held, but for a weekend.
	defaultApprovalTimeout = Duration(24 * time.Hour)
)

// Decision is what came of a hold. It is a name on the wire: scripts and histories hold it, so it never changes.
type Decision string

// The verdicts. A hold without one waits.
const (
	Approved Decision = "approve"
	Refused  Decision = "refuse"
	// Forgotten: nobody answered in time. Nobody can send it.
	Forgotten Decision = "none"
)

// Approval is the payload of ApprovalSignal.
type Approval struct {
	// Hold is the number of the hold that is answered: an answer to an earlier one must not count for a later one.
	Hold int `json:"hold"`
	// Answer is Approved or Refused.
	Answer Decision `json:"answer"`
	// RunID, if given, must be that of the pass: an answer to another pass must not count.
	RunID string `json:"runId,omitempty"`
	// Reason is why, for people.
	Reason string `json:"reason,omitempty"`
}

// Brake is what a pass has changed and emptied, for the limits of its sync, and what holds it.
type Brake struct {
	// Changed are the nodes that this walk has changed, Emptied the values that it has emptied. A pass that goes on from a
	// checkpoint goes on counting.
	Changed int64 `json:"changed"`
	Emptied int64 `json:"emptied"`
	// Hold is the last hold of the pass; null if there was none.
	Hold *Hold `json:"hold,omitempty"`
}

// Hold is a stop of a pass before a batch that would change more than its sync allows.
type Hold struct {
	// Number counts the holds of a pass, from 1.
	Number int `json:"number"`
	// Until is when the pass gives up.
	Until time.Time `json:"until"`
	// Answer is empty while the pass waits.
	Answer Decision `json:"answer,omitempty"`
	// Evidence is what the batch would change. The memo has none: it is in the progress query and in the segment's result.
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Budget is what a batch may change and empty. A null limit is none.
type Budget struct {
	Changed *int64 `json:"changed,omitempty"`
	Emptied *int64 `json:"emptied,omitempty"`
}

// Evidence is why a batch was not written: what it would have changed. It is small, however many nodes there are.
type Evidence struct {
	// Nodes are those of the batch; Changed of them would change, those among them that a lost try has written already.
	Nodes   int `json:"nodes"`
	Changed int `json:"changed"`
	// Emptied are the values that would be emptied.
	Emptied int `json:"emptied"`
	// Attributes are those that would change, the most frequent ones first.
	Attributes []EvidenceAttribute `json:"attributes"`
	Examples   []EvidenceExample   `json:"examples"`
	// Written are the nodes that a lost try has written, fitted into MaxHandedOver; no more were.
	Written []counterparty.NodeOutcome `json:"written,omitempty"`
}

// EvidenceAttribute is on how many nodes an attribute would change, and on how many of these it would be emptied.
type EvidenceAttribute struct {
	Attribute string `json:"attribute"`
	Changed   int    `json:"changed"`
	Emptied   int    `json:"emptied,omitempty"`
}

// EvidenceExample is one change, its values as short texts. An empty text is an absent value.
type EvidenceExample struct {
	NodeID    string `json:"node"`
	Attribute string `json:"attribute"`
	Was       string `json:"was"`
	Became    string `json:"became"`
}

// SegmentBrake tells a segment what its pass has done before.
type SegmentBrake struct {
	Changed int64 `json:"changed"`
	Emptied int64 `json:"emptied"`
	// Processed are the nodes that were walked before: with those that are left they are all.
	Processed int64 `json:"processed"`
}

// HasBrake reports whether the sync limits what a pass may change.
func (s Sync) HasBrake() bool {
	return s.MaxChanged != nil || s.MaxChangedShare != nil || s.MaxEmptied != nil
}

// besideBrake is a default that goes with a brake. A sync without one stays as it is.
func besideBrake[T any](s *Sync, value *T, fallback T) *T {
	if !s.HasBrake() {
		return value
	}
	return orDefault(value, fallback)
}

func (s Sync) checkShare(refuse refuse) {
	switch share := s.MaxChangedShare; {
	case share == nil:
	case !within(*share, 1, Whole):
		refuse(0, share.String(), "")
	case s.Start == Checkpoint:
		refuse(0, share.String(), "none with start: checkpoint, which walks new nodes only and does not know how many there are; use maxChanged")
	}
}

// Left is what a batch may still change and empty in a walk over a number of nodes, given what was changed and emptied.
func (s Sync) Left(spent Brake, nodes int64) Budget {
	var b Budget
	if s.MaxChanged != nil {
		b.Changed = new(max(0, int64(*s.MaxChanged)-spent.Changed))
	}
	if s.MaxChangedShare != nil {
		left := max(0, s.MaxChangedShare.Of(nodes)-spent.Changed)
		b.Changed = new(min(left, *orDefault(b.Changed, left))) // the lower one of the two limits
	}
	if s.MaxEmptied != nil {
		b.Emptied = new(max(0, int64(*s.MaxEmptied)-spent.Emptied))
	}
	return b
}

// Exceeded says in words which limits a batch would break, with the numbers of the whole walk.
func (s Sync) Exceeded(h Evidence, spent Brake, nodes int64) string {
	changed, emptied := spent.Changed+int64(h.Changed), spent.Emptied+int64(h.Emptied)
	var parts []string
	if s.MaxChanged != nil && changed > int64(*s.MaxChanged) {
		parts = append(parts, fmt.Sprintf("%d nodes in all would be changed and maxChanged is %d", changed, *s.MaxChanged))
	}
	if s.MaxChangedShare != nil && changed > s.MaxChangedShare.Of(nodes) {
		parts = append(parts, fmt.Sprintf("%d of about %d nodes in all would be changed and maxChangedShare is %s", changed, nodes, s.MaxChangedShare))
	}
	if s.MaxEmptied != nil && emptied > int64(*s.MaxEmptied) {
		parts = append(parts, fmt.Sprintf("%d values in all would be emptied and maxEmptied is %d", emptied, *s.MaxEmptied))
	}
	return strings.Join(parts, "; ")
}

// Exceeds reports whether so many changes are more than the budget.
func (b Budget) Exceeds(changed, emptied int) bool {
	return b.Changed != nil && int64(changed) > *b.Changed || b.Emptied != nil && int64(emptied) > *b.Emptied
}

// Waiting returns the hold that waits for an answer; nil if none does.
func (r Result) Waiting() *Hold {
	if r.Brake == nil || r.Brake.Hold == nil || r.Brake.Hold.Answer != "" || r.Status != ApprovalWaiting {
		return nil
	}
	return r.Brake.Hold
}
