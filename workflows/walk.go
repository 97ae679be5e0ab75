package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// beginWalk takes over what the pass before left, for a sync that asks about what changed only. A pass beside the schedule
// has none before it, and asks about all of its nodes.
func (p *passRun) beginWalk(previous *pass.Result) {
	if !p.sync.ChangedOnly || p.sync.AdHoc != nil {
		return
	}
	var walk pass.Scope
	switch {
	case previous == nil || previous.Scope == nil || previous.ResetAt != p.sync.ResetAt:
	case previous.Ended == pass.Completed:
		walk = previous.Scope.Next()
	default:
		walk = *previous.Scope // the same walk goes on
	}
	p.result.Scope = &walk
}

// chooseWhomToAsk decides, before anybody is asked, whether this walk asks about everybody or about what changed. It goes
// by the walk before, and asks about everybody whenever there is a doubt: too much is asked then, never too little.
func (p *passRun) chooseWhomToAsk(ctx workflow.Context) *pass.Failure {
	if p.result.Scope == nil || p.chosen {
		return nil
	}
	walk := *p.result.Scope
	goesOn := !walk.StartedAt.IsZero()
	since, why := walk.Since, walk.Why
	if !goesOn {
		since, why = p.since(walk)
	}
	if since != nil && p.result.StartedAt.Sub(*since) > time.Duration(pass.MaxFullEvery) {
		since, why = nil, "what changed since "+since.UTC().Format(time.DateOnly)+" is not surely remembered"
	}
	request := pass.ReadChangesRequest{Walk: p.walkKey(), Sources: p.monitored(), Since: since, Now: workflow.Now(ctx).UTC(), Seen: walk.Seen}
	what := "which companies changed?"
	found, err := paced(ctx, "Kontur.Focus", what, func(string) { p.show(ctx) }, func(ctx workflow.Context) (pass.ReadChangesResult, error) {
		return flow.Execute(changesPolicy(ctx, what), pass.ReadChanges, request)
	})
	if canceled(err) || ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		failure := at(methods.SourceID(methods.Req), failureOf("which companies changed", err))
		if failure.Type == pass.FailureAccessDenied {
			failure.Hint = "have monitoring (monList, req/mon) added to the contract, or take changedOnly out of the sync: then everybody is asked about"
		}
		return failure
	}
	mark := p.sync.Mark(found.Mapping)
	if walk.Mark != mark && since != nil {
		since, why = nil, "the configuration or the mapping changed"
	}
	if !goesOn {
		walk.StartedAt, walk.Mark = p.result.StartedAt, mark
	}
	walk.Seen = seen(walk.Seen, request.Since, found)
	// A walk that goes on under another mark keeps its own, so that the next one asks about everybody.
	walk.Since, walk.Why = since, why
	p.result.Scope, p.chosen = &walk, true
	return nil
}

// seen is what the monitoring has told by now.
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

// since is from when on changes count for a new walk; nil with a reason if everybody is asked about.
func (p *passRun) since(walk pass.Scope) (*time.Time, string) {
	switch every := time.Duration(*p.sync.FullEvery); {
	case walk.Base == nil || walk.LastFull == nil:
		return nil, "there is no completed pass to go by"
	case walk.RejectedMore:
		return nil, "the pass before could not write some nodes, and does not know which"
	case p.result.StartedAt.Sub(*walk.LastFull) >= every:
		return nil, fmt.Sprintf("the last full pass is from %s, and one is due every %s", walk.LastFull.UTC().Format(time.DateTime), pass.Duration(every))
	}
	since := walk.Base.Add(-pass.ChangesOverlap)
	return &since, ""
}

// monitored are the sources of the sync whose changes are told. Of the others nobody tells: they are asked along with these.
func (p *passRun) monitored() []string {
	return slices.DeleteFunc(methods.Monitored(), func(source string) bool { return !slices.Contains(p.sync.Sources, source) })
}

func (p *passRun) walkKey() string { return p.result.RunID }

// sparing is what a segment is told; nil if everybody is asked about.
func (p *passRun) sparing() *pass.ChangedFilter {
	walk := p.result.Scope
	if walk == nil || walk.Since == nil || walk.Base == nil {
		return nil
	}
	return &pass.ChangedFilter{
		Walk: p.walkKey(), Sources: p.monitored(), Since: *walk.Since, Seen: walk.Seen, ModifiedSince: walk.Base.Add(-pass.ModifiedOverlap), Again: walk.Again,
	}
}

// noteRejected remembers nodes for the next walk.
func (p *passRun) noteRejected(ids []string) {
	p.changeWalk(func(walk *pass.Scope) { walk.Reject(ids) })
}

// changeWalk changes a copy: base has the one from before.
func (p *passRun) changeWalk(change func(*pass.Scope)) {
	if p.result.Scope == nil || p.base.Scope == nil {
		return
	}
	walk := *p.result.Scope
	change(&walk)
	p.result.Scope = &walk
}
