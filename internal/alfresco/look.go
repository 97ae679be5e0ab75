package alfresco

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
)

// few is up to how many nodes are read one by one: a search would save less than it takes.
const few = 2

// Batch are nodes that were found together.
type Batch struct {
	IDs []string
	// NodeType, After and Last are where they were found: after < dbid <= last. A Last of 0 means that it is not known.
	NodeType    string
	After, Last int64
	// Whole: the search found no others there.
	Whole bool
}

// Look reads the properties of each node from the database, asks what to change, and leaves it at that.
//
// With REST it is a search that shows the nodes: which of them it finds is the index's word, their values are the database's.
// What it does not show is read node by node, and so are all where the search fails in a way that may be one node's. With the
// Records API it is a query for the nodes.
//
// Otherwise it is as Update, without the writes.
func (c *Client) Look(ctx context.Context, b Batch, properties []string, decide Decide) ([]Updated, error) {
	l := &looking{Updater: decide}
	updates, nodeType, err := c.api.look(WithoutWriting(ctx), b, properties, l)
	if err == nil && !l.differs.Load() { // whether what differs may be written is not known
		err = c.withoutRights(ctx, nodeType, updates)
	}
	return updates, err
}

// looking is an Updater whose decisions are heard and not carried out.
type looking struct {
	Updater
	differs atomic.Bool
}

// Decide implements Updater.
func (l *looking) Decide(n Node) map[string]any {
	if len(l.Updater.Decide(n)) > 0 {
		l.differs.Store(true)
	}
	return nil
}

// look implements api.
func (r records) look(ctx context.Context, b Batch, properties []string, updater Updater) ([]Updated, string, error) {
	return r.update(ctx, b.IDs, properties, updater)
}

// look implements api.
func (r rest) look(ctx context.Context, w Batch, properties []string, updater Updater) ([]Updated, string, error) {
	b := r.newBatch(ctx, w.IDs, updater)
	if err := b.showMany(ctx, w, properties); err != nil {
		return []Updated{}, "", fmt.Errorf("look at %d nodes: %w", len(w.IDs), err)
	}
	return b.run(ctx)
}

// showMany decides about those nodes that searches show: one for the whole window, unless that has others, and one for those that
// this leaves out because of ghosts, or nodes that it shows twice.
func (b *restBatch) showMany(ctx context.Context, w Batch, properties []string) error {
	if w.Last == 0 {
		return nil
	}
	for _, whole := range []bool{true, false} {
		left := b.left()
		if len(left) <= few {
			return nil
		}
		// Twice as many: a node in two shards has two entries, and entries of nodes that are gone count.
		l := lookup{nodeType: w.NodeType, after: w.After, last: w.Last, max: 2 * len(left), properties: append([]string{}, properties...)}
		if !whole {
			l.only = &Only{}
			for _, i := range left {
				l.only.Nodes = append(l.only.Nodes, b.ids[i])
			}
		} else if !w.Whole {
			continue
		}
		f, err := b.find(ctx, l)
		switch {
		case MayBeOne(err):
			return nil // one by one it shows whose trouble that is
		case err != nil:
			return err
		}
		b.show(f.nodes)
	}
	return nil
}

// show decides about nodes of the batch, once about each; others have come into the window since.
func (b *restBatch) show(nodes []Node) {
	for _, n := range nodes {
		i := slices.Index(b.ids, n.ID)
		if i < 0 || b.done[i] != nil {
			continue
		}
		b.nodeType = n.Type
		b.jury.known.Shown = append(b.jury.known.Shown, n.ID)
		b.updater.Decide(n)
		b.finish(i, Updated{NodeID: n.ID})
	}
}

// left are the places of the nodes whose fate is not known.
func (b *restBatch) left() []int {
	var left []int
	for i, update := range b.done {
		if update == nil {
			left = append(left, i)
		}
	}
	return left
}
