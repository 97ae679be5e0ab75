package alfresco

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
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

// Revise reads the properties of each node from the database, asks decide what to change, and writes just that. decide
// returns the properties to change, nil to unset one, or nothing; it may be called from several goroutines at once and
// must not change the node. REST shows it all properties of a node, whichever are asked for.
//
// Trouble of a single node is its Refusal. Any other ends the call with an error: no more nodes are begun, those in
// flight are finished. Revisions are in the order of the ids; with an error they are those that were finished. Since a
// node is compared as it is, repeating the call writes nothing twice.
//
// In a context of WithoutWriting all is done but the writing.
func (c *Client) Revise(ctx context.Context, ids, properties []string, decide func(Node) map[string]any) ([]Revision, error) {
	if writesNothing(ctx) {
		would := decide
		decide = func(n Node) map[string]any {
			would(n)
			return nil
		}
	}
	revisions, nodeType, err := c.api.revise(ctx, ids, properties, decide)
	if err == nil {
		err = c.withoutRights(ctx, nodeType, revisions)
	}
	return revisions, err
}

// change sends a request that changes nodes, and is the only way to send one. What was begun isn't cut short by ctx:
// whether it took effect would be unknown. It is not repeated either: its time-out bounds it, and the caller compares anew.
func (c *Client) change(ctx context.Context, k call) (answer, error) {
	k.unbroken = true
	return c.do(ctx, k)
}

// orReadOnly is the error of a write. A read-only repository is a 500 like any other, but waiting doesn't help with it.
func (c *Client) orReadOnly(ctx context.Context, e *Error) error {
	if e.Status == http.StatusInternalServerError && e.Kind == Unavailable {
		if d, err := c.discover(ctx); err == nil && d.ReadOnly {
			return readOnly(e.Status)
		}
	}
	return e
}

// lost are the properties of a node that don't stand as they were sent.
func lost(changes map[string]any, stands Node) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		value := stands.Properties[name]
		if name == "cm:name" { // shown as the node's name and not among its properties
			value = stands.Name
		}
		if !same(changes[name], value) {
			names = append(names, name)
		}
	}
	return names
}

// refuseLost says that a write was taken in vain.
func refuseLost(names []string) *Refusal {
	return &Refusal{Status: http.StatusOK, Reason: fmt.Sprintf("Alfresco took the write and shows another value for %s", strings.Join(names, ", "))}
}
