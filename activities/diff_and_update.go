package activities

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"

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
	observer   Observer
	audit      audit
	// announcer may be nil in tests.
	announcer announcer
}

func newDiffAndUpdate(d Dependencies, o Observer) *diffAndUpdate {
	a := &diffAndUpdate{repository: d.Repository, mapping: d.Mapping, observer: o, audit: audit{values: d.AuditValues}}
	if d.Temporal != nil {
		a.announcer = d.Temporal
	}
	return a
}

func (d *diffAndUpdate) execute(ctx context.Context, request pass.DiffAndUpdateRequest, p *progress) (pass.DiffAndUpdateResult, error) {
	ids := make([]string, 0, len(request.Nodes))
	for _, node := range request.Nodes {
		// A node that moves while the index is read may show twice. Two writes at once would refuse each other.
		if !slices.Contains(ids, node.ID) {
			ids = append(ids, node.ID)
		}
	}
	if request.Plan {
		ctx = alfresco.WithoutWriting(ctx)
	}
	for _, outcome := range request.Written {
		p.note(outcome)
	}
	judge := newJudge(d.mapping, request, p)
	decided := verdicts{byNode: make(map[string]counterparty.NodeOutcome, len(ids))}
	properties := wanted(d.mapping, request.Attributes)
	var revisions []alfresco.Revision
	var held *pass.Held
	var err error
	switch {
	case request.Plan:
		revisions, err = d.judgeOnly(ctx, ids, properties, judge, &decided)
	case request.Budget != nil:
		revisions, held, err = d.reviseWithin(ctx, *request.Budget, ids, properties, judge, &decided, p)
	default:
		revisions, err = d.revise(ctx, ids, properties, judge, &decided, p)
	}
	for _, revision := range revisions {
		if revision.Written {
			d.audit.written(ctx, decided.byNode[revision.NodeID], false)
		}
	}
	if err != nil || held != nil {
		return pass.DiffAndUpdateResult{Held: held}, err
	}
	var result pass.DiffAndUpdateResult
	for _, revision := range revisions {
		outcome, earlier := final(decided.byNode[revision.NodeID], revision, p)
		if earlier {
			d.audit.written(ctx, outcome, true)
		}
		result.Counts.Add(outcome.Outcome)
		if outcome.Outcome == counterparty.Updated {
			result.Emptied += pass.Emptied(outcome.Changes)
		}
		if outcome.Outcome != counterparty.Unchanged || outcome.Reason != "" || len(outcome.Reported) > 0 {
			result.Nodes = append(result.Nodes, outcome)
		}
	}
	if request.Plan {
		return result, nil // nothing was done
	}
	d.observer.BatchDone(activity.GetInfo(ctx).WorkflowExecution.ID, result)
	return result, nil
}

// judgeOnly says what would be written. Nothing is noted for a next try: nothing was written.
func (d *diffAndUpdate) judgeOnly(ctx context.Context, ids, properties []string, j *judge, v *verdicts) ([]alfresco.Revision, error) {
	return d.repository.Revise(ctx, ids, properties, func(node alfresco.Node) map[string]any {
		outcome, write := j.judge(node)
		v.set(outcome)
		return write
	})
}

// revise brings nodes up to date, each as soon as it is judged.
func (d *diffAndUpdate) revise(ctx context.Context, ids, properties []string, j *judge, v *verdicts, p *progress) ([]alfresco.Revision, error) {
	return d.repository.Revise(ctx, ids, properties, func(node alfresco.Node) map[string]any {
		outcome, write := j.judge(node)
		v.set(outcome)
		if len(write) > 0 {
			p.note(outcome)
		}
		return write
	})
}

// final is the outcome of a node after Alfresco has had its say; earlier says that it is one of an earlier try.
func final(outcome counterparty.NodeOutcome, revision alfresco.Revision, p *progress) (_ counterparty.NodeOutcome, earlier bool) {
	refusal := revision.Refusal
	switch {
	case refusal != nil && refusal.Gone:
		return counterparty.NodeOutcome{NodeID: revision.NodeID, Outcome: counterparty.Gone, Reason: "deleted while the pass ran"}, false
	case refusal != nil:
		return counterparty.NodeOutcome{NodeID: revision.NodeID, Outcome: counterparty.Rejected, Reason: refusal.Reason}, false
	case outcome.Outcome == counterparty.Unchanged:
		// An attempt that was lost may have written it.
		if written, ok := p.written(revision.NodeID); ok {
			written.Reported = outcome.Reported
			return written, true
		}
	}
	return outcome, false
}
