package alfresco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

// Revision is what became of one node.
type Revision struct {
	NodeID string
	// Written means that properties were sent and stand now. It is false if there was nothing to do.
	Written bool
	// Refusal is why this one node could not be read or written; nil if all is well.
	Refusal *Refusal
}

// Refusal is one node's trouble.
type Refusal struct {
	// Gone means that the node was deleted.
	Gone bool
	// Status is the HTTP status; 200 if the write was taken and its properties did not come out as sent.
	Status int
	// Reason is one short line.
	Reason string
}

// Revise reads each node from the database, asks decide what to change, and writes just that. decide returns the
// properties to change, nil to unset one, or nothing; it is called from several goroutines at once and must not change
// the node.
//
// Trouble of a single node is its Refusal. Any other ends the call with an error: no more nodes are begun, those in
// flight are finished. Revisions are in the order of the ids; with an error they are those that were finished. Since a
// node is compared as it is, repeating the call writes nothing twice.
func (c *Client) Revise(ctx context.Context, ids []string, decide func(Node) map[string]any) ([]Revision, error) {
	var (
		mu       sync.Mutex
		firstErr error
		next     int
		done     = make([]*Revision, len(ids))
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
	for range min(cap(c.slots), len(ids)) {
		workers.Go(func() {
			// A panic of decide belongs to the caller's goroutine, where somebody may recover it.
			defer func() {
				if p := recover(); p != nil {
					mu.Lock()
					defer mu.Unlock()
					panicked, next = fmt.Sprintf("%v\n%s", p, debug.Stack()), len(ids)
				}
			}()
			for i, ok := take(); ok; i, ok = take() {
				revision, seen, err := c.revise(ctx, ids[i], decide)
				mu.Lock()
				nodeType = cmp.Or(nodeType, seen)
				if err == nil {
					done[i] = &revision
				} else if firstErr == nil {
					firstErr = fmt.Errorf("revise node %s: %w", ids[i], err)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if panicked != nil {
		panic(panicked)
	}
	revisions := make([]Revision, 0, len(ids))
	for _, r := range done {
		if r != nil {
			revisions = append(revisions, *r)
		}
	}
	if firstErr == nil {
		firstErr = c.withoutRights(ctx, nodeType, revisions)
	}
	return revisions, firstErr
}

// revise returns the type of the node as well; empty if it could not be read.
func (c *Client) revise(ctx context.Context, id string, decide func(Node) map[string]any) (Revision, string, error) {
	current, refusal, err := c.node(ctx, id)
	if err != nil || refusal != nil {
		return Revision{NodeID: id, Refusal: refusal}, "", err
	}
	changes := decide(current)
	if len(changes) == 0 {
		return Revision{NodeID: id}, current.Type, nil
	}
	refusal, err = c.write(ctx, id, changes)
	return Revision{NodeID: id, Written: err == nil && refusal == nil, Refusal: refusal}, current.Type, err
}

// node reads one node. The database answers, not the index.
func (c *Client) node(ctx context.Context, id string) (Node, *Refusal, error) {
	a, err := c.do(ctx, call{operation: opGet, method: http.MethodGet, path: nodePath(id)})
	if err != nil {
		return Node{}, nil, err
	}
	return entry(opGet, id, a)
}

// write sends the changes and sees whether they stand. A write that was begun isn't cut short by ctx: whether it took
// effect would be unknown. It is not repeated either: c.timeout bounds it, and the caller compares anew.
func (c *Client) write(ctx context.Context, id string, changes map[string]any) (*Refusal, error) {
	a, err := c.do(ctx, call{
		operation: opPut, method: http.MethodPut, path: nodePath(id), body: map[string]any{"properties": changes}, unbroken: true,
	})
	if err != nil {
		return nil, err
	}
	stands, refusal, err := entry(opPut, id, a)
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusInternalServerError && e.Kind == Unavailable {
		// Waiting doesn't help with a read-only repository, which is a 500 like any other.
		if d, discoverErr := c.discover(ctx); discoverErr == nil && d.ReadOnly {
			return nil, readOnly(a.status)
		}
	}
	if err != nil || refusal != nil {
		return refusal, err
	}
	var lost []string
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		value := stands.Properties[name]
		if name == "cm:name" { // shown as the node's name and not among its properties
			value = stands.Name
		}
		if !same(changes[name], value) {
			lost = append(lost, name)
		}
	}
	if len(lost) > 0 {
		return &Refusal{Status: a.status, Reason: "Alfresco took the write and shows another value for " + strings.Join(lost, ", ")}, nil
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
		return refused(operation, a)
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

func refused(operation string, a answer) (Node, *Refusal, error) {
	e := classify(operation, a)
	if e.Kind == ReadOnly || !a.isFailure {
		return Node{}, nil, e
	}
	if a.status == http.StatusBadRequest {
		for _, text := range []string{a.failure.Key, a.failure.Summary} {
			if strings.HasPrefix(text, "Unknown property") {
				e.Kind, e.Summary, e.Hint = UnknownAttribute, text, hintMapping
				return Node{}, nil, e
			}
		}
	}
	switch a.status {
	case http.StatusNotFound:
		return Node{}, &Refusal{Gone: true, Status: a.status, Reason: a.summary()}, nil
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity:
		return Node{}, &Refusal{Status: a.status, Reason: a.summary()}, nil
	}
	return Node{}, nil, e
}
