package alfresco

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/mapping"
)

// Updated is what became of one node.
type Updated struct {
	NodeID string
	// Written means that properties were sent and stand now. It is false if there was nothing to do.
	Written bool
	// Refusal is why this one node could not be read or written; nil if all is well.
	Refusal *Refusal
	// Open is why this node could not be written where it is not known whether any other could have been: there is no write that
	// would only try. Nil if its fate is known.
	Open error
}

// Refusal is why one node could not be read or written.
type Refusal struct {
	// Gone means that the node was deleted.
	Gone bool
	// Failed means that the request failed alone, again and again, while those about other nodes went through; Unwritable that it
	// was a write.
	Failed, Unwritable bool
	// Status is the HTTP status; 200 if the write was taken and its properties did not come out as sent, or could not be
	// seen.
	Status int
	// Reason is one short line.
	Reason string
}

// Updater is who decides what becomes of nodes. Its methods are called from several goroutines at once.
type Updater interface {
	// Decide returns the properties to change of a node, nil to unset one, or nothing. It must not change the node. It may
	// be called again for the same node, which may say something else then: the last word counts.
	Decide(Node) map[string]any
	// MaySend is asked at the last moment before the changes of these nodes leave, and must not wait. From a yes on they
	// may have been written, until Done says more. A no costs nothing but another comparison.
	MaySend(ids []string) bool
	// Prepare is called after MaySend has said no, and waits until it may say yes. An error ends the call.
	Prepare(ctx context.Context, ids []string) error
	// Unseen is called before nodes are compared once more whose changes were sent, and whether they stand was not seen.
	Unseen(ids []string)
	// Done is called for each node as soon as it is known what became of it.
	Done(Updated)
}

// Decide is an Updater that may always send, and only decides.
type Decide func(Node) map[string]any

// Decide implements Updater.
func (d Decide) Decide(n Node) map[string]any { return d(n) }

// MaySend implements Updater.
func (Decide) MaySend([]string) bool { return true }

// Prepare implements Updater.
func (Decide) Prepare(context.Context, []string) error { return nil }

// Unseen implements Updater.
func (Decide) Unseen([]string) {}

// Done implements Updater.
func (Decide) Done(Updated) {}

// Update reads the properties of each node from the database, asks the updater what to change, and writes just that. REST
// shows it all properties of a node, whichever are asked for.
//
// What is compared and written belongs together: no request of others comes between, and a comparison that has grown older
// than maxAge is not sent but made anew. REST v1 knows no condition, so what a person saves in the time between the answer
// to the read and the arrival of the write is not seen.
//
// Trouble of a single node is its Refusal. Any other ends the call with an error: no more nodes are begun, those in flight
// are finished. What became of nodes is in the order of the ids; with an error it is that of those that were finished.
// Since a node is compared as it is, repeating the call writes nothing twice.
//
// A request that fails alone may be the node's trouble or the beginning of an outage: see Known, and the bounds in
// docs/how-it-works.md.
func (c *Client) Update(ctx context.Context, ids, properties []string, updater Updater) ([]Updated, error) {
	updates, nodeType, err := c.api.update(ctx, ids, properties, updater)
	if err == nil {
		err = c.withoutRights(ctx, nodeType, updates)
	}
	return updates, err
}

const (
	// maxAge is how old a comparison may be, by the wall clock, when what came of it is sent: well above the time from an
	// answer to the next request of a process that runs, and well below what it takes a person to save an edit, or another
	// worker to take over.
	maxAge = 3 * time.Second
	// maxComparisons bounds how often a node is compared anew before it is written.
	maxComparisons = 10
)

// comparison is when nodes were read.
type comparison struct {
	now   func() time.Time
	round int
	at    time.Time
}

// begin is called before the read of a round, counted from 1, and answered after it. What was read is as old as the request:
// the process may have stood still with the answer in its buffers. A second time in a row that is no accident but a slow
// repository, for which the answer counts.
func (c *comparison) begin(round int) { c.round, c.at = round, c.now().Round(0) }

func (c *comparison) answered() {
	if c.round > 1 {
		c.at = c.now().Round(0)
	}
}

// fresh goes by the wall clock, because the other one stands still with the machine. A clock that was set back proves
// nothing.
func (c *comparison) fresh() bool {
	age := c.now().Round(0).Sub(c.at)
	return age >= 0 && age <= maxAge
}

// orReadOnly is the error of a write. A read-only repository is a 500 like any other, but waiting doesn't help with it.
func (c *Client) orReadOnly(ctx context.Context, e *Error) error {
	if e.Status == http.StatusInternalServerError && e.Kind == Unavailable {
		if d, err := c.discover(ctx); err == nil && d.Status.IsReadOnly {
			return readOnly(e.Status)
		}
	}
	return e
}

// lost are the properties of a node that don't stand as they were sent: those that the next pass would write again.
func lost(changes map[string]any, stands Node) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(changes)), func(name string) bool {
		if name == "cm:name" { // shown as the node's name and not among its properties
			return mapping.Equal(stands.Name, changes[name])
		}
		return mapping.Equal(stands.Properties[name], changes[name])
	})
}

// refuseLost says that a write was taken in vain.
func refuseLost(names []string) *Refusal {
	return &Refusal{Status: http.StatusOK, Reason: fmt.Sprintf("Alfresco accepted the write but shows another value for %s", strings.Join(names, ", "))}
}

// refuseUnseen says that a write was taken and that the node can't be read any more, which it could a moment before.
func refuseUnseen(unread *Refusal) *Refusal {
	return &Refusal{Gone: unread.Gone, Status: http.StatusOK, Reason: "Alfresco accepted the write but then did not show the node: " + unread.Reason}
}

// refuseRestless says that a node was never as it had been a moment before.
func refuseRestless() *Refusal {
	return &Refusal{Status: http.StatusConflict, Reason: fmt.Sprintf("it was compared %d times, and changed each time before it could be written", maxComparisons)}
}
