// Package sourcestate says how far each external source of a report has come. Sources is the one model; the
// source-state document («Статусы источников») is rendered from it in two dialects; sourcestatetest reads it back, for tests.
//
//   - source: an external system, or one method of it, that a report takes data from
//   - sources: a list, fixed and ordered when it is made, each with a state and perhaps a reason
//   - document: counters and list as others see them; its dialect says which words it uses and how it counts them
//   - waits, ended: a source waits until it ended, well or badly; a report is complete when no source waits
//
// Model and documents are plain values without clock or randomness, so workflow code may use them; marshal documents
// outside of workflows. What a source answered, dates and uids of reports are not the business of this package.
package sourcestate

import (
	"cmp"
	"fmt"
	"slices"
)

// Source is one source of a report.
type Source struct {
	ID    string `json:"id"`
	State State  `json:"state"`
	// Reason says in words for people why the source is in its state; empty if there is nothing to say.
	Reason string `json:"reason,omitempty"`
}

// Sources is the sources of a report in their order. The zero Sources has none and is complete. Copies are independent: a
// change of one never shows in another. A Sources is not safe for concurrent change.
type Sources struct{ sources []Source }

// New returns a report in which no source has started. The list stays as it is from here on: no method adds, removes or
// reorders a source. The error is of package invalid and names every id that CheckID refuses or that stands twice.
func New(ids ...string) (Sources, error) {
	sources := make([]Source, len(ids))
	for i, id := range ids {
		sources[i] = Source{ID: id, State: NotStarted}
	}
	return newSources(sources)
}

// Sources returns a copy of the sources in their order.
func (r Sources) Sources() []Source { return slices.Clone(r.sources) }

// Source returns the source with the id; ok is false if the report has none.
func (r Sources) Source(id string) (s Source, ok bool) {
	i := r.index(id)
	if i < 0 {
		return Source{}, false
	}
	return r.sources[i], true
}

// Complete reports whether no source waits. A report without sources is complete.
func (r Sources) Complete() bool { return r.Counts().Wait == 0 }

// Counts counts the sources. Documents of both dialects show the same numbers.
func (r Sources) Counts() Counters {
	var c Counters
	for _, s := range r.sources {
		c.add(s.State.facts().counts)
	}
	return c
}

// Set moves one source to a state, with the reason, which may be empty. It refuses an unknown id and what CanBecome
// refuses, and then changes nothing. Saying again what already is so is allowed: activities may report twice.
func (r *Sources) Set(id string, state State, reason string) error {
	i := r.index(id)
	if i < 0 {
		return fmt.Errorf("set source %q: the report has no such source", id)
	}
	was, becomes := r.sources[i], Source{ID: id, State: state, Reason: reason}
	switch {
	case was == becomes:
		return nil
	case !was.State.CanBecome(state):
		return fmt.Errorf("set source %q: %s can't become %q", id, was.State, string(state))
	}
	r.replace(i, becomes)
	return nil
}

// Ending says what becomes of the sources that still wait when a report ends.
type Ending struct {
	// Interrupted is the state of sources that were Asking or Delayed: Failed, FailedInternally or Cancelled.
	Interrupted State
	// InterruptedReason is their reason. If it is empty, each keeps the one that it has.
	InterruptedReason string
	// CancelledReason is the reason of sources that were NotStarted or Waiting and become Cancelled, for what they
	// needed never came. If it is empty, each keeps the one that it has.
	CancelledReason string
}

// Finish ends every source that waits, so that the report is complete. Call it in whatever way the work ends; when nothing
// waits it changes nothing. It refuses another Interrupted than the three.
func (r *Sources) Finish(e Ending) error {
	if !e.Interrupted.EndedBadly() {
		return fmt.Errorf("finish the report: an interrupted source can't become %q", string(e.Interrupted))
	}
	for i, s := range r.sources {
		reason := ""
		switch s.State {
		case NotStarted, Waiting:
			s.State, reason = Cancelled, e.CancelledReason
		case Asking, Delayed:
			s.State, reason = e.Interrupted, e.InterruptedReason
		default:
			continue
		}
		s.Reason = cmp.Or(reason, s.Reason)
		r.replace(i, s)
	}
	return nil
}

// Refresh begins anew: every source, also one that still waits, is NotStarted and has no reason.
func (r *Sources) Refresh() {
	for i, s := range r.sources {
		r.replace(i, Source{ID: s.ID, State: NotStarted})
	}
}

func (r Sources) index(id string) int {
	return slices.IndexFunc(r.sources, func(s Source) bool { return s.ID == id })
}

// replace writes to a list of its own, so that copies of the report keep theirs.
func (r *Sources) replace(i int, s Source) {
	r.sources = slices.Clone(r.sources)
	r.sources[i] = s
}
