package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// update implements api: one request reads all nodes, one writes what is to be changed of them, and one sees whether it
// stands, because the Records API skips in silence what it doesn't know and what a case process protects.
func (r records) update(ctx context.Context, ids, properties []string, updater Updater) ([]Updated, string, error) {
	if len(ids) == 0 {
		return []Updated{}, "", nil
	}
	b := recordsBatch{records: r, properties: properties, updater: updater, compared: map[string]*comparison{},
		changes: map[string]map[string]any{}, refusals: map[string]*Refusal{}, written: map[string]bool{}}
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
		if b.refusals[id] != nil || b.written[id] || b.compared[id] != nil && !toWrite {
			update := Updated{NodeID: id, Written: b.written[id], Refusal: b.refusals[id]}
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

	nodeType string // as soon as one could be read
	compared map[string]*comparison
	changes  map[string]map[string]any
	refusals map[string]*Refusal
	written  map[string]bool
}

// write compares nodes and writes what differs, in one transaction if no node is refused.
func (b *recordsBatch) write(ctx context.Context, ids []string) error {
	failed, err := b.send(ctx, ids)
	if err != nil || failed == nil {
		return err
	}
	d := bisection{refusals: b.refusals, send: b.send}
	return d.run(ctx, b.differing(ids), failed)
}

// send writes nodes in one transaction, after it has compared them unless that was done a moment ago.
func (b *recordsBatch) send(ctx context.Context, ids []string) (*recordsError, error) {
	for round := 1; round <= maxComparisons; round++ {
		failed, err := b.inOneSlot(ctx, ids, round)
		if e, ok := errors.AsType[*Error](err); ok && e.Operation == opMutate {
			return failed, b.c.orReadOnly(ctx, e)
		}
		if !errors.Is(err, errNotAllowed) {
			return failed, err
		}
		if err := b.updater.Prepare(ctx, b.differing(ids)); err != nil {
			return nil, err
		}
	}
	for _, id := range b.differing(ids) {
		b.refusals[id] = refuseRestless()
	}
	return nil, nil
}

// inOneSlot makes the requests one after the other in one slot, as with REST.
func (b *recordsBatch) inOneSlot(ctx context.Context, ids []string, round int) (*recordsError, error) {
	s, err := b.c.take(ctx, opQuery)
	if err != nil {
		return nil, err
	}
	defer s.giveBack()
	if round > 1 || !b.fresh(ids) {
		if err := b.compare(ctx, s, ids, round); err != nil {
			return nil, err
		}
	}
	ids = b.differing(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	failed, err := b.mutate(ctx, s, ids)
	if err == nil && failed == nil {
		for _, id := range ids {
			b.written[id] = true
		}
	}
	return failed, err
}

// compare reads nodes and decides about them.
func (b *recordsBatch) compare(ctx context.Context, s slot, ids []string, round int) error {
	c := &comparison{now: b.c.now}
	c.begin(round)
	nodes, err := b.read(ctx, s, ids, b.properties, b.refusals)
	if err != nil {
		return err
	}
	c.answered()
	for _, id := range ids {
		delete(b.changes, id)
		current, ok := nodes[id]
		if !ok {
			continue // refused
		}
		b.compared[id] = c
		b.nodeType = cmp.Or(b.nodeType, current.Type)
		if changes := b.updater.Decide(current); len(changes) > 0 {
			b.changes[id] = changes
		}
	}
	return nil
}

// fresh reports whether all these nodes were compared a moment ago.
func (b *recordsBatch) fresh(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return b.compared[id] == nil || !b.compared[id].fresh() })
}

// differing are those of the nodes that are to be written.
func (b *recordsBatch) differing(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return len(b.changes[id]) == 0 })
}

// read reads nodes from the database. A node that can't be read gets a refusal.
func (r records) read(ctx context.Context, via sender, ids, properties []string, refusals map[string]*Refusal) (map[string]Node, error) {
	nodes := make(map[string]Node, len(ids))
	d := bisection{refusals: refusals, send: func(ctx context.Context, ids []string) (*recordsError, error) {
		return r.readOnce(ctx, via, ids, properties, nodes, refusals)
	}}
	return nodes, d.run(ctx, ids, nil)
}

// visibleAfter is when what does not stand after a write is looked at once more: a replica of the database, or a cache of
// another node of the cluster, may answer the first look.
const visibleAfter = time.Second

// verify reads what was written and moves what does not stand from written to refusals.
func (b *recordsBatch) verify(ctx context.Context) error {
	ids := slices.Sorted(maps.Keys(b.written))
	nodes, unread, err := b.look(ctx, ids)
	if err != nil {
		return err
	}
	doubtful := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return unread[id] == nil && len(lost(b.changes[id], nodes[id])) == 0 })
	if len(doubtful) > 0 {
		if err := b.c.pause(ctx, visibleAfter); err != nil {
			return ended(opQuery, ctx)
		}
		again, unreadAgain, err := b.look(ctx, doubtful)
		if err != nil {
			return err
		}
		for _, id := range doubtful {
			delete(nodes, id)
		}
		maps.Copy(nodes, again)
		unread = unreadAgain
	}
	var vanished []string
	for _, id := range ids {
		stands, ok := nodes[id]
		if !ok {
			delete(b.written, id)
			b.refusals[id] = refuseUnseen(unread[id])
			continue
		}
		names := lost(b.changes[id], stands)
		if len(names) == 0 {
			continue
		}
		delete(b.written, id)
		b.refusals[id] = refuseLost(names)
		for _, name := range names {
			if stands.Properties[name] == nil && name != "cm:name" && !slices.Contains(vanished, name) {
				vanished = append(vanished, name)
			}
		}
	}
	return b.unknownAttribute(ctx, b.nodeType, vanished)
}

// look reads what was written of nodes. Those that can't be read have a refusal.
func (b *recordsBatch) look(ctx context.Context, ids []string) (map[string]Node, map[string]*Refusal, error) {
	var wrote []string
	for _, id := range ids {
		wrote = slices.AppendSeq(wrote, maps.Keys(b.changes[id]))
	}
	unread := map[string]*Refusal{}
	nodes, err := b.read(ctx, b.c, ids, wrote, unread)
	return nodes, unread, err
}

// unknownAttribute distinguishes an attribute that the content model lacks from one that a case process protects on some
// nodes: the Records API skips both in silence. So it looks whether any of the latest nodes has the attribute.
func (r records) unknownAttribute(ctx context.Context, nodeType string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	latest, err := r.c.sample(ctx, lookup{nodeType: nodeType, after: -1, last: maxDbid, max: rightsSample, properties: names, latestFirst: true})
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(latest.nodes, func(n Node) bool { return n.Properties[name] != nil }) {
			return &Error{Operation: opMutate, Kind: UnknownAttribute, Status: http.StatusOK, Summary: "Unknown property: " + name,
				Hint: hintMapping + "; or a case process protects it on all nodes"} // which the REST API says at once
		}
	}
	return nil
}
