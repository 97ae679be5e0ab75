package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// update implements api: one request reads all nodes, one writes what is to be changed of them, and one sees whether it
// stands, because the Records API skips in silence what it doesn't know and what a case process protects.
func (r records) update(ctx context.Context, ids, properties []string, updater Updater) ([]Updated, string, error) {
	if len(ids) == 0 {
		return []Updated{}, "", nil
	}
	b := recordsBatch{records: r, properties: properties, updater: updater, jury: newJury(ctx, len(ids)), use: connection{once: true}, compared: map[string]*comparison{},
		changes: map[string]map[string]any{}, refusals: map[string]*Refusal{}, written: map[string]bool{}, unseen: map[string]bool{}, open: map[string]error{}}
	err := b.write(ctx, ids)
	if err == nil {
		err = b.verify(ctx)
	}
	if err != nil {
		err = fmt.Errorf("update %d nodes: %w", len(ids), err)
		clear(b.written) // whether it was saved has not been seen
	}
	updates := make([]Updated, 0, len(ids))
	for _, id := range ids {
		_, toWrite := b.changes[id]
		if b.refusals[id] != nil || b.written[id] || b.open[id] != nil || b.compared[id] != nil && !toWrite {
			update := Updated{NodeID: id, Written: b.written[id], Refusal: b.refusals[id], Open: b.open[id]}
			updater.Done(update)
			updates = append(updates, update)
		}
	}
	return updates, b.nodeType, err
}

// recordsBatch is a batch that is being updated.
type recordsBatch struct {
	records
	properties []string
	updater    Updater
	jury       *jury

	nodeType string // as soon as one could be read
	readable string // the latest one that could be
	whole    int    // how many nodes the first write was about
	use      connection
	compared map[string]*comparison
	changes  map[string]map[string]any
	refusals map[string]*Refusal
	written  map[string]bool
	// unseen are nodes that were sent, and whether their changes stand was not seen. open are as in Updated.
	unseen map[string]bool
	open   map[string]error
}

// write compares nodes and writes what differs, in one transaction if no node is refused.
func (b *recordsBatch) write(ctx context.Context, ids []string) error {
	sent, failed, err := b.send(ctx, ids)
	if err != nil {
		return err
	}
	if failed == nil {
		if sent {
			b.jury.wentThrough(opMutate)
		}
		return nil
	}
	d := bisection{operation: opMutate, refusals: b.refusals, send: b.send, jury: b.jury}
	if err := d.run(ctx, b.differing(ids), failed); err != nil {
		return err
	}
	return b.judge(ctx, d.aside)
}

// judge decides about nodes that failed alone. Those that others went through after have failed, and the others stay open; but
// not one whose write stands although no answer said so.
func (b *recordsBatch) judge(ctx context.Context, aside []recordAside) error {
	ids := make([]string, len(aside))
	for i, a := range aside {
		ids[i] = a.id
	}
	if err := b.see(ctx, ids); err != nil {
		return err
	}
	for _, a := range aside {
		switch {
		case b.refusals[a.id] != nil || len(b.changes[a.id]) == 0: // can't be read by now, or stands
		case b.jury.alone(a.suspect):
			if err := b.again(ctx, a.id); err != nil {
				return err
			}
		default:
			b.open[a.id] = a.failed.unknown()
		}
	}
	return nil
}

// again tries a node once more that may have failed by chance.
func (b *recordsBatch) again(ctx context.Context, id string) error {
	sent, failed, err := b.send(ctx, []string{id})
	if err != nil {
		return err
	}
	if failed == nil {
		if sent {
			b.jury.wentThrough(opMutate)
		}
		return nil
	}
	if err := b.see(ctx, []string{id}); err != nil {
		return err
	}
	if b.refusals[id] == nil && len(b.changes[id]) > 0 {
		b.refusals[id] = failed.refuseFailed()
	}
	return nil
}

// see compares those of the nodes anew whose writes came to no answer: they may stand.
func (b *recordsBatch) see(ctx context.Context, ids []string) error {
	unseen := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !b.unseen[id] })
	if len(unseen) == 0 {
		return nil
	}
	return b.inSlot(ctx, func(s slot) error { return b.compare(ctx, s, unseen, 1) })
}

// send writes nodes in one transaction, after it has compared them unless that was done a moment ago. sent is false if none
// differs.
func (b *recordsBatch) send(ctx context.Context, ids []string) (sent bool, _ *recordsError, _ error) {
	for round := 1; round <= maxComparisons; round++ {
		sent, failed, err := b.inOneSlot(ctx, ids, round)
		if isBrokenKept(err) { // as with REST, but once for the whole batch
			b.use.fresh = true
			b.notSeen(ids)
			continue
		}
		if e, ok := errors.AsType[*Error](err); ok && e.Operation == opMutate {
			err = b.c.orReadOnly(ctx, e)
		}
		if e, own := mayBeOwn(err); own && e.Operation == opMutate {
			b.notSeen(ids)
			return true, ofRequest(e), nil
		}
		if !errors.Is(err, errNotAllowed) {
			return sent, failed, err
		}
		if err := b.updater.Prepare(ctx, b.differing(ids)); err != nil {
			return false, nil, err
		}
	}
	for _, id := range b.differing(ids) {
		b.refusals[id] = refuseRestless()
	}
	return false, nil, nil
}

// notSeen notes nodes that were sent, and whether their changes stand was not seen.
func (b *recordsBatch) notSeen(ids []string) {
	for _, id := range b.differing(ids) {
		b.unseen[id] = true
	}
}

// inSlot makes requests one after the other in one slot, as with REST.
func (b *recordsBatch) inSlot(ctx context.Context, do func(slot) error) error {
	s, err := b.c.take(ctx, opQuery)
	if err != nil {
		return err
	}
	defer s.giveBack()
	return do(s)
}

func (b *recordsBatch) inOneSlot(ctx context.Context, ids []string, round int) (sent bool, failed *recordsError, _ error) {
	err := b.inSlot(ctx, func(s slot) error {
		if round > 1 || !b.fresh(ids) {
			if err := b.compare(ctx, s, ids, round); err != nil {
				return err
			}
		}
		ids := b.differing(ids)
		if len(ids) == 0 {
			return nil
		}
		b.whole = cmp.Or(b.whole, len(ids))
		var err error
		failed, err = b.mutate(ctx, s, ids)
		if sent = true; err == nil && failed == nil {
			for _, id := range ids {
				b.written[id] = true
			}
		}
		return err
	})
	return sent, failed, err
}

// compare reads nodes and decides about them.
func (b *recordsBatch) compare(ctx context.Context, s slot, ids []string, round int) error {
	if unseen := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !b.unseen[id] }); len(unseen) > 0 {
		b.updater.Unseen(unseen)
	}
	c := &comparison{now: b.c.now}
	c.begin(round)
	nodes, err := b.read(ctx, s, ids, b.properties, b.refusals)
	if err != nil {
		return err
	}
	c.answered()
	for _, id := range ids {
		delete(b.changes, id)
		delete(b.unseen, id)
		current, ok := nodes[id]
		if !ok {
			continue // refused
		}
		b.compared[id] = c
		b.nodeType, b.readable = cmp.Or(b.nodeType, current.Type), id
		if changes := b.updater.Decide(current); len(changes) > 0 {
			b.changes[id] = changes
		}
	}
	return nil
}

// fresh reports whether all these nodes were compared a moment ago, and not sent since.
func (b *recordsBatch) fresh(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return b.unseen[id] || b.compared[id] == nil || !b.compared[id].fresh() })
}

// differing are those of the nodes that are to be written.
func (b *recordsBatch) differing(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return len(b.changes[id]) == 0 })
}

// read reads nodes from the database. A node that can't be read gets a refusal.
func (b *recordsBatch) read(ctx context.Context, via sender, ids, properties []string, refusals map[string]*Refusal) (map[string]Node, error) {
	r := reading{records: b.records, via: via, properties: properties, whole: len(ids), nodes: make(map[string]Node, len(ids)), refusals: refusals}
	d := bisection{operation: opQuery, refusals: refusals, jury: b.jury, send: func(ctx context.Context, ids []string) (bool, *recordsError, error) {
		failed, err := r.once(ctx, ids)
		return true, failed, err
	}, control: func(ctx context.Context) (bool, error) { return b.control(ctx, r, ids) }}
	if err := d.run(ctx, ids, nil); err != nil {
		return nil, err
	}
	if d.anyUnsure() {
		if _, err := d.control(ctx); err != nil {
			return nil, err
		}
	}
	for _, a := range d.aside {
		if !b.jury.alone(a.suspect) {
			return nil, a.failed.unknown()
		}
		failed, err := r.once(ctx, []string{a.id}) // once more: it may have failed by chance
		switch {
		case err != nil:
			return nil, err
		case failed != nil && refusals[a.id] == nil:
			refusals[a.id] = failed.refuseFailed()
		}
	}
	return r.nodes, nil
}

// control reads a node that could be read before, to see whether reading still goes on.
func (b *recordsBatch) control(ctx context.Context, r reading, ids []string) (bool, error) {
	id := cmp.Or(b.readable, b.jury.known.Readable)
	if at := slices.IndexFunc(ids, func(id string) bool { return r.nodes[id].ID != "" }); at >= 0 {
		id = ids[at]
	}
	if id == "" {
		return false, nil
	}
	r.nodes, r.refusals = map[string]Node{}, map[string]*Refusal{}
	failed, err := r.once(ctx, []string{id})
	goesOn := err == nil && failed == nil
	if goesOn {
		b.jury.wentThrough(opQuery)
	}
	return goesOn, err
}
