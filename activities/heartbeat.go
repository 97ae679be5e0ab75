package activities

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
)

// progress is what a heartbeat tells: people see it, and the next attempt gets it back if this one's worker is lost.
type progress struct {
	mu      sync.Mutex
	Changed map[string]counterparty.NodeOutcome // by node id
}

// heartbeatDetails is progress on the wire.
type heartbeatDetails struct {
	// Changed are the nodes that were written, or were about to be, because a worker that dies can't say so afterwards: a
	// repetition finds them equal and would count them as unchanged.
	Changed []counterparty.NodeOutcome `json:"changed,omitempty"`
}

func (p *progress) note(outcome counterparty.NodeOutcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Changed == nil {
		p.Changed = map[string]counterparty.NodeOutcome{}
	}
	p.Changed[outcome.NodeID] = outcome
}

func (p *progress) details() heartbeatDetails {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := heartbeatDetails{Changed: make([]counterparty.NodeOutcome, 0, len(p.Changed))}
	for _, outcome := range p.Changed {
		d.Changed = append(d.Changed, outcome)
	}
	return d
}

// restore takes over what the attempt before this one told, if there was one.
func (p *progress) restore(ctx context.Context) {
	var d heartbeatDetails
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &d) != nil {
		return
	}
	for _, outcome := range d.Changed {
		p.note(outcome)
	}
}

// heartbeat tells Temporal, in the background, that the worker lives, until stop is called.
func heartbeat(ctx context.Context, p *progress) (stop func()) {
	p.restore(ctx)
	activity.RecordHeartbeat(ctx, p.details())
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx, p.details())
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

// verify forgets a write that was only about to be made: of what was to be written nothing stands. A write is whole or not
// at all, so that one value that stands is enough, whatever a person has edited since.
func (p *progress) verify(nodeID string, stands func(counterparty.Change) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if outcome, ok := p.Changed[nodeID]; ok && !slices.ContainsFunc(outcome.Changes, stands) {
		delete(p.Changed, nodeID)
	}
}

// forget forgets of nodes that were announced those whose write was never begun.
func (p *progress) forget(announced []string, begun map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range announced {
		if !begun[id] {
			delete(p.Changed, id)
		}
	}
}

// written is the outcome of a node that this or an earlier attempt has written, or was about to. Only for a node that was
// found unchanged, and verified, does it say that the write took place.
func (p *progress) written(nodeID string) (counterparty.NodeOutcome, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	outcome, ok := p.Changed[nodeID]
	return outcome, ok
}
