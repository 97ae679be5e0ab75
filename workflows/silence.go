package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
)

// silence finds out whether a Kontur.Focus that names no company does not know those asked about, or has stopped answering
// questions at all. Unknown counterparties are missing from an answer, so that both look like an empty list. Only req is
// judged, which tells the companies apart; batches are asked side by side, and a row is one in order of their answers.
type silence struct {
	sync   pass.Sync
	reader reader
	asker  *asker
	// row is how many counterparties in a row were unknown by now; known are a few that were not, pass.MaxKnown at most.
	row   int
	known []string
	// lately are as known, where chosen nodes are walked, by which nothing is judged.
	lately []string

	mutex workflow.Mutex
	// probes is how many have ended; failure is what came of the last one, nil if there was an answer.
	probes  int
	failure *pass.Failure
}

// listen judges the answer of req about a batch. It returns a failure if Kontur.Focus no longer knows any company. changed: Kontur.Focus says
// of one of those asked about that it changed, so it has to know it.
func (s *silence) listen(ctx workflow.Context, b *batch, changed bool, ids []string, answer pass.QuerySourceResult) *pass.Failure {
	// Those about which it can't be asked are no unknown ones.
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(answer.Unread, id) })
	if s.sync.Selection() != nil {
		if len(answer.Named) > 0 {
			s.lately = answer.Named
		}
		return nil // chosen nodes, or such as were not found before: mostly unknown
	}
	if len(ids) == 0 || s.names(answer) {
		return nil
	}
	s.row += len(ids)
	failure := s.question(ctx, b, changed)
	if failure != nil || ctx.Err() != nil {
		s.row = max(0, s.row-len(ids)) // they are asked about again
	}
	return failure
}

// question finds out whether Kontur.Focus knows any company, if that is in doubt.
func (s *silence) question(ctx workflow.Context, b *batch, changed bool) *pass.Failure {
	before := s.probes
	if !s.inDoubt(changed) || s.mutex.Lock(ctx) != nil {
		return nil // or called off
	}
	defer s.mutex.Unlock()
	if s.probes > before {
		return s.failure // its answer is younger than that about this batch
	}
	if !s.inDoubt(changed) {
		return nil
	}
	failure := s.probe(ctx, b)
	if ctx.Err() == nil {
		s.probes, s.failure = s.probes+1, failure
	}
	return failure
}

// inDoubt: so many in a row are unknown, or one that Kontur.Focus itself says has changed.
func (s *silence) inDoubt(changed bool) bool { return s.row >= maxSilent || s.row > 0 && changed }

// names reports whether an answer names one of those asked about, and notes a few of them.
func (s *silence) names(answer pass.QuerySourceResult) bool {
	if len(answer.Named) == 0 {
		return false
	}
	s.row, s.known = 0, answer.Named
	return true
}

// paid are a few that were named before, so that another question about them costs nothing.
func (s *silence) paid() []string {
	if len(s.lately) > 0 {
		return s.lately
	}
	return s.known
}

// probe asks about counterparties that Kontur.Focus knew before. Where there are none it asks about those of the nodes
// further on.
func (s *silence) probe(ctx workflow.Context, b *batch) *pass.Failure {
	row := s.row
	known := counterparty.Texts(counterparty.Askable(s.sync.SearchParam, s.known))
	if len(known) > 0 {
		alive, failure := s.knowsAny(ctx, b, known)
		if alive || failure != nil || ctx.Err() != nil {
			return failure
		}
		return silent(fmt.Sprintf("none of the last %s counterparties that it was asked about, nor of %d that it knew before", md.Number(int64(row)), len(known)),
			"Kontur.Focus, or something in between, answers with empty lists; if this lasts, ask its support. If it really no longer knows them, "+
				"starter trigger "+s.sync.ID+" --reset")
	}
	asked, alive, failure := s.sample(ctx, b)
	if alive || failure != nil || ctx.Err() != nil {
		return failure
	}
	return silent(fmt.Sprintf("none of the %s counterparties that it was asked about, in samples up to the last node", md.Number(int64(row+asked))),
		"Kontur.Focus, or something in between, answers with empty lists; or searchParam and attributeToSearch don't fit, and the nodes have other numbers there")
}

// sample asks about the counterparties of the next nodes, then of others at distances that double, until one is known or the
// nodes end: all of them may be far too many. A walk over all nodes asks about these anyway.
func (s *silence) sample(ctx workflow.Context, b *batch) (asked int, alive bool, failure *pass.Failure) {
	var step int64
	for cursor := b.LastDbid; ; {
		fetched, err := s.reader.sample(ctx, cursor, b)
		if err != nil || ctx.Err() != nil || len(fetched.Nodes)+len(fetched.Failed) == 0 {
			return asked, false, failureOf(ctx, "read nodes after dbid "+md.Number(cursor), err, pass.ReadSource)
		}
		if ids, _ := identifiers(s.sync.SearchParam, fetched.Nodes); len(ids) > 0 {
			if failure := s.asker.quotas.mayAsk(ctx, b, len(ids)); failure != nil || ctx.Err() != nil {
				return asked, false, failure
			}
			alive, failure := s.knowsAny(ctx, b, ids)
			s.asker.quotas.answered(b)
			if asked += len(ids); alive || failure != nil || ctx.Err() != nil {
				return asked, alive, failure
			}
		}
		if step *= 2; step == 0 {
			step = fetched.LastDbid - cursor
		}
		cursor = fetched.LastDbid + step
	}
}

// further are a few of the counterparties of the next nodes, over batches without one; nil if there are none or they can't be read.
func (s *silence) further(ctx workflow.Context, b *batch) []string {
	cursor := b.LastDbid
	for range maxFurtherBatches {
		fetched, err := s.reader.sample(ctx, cursor, b)
		if err != nil || len(fetched.Nodes)+len(fetched.Failed) == 0 {
			return nil
		}
		if ids, _ := identifiers(s.sync.SearchParam, fetched.Nodes); len(ids) > 0 {
			return ids[:min(len(ids), pass.MaxKnown)]
		}
		cursor = fetched.LastDbid
	}
	return nil
}

// knowsAny asks req about some, outside any batch.
func (s *silence) knowsAny(ctx workflow.Context, b *batch, ids []string) (bool, *pass.Failure) {
	b.Asked += int64(len(ids))
	what := fmt.Sprintf("req: does it know any of %d others?", len(ids))
	result, err := s.asker.ask(ctx, b, what, pass.QuerySourceRequest{Source: "req", By: s.sync.SearchParam, IDs: ids})
	if err != nil || ctx.Err() != nil {
		return false, failureOf(ctx, "kontur.req", err, methods.SourceID(methods.Req))
	}
	return s.names(result), nil
}

// silent is the failure of a register whose answers are empty: an outage, whatever its status says.
func silent(whom, hint string) *pass.Failure {
	return &pass.Failure{
		Type: pass.FailureBadResponse, Source: methods.SourceID(methods.Req), Message: "kontur.req: Kontur.Focus answers, and knows " + whom, Hint: hint, Retryable: true,
	}
}
