package pass

import (
	"time"

	"counterparty-sync/internal/counterparty"
)

// Retry is the payload of RetrySignal.
type Retry struct {
	// ResetTries sets the number of tries to zero, as the start of a worker does.
	ResetTries bool `json:"resetTries,omitempty"`
	// NextTry is that of the wait which a starting worker has seen: the signal ends no other, and counts as one of
	// Result.Wakes. Null if a person sends it.
	NextTry *time.Time `json:"nextTry,omitempty"`
}

// WriteHeartbeat is what DiffAndUpdate's heartbeats hold: all writes to the batch's nodes that were made or are about to be,
// oldest first. A worker that dies can't say so afterwards, so that each is announced before it is made. The next attempt gets
// it, and so does whoever reads a history in which there is none. They are fitted into MaxAnnounced.
type WriteHeartbeat struct {
	Changed []counterparty.NodeOutcome `json:"changed,omitempty"`
}
