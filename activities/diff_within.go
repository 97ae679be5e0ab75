package activities

import (
	"context"
	"fmt"
	"sync"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// verdicts are the outcomes that nodes have if Alfresco takes what is to be written. It is safe for concurrent use.
type verdicts struct {
	mu     sync.Mutex
	byNode map[string]counterparty.NodeOutcome
}

func (v *verdicts) set(outcome counterparty.NodeOutcome) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.byNode[outcome.NodeID] = outcome
}

// reviseWithin brings nodes up to date unless that exceeds the budget, in which case it writes nothing and returns what
// it would have changed. With an error the revisions are those that were finished.
//
// All nodes are judged before the first one is written, and none is written beyond what was counted then: those that
// differed are read and judged once more, because a person may have typed something since.
func (d *diffAndUpdate) reviseWithin(ctx context.Context, budget pass.Budget, ids, properties []string, j *judge, v *verdicts, p *progress) ([]alfresco.Revision, *pass.Held, error) {
	looked, err := d.repository.Revise(ctx, ids, properties, func(node alfresco.Node) map[string]any {
		outcome, _ := j.judge(node)
		v.set(outcome)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	c := tally(looked, v.byNode, p)
	if c.exceeds(budget) {
		return nil, c.evidence(len(ids)), nil
	}
	if len(c.toWrite) == 0 {
		return looked, nil, nil
	}
	emptied := make(map[string]int, len(c.toWrite))
	for _, id := range c.toWrite {
		emptied[id] = pass.Emptied(v.byNode[id].Changes)
	}
	begun := begun{nodes: map[string]bool{}}
	defer func() { p.forget(c.toWrite, begun.nodes) }()
	if err := d.announce(ctx, c.toWrite, v, p); err != nil {
		return nil, nil, err
	}
	written, err := d.repository.Revise(ctx, c.toWrite, properties, func(node alfresco.Node) map[string]any {
		outcome, write := j.judge(node)
		if budget.Emptied != nil && pass.Emptied(outcome.Changes) > emptied[node.ID] {
			// A person filled an attribute that is to be emptied. It was not counted, so it waits for the next pass.
			outcome = counterparty.NodeOutcome{NodeID: node.ID, Outcome: counterparty.Unchanged, Reason: "changed while the pass compared it; the next pass compares it again"}
			write = nil
		}
		v.set(outcome)
		if len(write) > 0 {
			p.note(outcome)
			begun.add(node.ID)
		}
		return write
	})
	if err != nil {
		return written, nil, err
	}
	return merge(looked, written), nil, nil
}

// announcer tells Temporal at once how far an activity is: client.Client does.
type announcer interface {
	RecordActivityHeartbeat(ctx context.Context, taskToken []byte, details ...any) error
}

// announce tells Temporal which nodes are about to be written, and waits until it knows. Heartbeats as such are held back
// by the SDK for most of their timeout: a worker that dies meanwhile would leave writes that nobody counts, and the next
// attempt would change as many nodes more than it may.
func (d *diffAndUpdate) announce(ctx context.Context, ids []string, v *verdicts, p *progress) error {
	for _, id := range ids {
		p.note(v.byNode[id])
	}
	activity.RecordHeartbeat(ctx, p.details()) // so that none with less follows
	if d.announcer == nil {
		return nil
	}
	if err := d.announcer.RecordActivityHeartbeat(ctx, activity.GetInfo(ctx).TaskToken, p.details()); err != nil {
		return fmt.Errorf("tell Temporal what is about to be written: %w", err)
	}
	return nil
}

// begun are the nodes whose write was begun. It is safe for concurrent use.
type begun struct {
	mu    sync.Mutex
	nodes map[string]bool
}

func (b *begun) add(nodeID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes[nodeID] = true
}

// merge puts the later revisions in the place of the earlier ones of the same nodes.
func merge(looked, written []alfresco.Revision) []alfresco.Revision {
	later := make(map[string]alfresco.Revision, len(written))
	for _, revision := range written {
		later[revision.NodeID] = revision
	}
	merged := make([]alfresco.Revision, len(looked))
	for i, revision := range looked {
		if r, ok := later[revision.NodeID]; ok {
			revision = r
		}
		merged[i] = revision
	}
	return merged
}
