package alfresco

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// revise implements api: one request reads all nodes, one writes what is to be changed of them, and one sees whether it
// stands, because the Records API skips in silence what it doesn't know and what a case process protects.
func (r records) revise(ctx context.Context, ids, properties []string, decide func(Node) map[string]any) ([]Revision, string, error) {
	refusals := map[string]*Refusal{}
	nodes, err := r.read(ctx, ids, properties, refusals)
	if err != nil {
		return nil, "", fmt.Errorf("read %d nodes: %w", len(ids), err)
	}
	var nodeType string
	var batch []string
	changes := map[string]map[string]any{}
	for _, id := range ids {
		current, ok := nodes[id]
		if !ok {
			continue // refused
		}
		nodeType = cmp.Or(nodeType, current.Type)
		if c := decide(current); len(c) > 0 {
			changes[id] = c
			batch = append(batch, id)
		}
	}
	written, err := r.write(ctx, batch, changes, refusals)
	if err == nil {
		err = r.verify(ctx, nodeType, written, changes, refusals)
	}
	if err != nil {
		err = fmt.Errorf("write %d nodes: %w", len(batch), err)
		clear(written) // nobody has seen whether it stands
	}
	revisions := make([]Revision, 0, len(ids))
	for _, id := range ids {
		if _, toWrite := changes[id]; !toWrite || written[id] || refusals[id] != nil {
			revisions = append(revisions, Revision{NodeID: id, Written: written[id], Refusal: refusals[id]})
		}
	}
	return revisions, nodeType, err
}

// read reads nodes from the database. A node that can't be read gets a refusal.
func (r records) read(ctx context.Context, ids, properties []string, refusals map[string]*Refusal) (map[string]Node, error) {
	nodes := make(map[string]Node, len(ids))
	d := division{refusals: refusals, send: func(ctx context.Context, ids []string) (*trouble, error) {
		return r.readOnce(ctx, ids, properties, nodes, refusals)
	}}
	return nodes, d.run(ctx, ids, nil)
}

// write writes the changes, in one transaction if no node is refused, and returns what was written: with an error too.
func (r records) write(ctx context.Context, ids []string, changes map[string]map[string]any, refusals map[string]*Refusal) (map[string]bool, error) {
	written := make(map[string]bool, len(ids))
	d := division{refusals: refusals, send: func(ctx context.Context, ids []string) (*trouble, error) {
		t, err := r.mutate(ctx, ids, changes)
		if err == nil && t == nil {
			for _, id := range ids {
				written[id] = true
			}
		}
		return t, err
	}}
	return written, d.run(ctx, ids, nil)
}

// verify reads what was written and moves what does not stand from written to refusals.
func (r records) verify(ctx context.Context, nodeType string, written map[string]bool, changes map[string]map[string]any, refusals map[string]*Refusal) error {
	ids := slices.Sorted(maps.Keys(written))
	var wrote []string
	for _, id := range ids {
		wrote = slices.AppendSeq(wrote, maps.Keys(changes[id]))
	}
	slices.Sort(wrote)
	unread := map[string]*Refusal{}
	nodes, err := r.read(ctx, ids, slices.Compact(wrote), unread)
	if err != nil {
		return err
	}
	var vanished []string
	for _, id := range ids {
		stands, ok := nodes[id]
		if !ok {
			delete(written, id)
			refusals[id] = unread[id]
			continue
		}
		names := lost(changes[id], stands)
		if len(names) == 0 {
			continue
		}
		delete(written, id)
		refusals[id] = refuseLost(names)
		for _, name := range names {
			if stands.Properties[name] == nil && name != "cm:name" && !slices.Contains(vanished, name) {
				vanished = append(vanished, name)
			}
		}
	}
	return r.unknownAttribute(ctx, nodeType, vanished)
}

// unknownAttribute tells an attribute that the content model lacks from one that a case process protects on some nodes:
// the Records API skips both in silence. So it looks whether any of the latest nodes has the attribute.
func (r records) unknownAttribute(ctx context.Context, nodeType string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	latest, err := r.find(ctx, lookup{nodeType: nodeType, after: -1, last: maxDbid, max: rightsSample, properties: names, latestFirst: true})
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(latest.nodes, func(n Node) bool { return n.Properties[name] != nil }) {
			return unknownProperty(name)
		}
	}
	return nil
}
