// Package overview reads the state of all syncs of a namespace, cheaply enough to be done every half minute: it lists schedules,
// running passes and passes that have ended since the last look, and asks no workflow and no worker. The answers come
// from Temporal's visibility store, so they may be some seconds old.
//
// It is for metrics. For the current state of one sync see package syncs of the starter.
//
// Words: a look is one reading; a view is what it saw.
package overview

import (
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// View is all syncs of a namespace as one look saw them.
type View struct {
	// At is when the look began.
	At time.Time
	// Syncs are in no order.
	Syncs []Sync
}

// Sync is one sync.
type Sync struct {
	ID string
	// Paused is false for a sync without starts: that it starts by hand only is how it is meant to be.
	Paused bool
	// Next is when the schedule starts the next pass; zero if it is paused, or has none.
	Next time.Time
	// Interval is the longest gap between the newest start and the next ones that the schedule lists, five at most; 0 if it
	// starts none. With the newest start it is right on a weekend, too, for a sync that rests then.
	Interval time.Duration
	// StartLag is how much later than scheduled the newest pass was started; nil if none ever was.
	StartLag *time.Duration

	State pass.State
	// RunningSince is when the pass that runs started; zero if none runs.
	RunningSince time.Time
	// Last is the pass that ended last, Completed the last one that walked to its end. Nil if Temporal keeps none.
	Last, Completed *Pass
	// Ended counts the passes that ended since the reader was made, by how they did. It has every key of Endings.
	Ended map[string]int
}

// Pass is one that has ended.
type Pass struct {
	RunID              string
	StartedAt, EndedAt time.Time
	// How is one of Endings.
	How    string
	State  pass.State
	Counts counterparty.Counts
}

// Endings are the ways in which a pass can end: by itself, or by Temporal's hand.
func Endings() []string {
	return []string{string(pass.Completed), string(pass.Stopped), string(pass.Failed), "CANCELED", "TERMINATED", "TIMED_OUT"}
}
