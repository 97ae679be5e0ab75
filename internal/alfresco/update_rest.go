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
	var (
		mu       sync.Mutex
		firstErr error
		next     int
		done     = make([]*Updated, len(ids))
		panicked any
		nodeType string
		workers  sync.WaitGroup
	)
	// take hands out the next node, or none when the call is to end.
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if firstErr != nil || next == len(ids) {
			return 0, false
		}
		next++
		return next - 1, true
	}
	for range min(cap(r.c.slots), len(ids)) {
		workers.Go(func() {
			// A panic of the updater belongs to the caller's goroutine, which may recover it.
			defer func() {
				if p := recover(); p != nil {
					mu.Lock()
					defer mu.Unlock()
					panicked, next = fmt.Sprintf("%v\n%s", p, debug.Stack()), len(ids)
				}
			}()
			for i, ok := take(); ok; i, ok = take() {
				update, seen, err := r.updateOne(ctx, ids[i], updater)
				if err == nil {
					updater.Done(update)
				}
				mu.Lock()
				nodeType = cmp.Or(nodeType, seen)
				if err == nil {
					done[i] = &update
				} else if firstErr == nil {
					firstErr = fmt.Errorf("update node %s: %w", ids[i], err)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if panicked != nil {
		panic(panicked)
	}
	updates := make([]Updated, 0, len(ids))
	for _, update := range done {
		if update != nil {
			updates = append(updates, *update)
		}
	}
	return updates, nodeType, firstErr
}

// updateOne returns the type of the node as well; empty if it could not be read.
func (r rest) updateOne(ctx context.Context, id string, updater Updater) (Updated, string, error) {
	c := comparison{now: r.c.now}
	for round := 1; round <= maxComparisons; round++ {
		o, refusal, err := r.inOneSlot(ctx, id, &c, round, updater)
		if errors.Is(err, errNotAllowed) {
			if err := updater.Prepare(ctx, []string{id}); err != nil {
				return Updated{}, o.nodeType, err
			}
			continue
		}
		wrote := err == nil && refusal == nil && len(o.changes) > 0
		if wrote {
			refusal, err = r.written(ctx, id, o)
		}
		return Updated{NodeID: id, Written: wrote && err == nil && refusal == nil, Refusal: refusal}, o.nodeType, err
	}
	return Updated{NodeID: id, Refusal: refuseRestless()}, "", nil
}

// sent is a write that was answered; without changes there was none.
type sent struct {
	nodeType string
	changes  map[string]any
	answer   answer
}

// inOneSlot reads a node, decides and writes, one request after the other in one slot: between two slots a node would queue
// behind the reads of others, and what was compared would grow old. Its error is errNotAllowed if what it decided was not
// sent.
func (r rest) inOneSlot(ctx context.Context, id string, c *comparison, round int, updater Updater) (o sent, _ *Refusal, _ error) {
	s, err := r.c.take(ctx, opGet)
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
	if err != nil || refusal != nil {
		return o, refusal, err
	}
	o.nodeType, o.changes = current.Type, updater.Decide(current)
	if len(o.changes) == 0 {
		return o, nil, nil
	}
	o.answer, err = s.change(ctx, call{
		operation: opPut, method: http.MethodPut, path: nodePath(id), body: map[string]any{"properties": o.changes},
		allowed: func() bool { return c.fresh() && updater.MaySend([]string{id}) },
	})
	return o, nil, err
}

// written sees whether the changes stand. It holds no slot: it may need one.
func (r rest) written(ctx context.Context, id string, o sent) (*Refusal, error) {
	stands, refusal, err := entry(opPut, id, o.answer)
	if e, ok := errors.AsType[*Error](err); ok {
		err = r.c.orReadOnly(ctx, e)
	}
	if err != nil || refusal != nil {
		return refusal, err
	}
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
