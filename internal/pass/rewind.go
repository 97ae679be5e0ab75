package pass

import (
	"strconv"

	"counterparty-sync/internal/invalid"
)

// Rewind sets the checkpoint of a sync: the next pass begins behind it, whatever came before and whatever start says. It
// is used once: by the first pass that finds its mark in its own input and not in the result of the pass before.
type Rewind struct {
	// At is its mark: the time at which it was asked for, or any text that no earlier one had.
	At string `json:"at"`
	// To is the dbid after which the pass begins; 0 is the beginning.
	To int64 `json:"to"`
}

// AllowedRewind says in words what Rewind.To may be.
const AllowedRewind = "a whole number from 0"

func (r *Rewind) check(l *invalid.List) {
	if r == nil {
		return
	}
	if r.At == "" {
		l.Add("rewind.at", "", "a text that no earlier rewind of the sync had, such as the time")
	}
	if r.To < 0 {
		l.Add("rewind.to", strconv.FormatInt(r.To, 10), AllowedRewind)
	}
}

// RewindMark is the mark of the sync's rewind; empty if it has none.
func (s Sync) RewindMark() string {
	if s.Rewind == nil {
		return ""
	}
	return s.Rewind.At
}
