package alfresco

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"
)

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
