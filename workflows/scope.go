package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// scope decides whether a walk asks about all nodes or about those that changed. Its state is nil for a sync that always asks
// about all.
type scope struct {
	state *pass.Scope
	// decided: it has been in this pass.
	decided bool
	// key is the one under which workers keep the lists of the pass.
	key           string
	passStartedAt time.Time
}

// scopeAfter is what the pass before left, for a sync that asks about what changed only. A pass beside the schedule has none
// before it, and asks about all of its nodes.
func scopeAfter(previous *pass.Result, sync pass.Sync) *pass.Scope {
	if !sync.ChangedOnly || sync.AdHoc != nil {
		return nil
	}
	var state pass.Scope
	rewound := rewinds(previous, sync)
	// From the beginning it is a walk like any other.
	inPart := rewound && sync.Rewind.To > 0
	switch {
	case previous == nil || previous.Scope == nil || !usable(previous, sync):
	case rewound && (!inPart || previous.Ended != pass.Completed):
		// A walk that is given up halfway is as if it had never been: the one after this asks about all nodes.
		state.Seen = previous.Scope.Seen
	case previous.Over():
		state = previous.Scope.Next()
	default:
		return new(*previous.Scope) // the same walk goes on
	}
	state.Rewound = inPart
	return &state
}

// decide decides, once, before Kontur.Focus is asked. It goes by the walk before, and asks about all nodes whenever there is
// a doubt: too much is asked then, never too little.
func (s *scope) decide(ctx workflow.Context, sync pass.Sync, show func(workflow.Context)) *pass.Failure {
	if s.state == nil || s.decided {
		return nil
	}
	state := *s.state
	goesOn := !state.StartedAt.IsZero()
	since, why := state.Since, state.Why
	switch {
	case state.Rewound:
		since, why = nil, "the checkpoint was set by hand"
	case !goesOn:
		since, why = s.since(*sync.FullEvery)
	}
	if state.Seen.Key != sync.KonturKey {
		if state.Seen = (pass.Seen{Key: sync.KonturKey}); since != nil {
			since, why = nil, "the sync has another key than before, with a watch list of its own"
		}
	}
	if since != nil && s.passStartedAt.Sub(*since) > time.Duration(pass.MaxFullEvery) {
		since, why = nil, "what changed since "+since.UTC().Format(time.DateOnly)+" is not surely remembered"
	}
	request := pass.ReadChangesRequest{Walk: s.key, Sources: monitored(sync), Since: since, Now: workflow.Now(ctx).UTC(), Seen: state.Seen}
	found, err := paced(ctx, pass.ReadChanges, &request, outsideCall{
		who: "Kontur.Focus", what: "which companies changed?", policy: queryPolicy.with(sync.KonturKey), show: func(string) { show(ctx) },
	})
	if err != nil || ctx.Err() != nil { // nil: stopped before it began
		failure := failureOf(ctx, "which companies changed", err, methods.SourceID(methods.Req))
		if failure != nil && failure.Type == pass.FailureAccessDenied {
			failure.Hint = "have monitoring (monList, req/mon) added to the contract, or take changedOnly out of the sync: then all companies are asked about"
		}
		return failure
	}
	mark := sync.Mark(found.Mapping)
	if state.Mark != mark && since != nil {
		since, why = nil, "the configuration or the mapping changed"
	}
	if !goesOn {
		state.StartedAt = s.passStartedAt
	}
	if !goesOn && !state.Rewound {
		// A rewound walk leaves those of the nodes that it does not come to. Where some rejected nodes were not remembered this one
		// asks about all.
		state.Mark, state.RejectedMore = mark, false
	}
	state.Seen = seen(state.Seen, request.Since, found)
	// A walk that goes on under another mark keeps its own, so that the next one asks about all nodes.
	state.Since, state.Why = since, why
	s.state, s.decided = &state, true
	return nil
}

// since is from when on changes count for a new walk; nil with a reason if all nodes are asked about.
func (s *scope) since(fullEvery pass.Duration) (*time.Time, string) {
	switch every := time.Duration(fullEvery); {
	case s.state.Base == nil || s.state.LastFull == nil:
		return nil, "there is no completed pass to go by"
	case s.state.RejectedMore:
		return nil, "the pass before could not write some nodes, and does not know which"
	case s.passStartedAt.Sub(*s.state.LastFull) >= every:
		return nil, fmt.Sprintf("the last full pass is from %s, and one is due every %s", s.state.LastFull.UTC().Format(time.DateTime), fullEvery)
	}
	since := s.state.Base.Add(-pass.ChangesOverlap)
	return &since, ""
}

// seen is what the monitoring has reported by now.
func seen(before pass.Seen, since *time.Time, found pass.ReadChangesResult) pass.Seen {
	if since == nil {
		return before
	}
	before.Watched = found.Watched
	if found.Changed > 0 {
		day := since.UTC().Truncate(time.Second)
		before.ChangedSince = &day
	}
	return before
}

// monitored are the sources of the sync whose changes Kontur.Focus reports. The others are asked along with these.
func monitored(sync pass.Sync) []string {
	return slices.DeleteFunc(methods.Monitored(), func(source string) bool { return !slices.Contains(sync.Sources, source) })
}

// filter is what a segment goes by; nil if it asks about all nodes.
func (s *scope) filter(sync pass.Sync) *pass.ChangedFilter {
	if s.state == nil || s.state.Since == nil || s.state.Base == nil {
		return nil
	}
	return &pass.ChangedFilter{
		Walk: s.key, Sources: monitored(sync), Since: *s.state.Since, Seen: s.state.Seen, ModifiedSince: s.state.Base.Add(-pass.ModifiedOverlap), Again: s.state.Again,
	}
}

// reject remembers nodes for the next walk.
func (s *scope) reject(ids []string) {
	if s.state != nil {
		s.state.Reject(ids)
	}
}

// goOnInPart notes that the walk continues without one of its sources.
func (s *scope) goOnInPart() {
	if s.state != nil {
		s.state.Partial = true
	}
}

// in is the scope with the nodes that were skipped so far.
func (s *scope) in(committed *pass.Scope) *pass.Scope {
	if s.state == nil {
		return nil
	}
	state := *s.state
	state.Skipped = committed.Skipped
	return &state
}
