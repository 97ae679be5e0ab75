package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// revise implements api: one request reads all nodes, one writes what is to be changed of them, and one sees whether it
// stands, because the Records API skips in silence what it doesn't know or what a case process protects.
func (r records) revise(ctx context.Context, ids, properties []string, decide func(Node) map[string]any) ([]Revision, string, error) {
	if len(ids) == 0 {
		return []Revision{}, "", nil
	}
	w := &writing{
		records: r, refusals: map[string]*Refusal{}, nodes: map[string]Node{}, changes: map[string]map[string]any{}, written: map[string]bool{},
	}
	if err := w.read(ctx, ids, properties, nil); err != nil {
		return nil, "", fmt.Errorf("read %d nodes: %w", len(ids), err)
	}
	var nodeType string
	var batch []string
	done := map[string]bool{}
	for _, id := range ids {
		current, ok := w.nodes[id]
		if !ok {
			done[id] = true
			continue
		}
		nodeType = cmp.Or(nodeType, current.Type)
		if changes := decide(current); len(changes) > 0 {
			w.changes[id] = changes
			batch = append(batch, id)
			continue
		}
		done[id] = true
	}
	w.well, w.unnamed = false, 0
	err := w.write(ctx, batch, nil)
	if err == nil {
		err = w.verify(ctx, nodeType)
	}
	if err != nil {
		err = fmt.Errorf("revise %d nodes: %w", len(batch), err)
	}
	revisions := make([]Revision, 0, len(ids))
	for _, id := range ids {
		if done[id] || w.written[id] || w.refusals[id] != nil {
			revisions = append(revisions, Revision{NodeID: id, Written: w.written[id], Refusal: w.refusals[id]})
		}
	}
	return revisions, nodeType, err
}

// writing is one batch on its way.
type writing struct {
	records
	nodes    map[string]Node           // as they were read
	changes  map[string]map[string]any // to write
	written  map[string]bool
	refusals map[string]*Refusal
	// well says that a request went through, unnamed counts the refusals for a reason that nobody has a name for.
	well    bool
	unnamed int
}

// read reads nodes from the database. One that may not be read fails the request for all, so that a request that failed
// is repeated by halves. known is what went wrong with these ids as a whole, if they were tried.
func (w *writing) read(ctx context.Context, ids, properties []string, known *trouble) error {
	t := known
	if t == nil {
		var err error
		if t, err = w.readOnce(ctx, ids, properties); err != nil || t == nil {
			return err
		}
	}
	return w.apart(ctx, ids, t, func(ctx context.Context, ids []string, known *trouble) error {
		return w.read(ctx, ids, properties, known)
	})
}

func (w *writing) readOnce(ctx context.Context, ids, properties []string) (*trouble, error) {
	refs := make([]string, len(ids))
	for i, id := range ids {
		refs[i] = recordPrefix + id
	}
	a, t, err := w.query(ctx, recordsCall{Records: refs, Attributes: attributes(properties, false)})
	if err != nil || t != nil {
		return t, err
	}
	w.well = true
	seen := map[string]bool{}
	for _, record := range a.Records {
		n, gone, err := record.node()
		if err != nil {
			return nil, badResponse(opQuery, http.StatusOK, err.Error(), hintBroken)
		}
		seen[n.ID] = true
		switch {
		case gone:
			w.refusals[n.ID] = &Refusal{Gone: true, Status: http.StatusNotFound, Reason: "the node does not exist"}
		case n.dbid == 0: // every node has one, so that nothing of this one is shown
			w.refusals[n.ID] = &Refusal{Status: http.StatusForbidden, Reason: "the account may not read the node"}
		default:
			w.nodes[n.ID] = n
		}
	}
	for _, id := range ids {
		if !seen[id] {
			return nil, badResponse(opQuery, http.StatusOK, "the answer leaves out a node that was asked for", hintBroken)
		}
	}
	return nil, nil
}

// write writes the batch, in one request if all goes well. A request that is refused has changed nothing.
func (w *writing) write(ctx context.Context, ids []string, known *trouble) error {
	if len(ids) == 0 {
		return nil
	}
	t := known
	if t == nil {
		var err error
		if t, err = w.mutate(ctx, ids); err != nil {
			return err
		}
		if t == nil {
			w.well = true
			for _, id := range ids {
				w.written[id] = true
			}
			return nil
		}
	}
	return w.apart(ctx, ids, t, w.write)
}

// manyUnnamed is how many nodes may be refused for a reason that nobody has a name for, while no request goes through,
// before it counts as everybody's trouble.
const manyUnnamed = 5

// apart repeats a request that was refused for smaller parts, until every node that is refused was alone in its request.
func (w *writing) apart(ctx context.Context, ids []string, t *trouble, again func(context.Context, []string, *trouble) error) error {
	if e := t.everybodys(); e != nil {
		return e
	}
	if len(ids) == 1 {
		w.refusals[ids[0]] = t.refusal()
		if _, named := nodeTroubles[t.class]; named {
			w.well = true
		} else if w.unnamed++; w.unnamed >= manyUnnamed && !w.well {
			return t.unknown()
		}
		return nil
	}
	left, right := ids[:len(ids)/2], ids[len(ids)/2:]
	if at := t.named(ids); at >= 0 {
		// Most likely that one, and all others are well.
		left, right = ids[at:at+1], slices.Concat(ids[:at], ids[at+1:])
	}
	refused := len(w.refusals)
	if err := again(ctx, left, nil); err != nil {
		return err
	}
	if len(w.refusals) > refused || len(right) == 1 {
		return again(ctx, right, nil)
	}
	// The left part is well, so that the trouble is in the right one.
	return again(ctx, right, t)
}

// writePatience is how many times the time-out of a single request a batch gets: 100 nodes with all their rules and
// behaviours are one transaction.
const writePatience = 4

// mutate sends the changes of the nodes as one transaction.
func (w *writing) mutate(ctx context.Context, ids []string) (*trouble, error) {
	type mutation struct {
		ID         string         `json:"id"`
		Attributes map[string]any `json:"attributes"`
	}
	body := struct {
		Version int        `json:"version"`
		Records []mutation `json:"records"`
	}{Version: recordsVersion}
	for _, id := range ids {
		body.Records = append(body.Records, mutation{recordPrefix + id, w.changes[id]})
	}
	a, err := w.c.change(ctx, call{operation: opMutate, method: http.MethodPost, path: recordsPath + "mutate", body: body, patience: writePatience})
	if err != nil {
		return nil, err
	}
	_, t, err := w.answer(opMutate, a)
	if e, ok := errors.AsType[*Error](err); ok {
		err = w.c.orReadOnly(ctx, e)
	}
	return t, err
}

// verify reads what was written and refuses what does not stand.
func (w *writing) verify(ctx context.Context, nodeType string) error {
	if len(w.written) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(w.written))
	wrote := map[string]bool{}
	for _, id := range ids {
		for name := range w.changes[id] {
			wrote[name] = true
		}
	}
	now := &writing{records: w.records, nodes: map[string]Node{}, refusals: map[string]*Refusal{}}
	if err := now.read(ctx, ids, slices.Sorted(maps.Keys(wrote)), nil); err != nil {
		return err
	}
	vanished := map[string]bool{}
	for _, id := range ids {
		stands, ok := now.nodes[id]
		if !ok {
			delete(w.written, id)
			w.refusals[id] = now.refusals[id]
			continue
		}
		names := lost(w.changes[id], stands)
		if len(names) == 0 {
			continue
		}
		delete(w.written, id)
		w.refusals[id] = refuseLost(names)
		for _, name := range names {
			if stands.Properties[name] == nil && name != "cm:name" {
				vanished[name] = true
			}
		}
	}
	return w.unknownAttribute(ctx, nodeType, slices.Sorted(maps.Keys(vanished)))
}

// unknownAttribute tells an attribute that the content model lacks from one that a case process protects on some nodes:
// the Records API skips both in silence. So it looks whether any of the latest nodes has the attribute.
func (w *writing) unknownAttribute(ctx context.Context, nodeType string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	latest, err := w.find(ctx, lookup{nodeType: nodeType, after: -1, last: maxDbid, max: rightsSample, properties: names, latestFirst: true})
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(latest.nodes, func(n Node) bool { return n.Properties[name] != nil }) {
			return &Error{Operation: opMutate, Kind: UnknownAttribute, Status: http.StatusOK, Summary: "Unknown property: " + name,
				Hint: hintMapping + "; or a case process protects it on all nodes"}
		}
	}
	return nil
}
