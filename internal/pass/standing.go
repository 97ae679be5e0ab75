package pass

import (
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/sourcestate"
)

const (
	// DefaultAskAgainDays is after how many days a node is asked about again whose outcome stands.
	DefaultAskAgainDays = 7
	// MaxAskAgainDays is a bound that a mistyped number breaks.
	MaxAskAgainDays = 365

	// MaxStandingFound bounds the outcomes that FindRejected returns beside ids, in bytes of JSON; MaxStanding those of a
	// segment, whose input has MaxHandedOverTogether beside them.
	MaxStandingFound = 1_300_000
	MaxStanding      = 300_000
	// maxStandingReason bounds the reason of one, in bytes of JSON: those of a batch travel with its answers.
	maxStandingReason = 300
)

// MaxTriedAgain bounds how many nodes FindRejected returns: 400 kB of a payload.
const MaxTriedAgain = 10 * MaxSelection

// FindRejectedRequest asks which nodes the passes since the last one that completed, it among them, could not bring up to
// date. The pass that asks does not count.
type FindRejectedRequest struct {
	ScheduleID string `json:"scheduleId"`
	RunID      string `json:"runId"`
	// OpenOnly asks for those without an outcome only.
	OpenOnly bool `json:"openOnly,omitempty"`
}

// FindRejectedResult are these nodes, MaxTriedAgain at most, each once.
type FindRejectedResult struct {
	// Nodes are tried again in any case.
	Nodes []string `json:"nodes,omitempty"`
	// Standing are the others, each with what the passes came to and when they asked.
	Standing []counterparty.NodeOutcome `json:"standing,omitempty"`
	// Left are nodes beyond that, Gaps are passes and segments that Temporal no longer keeps or the schedule no longer knows.
	Left int      `json:"left,omitempty"`
	Gaps []string `json:"gaps,omitempty"`
}

// Standing is a node with what an earlier pass came to about it, which this pass takes over: nobody is asked.
type Standing struct {
	Node    NodeRef                  `json:"node"`
	Outcome counterparty.NodeOutcome `json:"outcome"`
}

// NewStanding is an outcome as later passes take it over; at is when the pass came to it.
func NewStanding(o counterparty.NodeOutcome, at time.Time) counterparty.NodeOutcome {
	if o.Asked == nil {
		at = at.UTC().Truncate(time.Second)
		o.Asked = &at
	}
	return counterparty.NodeOutcome{NodeID: o.NodeID, Outcome: o.Outcome, Reason: sourcestate.CutJSON(o.Reason, maxStandingReason), Asked: o.Asked}
}

// AskedBefore says when nodes were asked about that need not be asked about again.
type AskedBefore struct {
	// At is when, by node.
	At map[string]time.Time `json:"at"`
	// Days is how many calendar days of the time zone an outcome holds; 0: it does not. Now is when the pass began.
	Days     int       `json:"days"`
	TimeZone string    `json:"timeZone"`
	Now      time.Time `json:"now"`
}

// Stands reports whether the outcome of a node still holds: it was not modified since, and it is not time to ask again. zone is
// that of TimeZone. A node that can't say when it was modified was.
func (a *AskedBefore) Stands(nodeID string, modified time.Time, zone *time.Location) bool {
	if a == nil {
		return false
	}
	at, ok := a.At[nodeID]
	return ok && !modified.IsZero() && modified.Before(at.Add(-ModifiedOverlap)) && day(a.Now, zone).Before(day(at, zone).AddDate(0, 0, a.Days))
}

// day is the calendar day of a moment: passes never start at the same second twice.
func day(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
