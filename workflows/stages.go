package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/methods"
	md "counterparty-sync/internal/markdown"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// fetch reads the nodes after the cursor, up to the last dbid unless that is 0; tell hears what becomes of it.
func (s *segmentRun) fetch(ctx workflow.Context, cursor, last int64, tell func(string)) (pass.FetchBatchResult, error) {
	request := pass.FetchBatchRequest{NodeType: s.sync.NodeType, After: cursor, Last: last, Max: *s.sync.BatchSize, Attributes: s.sync.Attributes(), Only: s.sync.Selection()}
	if s.sync.Start == pass.Checkpoint {
		settled := s.request.PassStartedAt.Add(-settling)
		request.CreatedBefore = &settled
	}
	if s.request.Changed != nil {
		request.ModifiedSince = &s.request.Changed.ModifiedSince
	}
	what := fmt.Sprintf("next %d nodes after dbid %s", *s.sync.BatchSize, md.Number(cursor))
	return paced(ctx, "Alfresco", what, tell, func(ctx workflow.Context) (pass.FetchBatchResult, error) {
		tell("is read from Alfresco")
		return flow.Execute(fetchPolicy(ctx, what), pass.FetchBatch, request)
	})
}

// queryAll asks all sources about a batch at once. Without an identifier that may be asked nobody is.
func (s *segmentRun) queryAll(ctx workflow.Context, b *batch) ([]pass.Answer, *pass.Failure) {
	ids, kpps := identifiers(s.sync.SearchParam, b.nodes)
	if len(ids) == 0 {
		return nil, nil
	}
	if failure := s.mayAsk(ctx, b, ids); failure != nil || ctx.Err() != nil {
		return nil, failure
	}
	b.asked = int64(len(ids) * len(s.sync.Sources))
	answers := make([]pass.Answer, len(s.sync.Sources))
	failures := make([]*pass.Failure, len(s.sync.Sources))
	bytes := 0
	wg := workflow.NewWaitGroup(ctx)
	for i, source := range s.sync.Sources {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			request := pass.QuerySourceRequest{Source: source, By: s.sync.SearchParam, IDs: ids, KPPs: kpps}
			what := fmt.Sprintf("%s: %d ids after dbid %s", source, len(ids), md.Number(b.after))
			result, err := s.query(ctx, b, what, request)
			if err != nil && !canceled(err) {
				failures[i] = at(methods.SourceID(source), failureOf("kontur."+source, err))
			}
			if err == nil {
				s.quotas.took(source, result.Calls)
			}
			answers[i] = pass.Answer{Source: source, Projections: result.Projections}
			bytes += result.Bytes
		})
	}
	wg.Wait(uncancelled(ctx))
	s.answered(b)
	for _, failure := range failures {
		if failure != nil {
			return nil, s.blameQuota(ctx, len(ids), failure)
		}
	}
	for _, answer := range answers {
		if answer.Source != "req" {
			continue
		}
		if failure := s.listen(ctx, b, ids, answer.Projections); failure != nil || ctx.Err() != nil {
			return nil, failure
		}
	}
	if bytes > pass.MaxAnswerBytes {
		return nil, &pass.Failure{
			Type:    pass.FailureTooLarge,
			Source:  pass.WriteSource,
			Message: fmt.Sprintf("the answers of %d sources after dbid %s have %d bytes, more than the %d that a payload may have", len(answers), md.Number(b.after), bytes, pass.MaxAnswerBytes),
			Hint:    pass.HintTooLarge,
		}
	}
	return answers, nil
}

func (s *segmentRun) query(ctx workflow.Context, b *batch, what string, request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	tell := func(wait string) { s.enter(ctx, b, request.Source+": "+wait) }
	return paced(ctx, "Kontur.Focus", what, tell, func(ctx workflow.Context) (pass.QuerySourceResult, error) {
		s.enter(ctx, b, "Kontur.Focus is asked: "+strings.Join(s.sync.Sources, ", "))
		return flow.Execute(queryPolicy(ctx, what), pass.QuerySource, request)
	})
}

// diffAndUpdate brings the batch's nodes up to date.
func (s *segmentRun) diffAndUpdate(ctx workflow.Context, b *batch, answers []pass.Answer) (pass.DiffAndUpdateResult, error) {
	request := pass.DiffAndUpdateRequest{Nodes: b.nodes, By: s.sync.SearchParam, Attributes: s.sync.Attributes(), Answers: answers, LeftOut: s.request.LeftOut, Lookahead: *s.sync.Lookahead, Plan: s.sync.Plans(), Budget: s.budget(b), Written: s.writtenTo(b.nodes)}
	what := fmt.Sprintf("%d nodes after dbid %s", len(b.nodes), md.Number(b.after))
	tell := func(wait string) { s.enter(ctx, b, wait) }
	result, err := paced(ctx, "Alfresco", what, tell, func(ctx workflow.Context) (pass.DiffAndUpdateResult, error) {
		s.enter(ctx, b, "is compared and "+s.writingWord())
		// What has begun to be written is finished; only the waiting in between is called off.
		result, err := flow.Execute(writePolicy(uncancelled(ctx), what), pass.DiffAndUpdate, request)
		if written := writtenBefore(err); len(written) > 0 {
			// A last heartbeat may tell more than there is room for beside the answers.
			request.Written = counterparty.Fit(written, pass.MaxHandedOver(*s.sync.Lookahead))
		}
		if result.Evidence != nil {
			request.Written = result.Evidence.Written
		}
		return result, err
	})
	if err == nil && result.Evidence == nil {
		request.Written = nil // the result tells them
	}
	s.keepWritten(b.nodes, request.Written)
	return result, err
}

// writtenTo are the writes of earlier tries to the nodes.
func (s *segmentRun) writtenTo(nodes []pass.NodeRef) []counterparty.NodeOutcome {
	return slices.DeleteFunc(slices.Clone(s.written), func(write counterparty.NodeOutcome) bool { return !among(nodes, write.NodeID) })
}

// keepWritten puts writes to the nodes in the place of those that were known.
func (s *segmentRun) keepWritten(nodes []pass.NodeRef, written []counterparty.NodeOutcome) {
	others := slices.DeleteFunc(slices.Clone(s.written), func(write counterparty.NodeOutcome) bool { return among(nodes, write.NodeID) })
	s.written = append(others, written...)
}

func among(nodes []pass.NodeRef, id string) bool {
	return slices.ContainsFunc(nodes, func(node pass.NodeRef) bool { return node.ID == id })
}

// identifiers are what may be asked about a batch, each once, and the KPPs of the nodes, each once.
func identifiers(by counterparty.IDKind, nodes []pass.NodeRef) (ids, kpps []string) {
	keys := make([]string, len(nodes))
	seen := map[string]bool{"": true}
	for i, node := range nodes {
		keys[i] = node.Key
		if !seen[node.KPP] {
			seen[node.KPP] = true
			kpps = append(kpps, node.KPP)
		}
	}
	return counterparty.Askable(by, keys), kpps
}
