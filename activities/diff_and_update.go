package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// diffAndUpdate reads a batch's nodes again, compares them with what the sources say, and writes what differs. What a
// person typed since the fetch is therefore part of the comparison.
type diffAndUpdate struct {
	repository Repository
	mapping    *mapping.Mapping
}

func (d *diffAndUpdate) execute(ctx context.Context, request pass.DiffAndUpdateRequest, p *progress) (pass.DiffAndUpdateResult, error) {
	ids := make([]string, 0, len(request.Nodes))
	for _, node := range request.Nodes {
		// A node that moves while the index is read may show twice. Two writes at once would refuse each other.
		if !slices.Contains(ids, node.ID) {
			ids = append(ids, node.ID)
		}
	}
	judge := newJudge(d.mapping, request)
	var mu sync.Mutex
	decided := make(map[string]counterparty.NodeOutcome, len(ids))
	revisions, err := d.repository.Revise(ctx, ids, func(node alfresco.Node) map[string]any {
		outcome, write := judge.judge(node)
		mu.Lock()
		defer mu.Unlock()
		decided[node.ID] = outcome
		if len(write) > 0 {
			p.note(outcome)
		}
		return write
	})
	if err != nil {
		return pass.DiffAndUpdateResult{}, err
	}
	var result pass.DiffAndUpdateResult
	for _, revision := range revisions {
		outcome := final(decided[revision.NodeID], revision, p)
		result.Counts.Add(outcome.Outcome)
		if outcome.Outcome != counterparty.Unchanged || outcome.Reason != "" || len(outcome.Reported) > 0 {
			result.Nodes = append(result.Nodes, outcome)
		}
	}
	return result, nil
}

// final is the outcome of a node after Alfresco has had its say.
func final(outcome counterparty.NodeOutcome, revision alfresco.Revision, p *progress) counterparty.NodeOutcome {
	refusal := revision.Refusal
	switch {
	case refusal != nil && refusal.Gone:
		return counterparty.NodeOutcome{NodeID: revision.NodeID, Outcome: counterparty.Gone, Reason: "deleted while the pass ran"}
	case refusal != nil:
		return counterparty.NodeOutcome{NodeID: revision.NodeID, Outcome: counterparty.Rejected, Reason: refusal.Reason}
	case outcome.Outcome == counterparty.Unchanged:
		// An attempt that was lost may have written it.
		if written, ok := p.written(revision.NodeID); ok {
			return written
		}
	}
	return outcome
}

// judge decides about the nodes of one batch. It is safe for concurrent use.
type judge struct {
	mapping    *mapping.Mapping
	by         counterparty.IDKind
	attributes []string
	// fetched is the identifier of each node as the fetch saw it, asked are those that were asked about.
	fetched    map[string]string
	asked      map[string]bool
	candidates map[string][]counterparty.Candidate
	// answers are the projections by source and OGRN.
	answers map[string]map[string]counterparty.Projection
}

func newJudge(m *mapping.Mapping, request pass.DiffAndUpdateRequest) *judge {
	j := &judge{
		mapping:    m,
		by:         request.By,
		attributes: request.Attributes,
		fetched:    make(map[string]string, len(request.Nodes)),
		asked:      make(map[string]bool, len(request.Nodes)),
		candidates: make(map[string][]counterparty.Candidate, len(request.Nodes)),
		answers:    make(map[string]map[string]counterparty.Projection, len(request.Answers)),
	}
	keys := make([]string, len(request.Nodes))
	for i, node := range request.Nodes {
		j.fetched[node.ID] = node.Key
		keys[i] = node.Key
	}
	for _, id := range counterparty.Askable(request.By, keys) {
		j.asked[id] = true
	}
	for _, answer := range request.Answers {
		byOGRN := make(map[string]counterparty.Projection, len(answer.Projections))
		for _, projection := range answer.Projections {
			byOGRN[projection.OGRN] = projection
			if projection.Company != nil {
				key := projection.INN
				if request.By == counterparty.OGRN {
					key = projection.OGRN
				}
				j.candidates[key] = append(j.candidates[key], counterparty.Candidate{
					INN: projection.INN, OGRN: projection.OGRN, Company: *projection.Company,
				})
			}
		}
		j.answers[answer.Source] = byOGRN
	}
	return j
}

// judge returns the outcome that the node will have if Alfresco takes the returned properties.
func (j *judge) judge(node alfresco.Node) (counterparty.NodeOutcome, map[string]any) {
	outcome := counterparty.NodeOutcome{NodeID: node.ID}
	key := firstText(node.Properties, j.attributes)
	if outcome.Outcome, outcome.Reason = j.unasked(node.ID, key); outcome.Outcome != "" {
		return outcome, nil
	}
	identity := j.mapping.Identity(node.Properties)
	if j.by == counterparty.OGRN {
		identity.OGRN = key
	} else {
		identity.INN = key
	}
	candidates := j.candidates[key]
	choice := counterparty.Choose(identity, j.by, candidates)
	if choice.Outcome != "" {
		outcome.Outcome, outcome.Reason = choice.Outcome, choice.Reason
		return outcome, nil
	}
	chosen := candidates[choice.Index].OGRN
	projections := make(map[string]counterparty.Projection, len(j.answers))
	for source, byOGRN := range j.answers {
		if projection, ok := byOGRN[chosen]; ok {
			projections[source] = projection
		}
	}
	revision := j.mapping.Revise(node.Properties, choice.Unit, identity.KPP, projections)
	outcome.Outcome, outcome.Changes, outcome.Reported = counterparty.Unchanged, revision.Changes, revision.Reported
	if len(revision.Write) > 0 {
		outcome.Outcome = counterparty.Updated
	}
	if len(revision.Notes) > 0 {
		// Attributes that could not be compared: the others are none the worse for it.
		outcome.Reason = strings.Join(revision.Notes, "; ")
	}
	return outcome, revision.Write
}

// unasked says why nobody was asked about the node, if nobody was.
func (j *judge) unasked(nodeID, key string) (counterparty.Outcome, string) {
	if j.asked[key] {
		return "", ""
	}
	if err := counterparty.Check(j.by, key); err != nil {
		return counterparty.InvalidID, fmt.Sprintf("%s %v", strings.ToUpper(string(j.by)), err)
	}
	if j.by == counterparty.INN && counterparty.IsForeign(key) {
		return counterparty.NotFound, "the INN of a foreign organisation, which Kontur.Focus does not tell about here"
	}
	return counterparty.Unchanged, fmt.Sprintf("its identifier changed from %q while the pass ran; the next pass asks about the new one", j.fetched[nodeID])
}
