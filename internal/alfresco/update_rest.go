package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
)

// update implements api: as many nodes at once as requests are allowed.
func (r rest) update(ctx context.Context, ids, _ []string, updater Updater) ([]Updated, string, error) {
	return r.newBatch(ctx, ids, updater).run(ctx)
}

func (r rest) newBatch(ctx context.Context, ids []string, updater Updater) *restBatch {
	return &restBatch{rest: r, updater: updater, ids: ids, done: make([]*Updated, len(ids)), jury: newJury(ctx, len(ids))}
}

// run goes on until it is known what became of each node, or the call is to end.
func (b *restBatch) run(ctx context.Context) ([]Updated, string, error) {
	b.each(b.left(), func(i int) { b.first(ctx, i) })
	b.judge(ctx)
	updates := make([]Updated, 0, len(b.ids))
	for _, update := range b.done {
		if update != nil {
			updates = append(updates, *update)
		}
	}
	return updates, b.nodeType, b.err
}

// restBatch are nodes that are being updated.
type restBatch struct {
	rest
	updater Updater
	ids     []string

	mu sync.Mutex
	// done are the nodes whose fate is known, by their place among the ids; err ends the call.
	done     []*Updated
	err      error
	nodeType string // as soon as a node could be read
	jury     *jury
	// aside are nodes that failed. readable is the latest one that could be read.
	aside    []setAside
	readable string
	// controlling is held while it is found out whether reading goes on.
	controlling sync.Mutex
}

// setAside is a node that failed, and what it failed in before that.
type setAside struct {
	suspect
	i      int
	err    *Error
	before []string
}

// each calls try for nodes until the call is to end.
func (b *restBatch) each(nodes []int, try func(i int)) {
	var next int
	var panicked any
	take := func() (int, bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.err != nil || panicked != nil || next == len(nodes) {
			return 0, false
		}
		next++
		return nodes[next-1], true
	}
	var workers sync.WaitGroup
	for range min(cap(b.c.slots), len(nodes)) {
		workers.Go(func() {
			// A panic of the updater belongs to the caller's goroutine, which may recover it.
			defer func() {
				if p := recover(); p != nil {
					b.mu.Lock()
					defer b.mu.Unlock()
					panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
				}
			}()
			for i, ok := take(); ok; i, ok = take() {
				try(i)
			}
		})
	}
	workers.Wait()
	if panicked != nil {
		panic(panicked)
	}
}

// first tries a node for the first time.
func (b *restBatch) first(ctx context.Context, i int) {
	if update, err := b.updateOne(ctx, b.ids[i]); err != nil {
		b.fails(ctx, i, err, nil)
	} else {
		b.finish(i, update)
	}
}

// finish notes what became of a node.
func (b *restBatch) finish(i int, update Updated) {
	b.updater.Done(update)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done[i] = &update
}

// fails sets a node aside whose error may be its own. Any other error ends the call, and so does one of too many.
func (b *restBatch) fails(ctx context.Context, i int, err error, before []string) {
	e, own := mayBeOwn(err)
	outage, probe := !own, false
	if own {
		outage, probe = b.setAside(i, e, before)
	}
	if outage || probe && !b.control(ctx) {
		b.end(i, err)
	}
}

// end ends the call with the error of a node, unless it has ended.
func (b *restBatch) end(i int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = cmp.Or(b.err, fmt.Errorf("update node %s: %w", b.ids[i], err))
}

func (b *restBatch) setAside(i int, e *Error, before []string) (outage, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, outage, probe := b.jury.fails(e.Operation, b.ids[i])
	b.aside = append(b.aside, setAside{s, i, e, before})
	return outage, probe
}

// wentThrough notes that Alfresco has carried out a request.
func (b *restBatch) wentThrough(operation string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jury.wentThrough(operation)
}

// read notes a node that could be read.
func (b *restBatch) read(n Node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodeType, b.readable = cmp.Or(b.nodeType, n.Type), n.ID
}

// updateOne reads a node and writes what differs.
func (b *restBatch) updateOne(ctx context.Context, id string) (Updated, error) {
	c := comparison{now: b.c.now}
	use := connection{once: true}
	var broken error // of a write that may have been made all the same
	for round := 1; round <= maxComparisons; round++ {
		o, refusal, err := b.inOneSlot(ctx, id, &c, round, use)
		if isBrokenKept(err) {
			// Most likely the server had closed it before. Whether the write was made is to be seen on the node.
			use.fresh, broken = true, err
			b.updater.Unseen([]string{id})
			continue
		}
		if e, own := mayBeOwn(err); own && e.Operation == opGet && broken != nil {
			err = broken // it can't be seen now
		}
		if errors.Is(err, errNotAllowed) {
			if err := b.updater.Prepare(ctx, []string{id}); err != nil {
				return Updated{}, err
			}
			continue
		}
		wrote := err == nil && refusal == nil && len(o.changes) > 0
		if wrote {
			refusal, err = b.written(ctx, id, o)
		}
		return Updated{NodeID: id, Written: wrote && err == nil && refusal == nil, Refusal: refusal}, err
	}
	return Updated{NodeID: id, Refusal: refuseRestless()}, nil
}

// sent is a write that was answered; without changes there was none.
type sent struct {
	changes map[string]any
	answer  answer
}

// inOneSlot reads a node, decides and writes, one request after the other in one slot: between two slots a node would queue
// behind the reads of others, and what was compared would grow old. Its error is errNotAllowed if what it decided was not
// sent.
func (b *restBatch) inOneSlot(ctx context.Context, id string, c *comparison, round int, use connection) (o sent, _ *Refusal, _ error) {
	s, err := b.c.take(ctx, opGet)
	if err != nil {
		return o, nil, err
	}
	defer s.giveBack()
	c.begin(round)
	a, err := s.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(id)})
	if err != nil {
		return o, nil, err
	}
	c.answered()
	current, refusal, err := entry(opGet, id, a) // the database answers, not the index
	if err != nil {
		return o, nil, err
	}
	b.wentThrough(opGet)
	if refusal != nil {
		return o, refusal, nil
	}
	b.read(current)
	o.changes = b.updater.Decide(current)
	if len(o.changes) == 0 {
		return o, nil, nil
	}
	o.answer, err = s.change(ctx, call{
		operation: opPut, method: http.MethodPut, path: nodePath(id), body: map[string]any{"properties": o.changes}, connection: use,
		allowed: func() bool { return c.fresh() && b.updater.MaySend([]string{id}) },
	})
	return o, nil, err
}

// written sees whether the changes stand. It holds no slot: it may need one.
func (b *restBatch) written(ctx context.Context, id string, o sent) (*Refusal, error) {
	stands, refusal, err := entry(opPut, id, o.answer)
	if e, ok := errors.AsType[*Error](err); ok {
		err = b.c.orReadOnly(ctx, e)
	}
	if err != nil || refusal != nil {
		return refusal, err
	}
	b.wentThrough(opPut)
	if names := lost(o.changes, stands); len(names) > 0 {
		return refuseLost(names), nil
	}
	return nil, nil
}

func nodePath(id string) string {
	return publicAPI + "/alfresco/versions/1/nodes/" + url.PathEscape(id)
}

// entry reads the answer about one node. Only the REST layer's own word makes a refusal: a proxy's 404 for every node
// must not make all nodes look deleted.
func entry(operation, id string, a answer) (Node, *Refusal, error) {
	if !a.ok() {
		refusal, err := refused(operation, a)
		return Node{}, refusal, err
	}
	var body struct {
		Entry nodeBody `json:"entry"`
	}
	if err := decode(operation, a, &body); err != nil {
		return Node{}, nil, err
	}
	if body.Entry.ID != id {
		return Node{}, nil, badResponse(operation, a.status, "the answer is about another node", hintURL)
	}
	return body.Entry.node(), nil, nil
}

func refused(operation string, a answer) (*Refusal, error) {
	e := classify(operation, a)
	if e.Kind == ReadOnly || !a.isFailure {
		return nil, e
	}
	switch a.status {
	case http.StatusBadRequest:
		for _, text := range []string{a.failure.Key, a.failure.Summary} {
			if strings.HasPrefix(text, "Unknown property") {
				e.Kind, e.Summary, e.Hint = UnknownAttribute, text, hintMapping
				return nil, e
			}
		}
	case http.StatusNotFound, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity:
	default:
		return nil, e
	}
	return &Refusal{Gone: a.status == http.StatusNotFound, Status: a.status, Reason: a.summary()}, nil
}
