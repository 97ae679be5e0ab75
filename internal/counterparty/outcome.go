package counterparty

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Outcome is what happened to one node in a pass. Every node that is walked has exactly one.
type Outcome string

// The outcomes. They are names on the wire: histories and scripts hold them.
const (
	// Updated: something differed and was written.
	Updated Outcome = "UPDATED"
	// Unchanged: nothing to write.
	Unchanged Outcome = "UNCHANGED"
	// NotFound: Kontur.Focus knows no such company.
	NotFound Outcome = "NOT_FOUND"
	// Ambiguous: several companies answer and nothing says which one is the node's, or the node or the answer contradicts
	// itself.
	Ambiguous Outcome = "AMBIGUOUS"
	// InvalidID: the identifier is empty or malformed, so Kontur.Focus was not asked.
	InvalidID Outcome = "INVALID_ID"
	// Rejected: Alfresco refused to write this one node.
	Rejected Outcome = "REJECTED"
	// Failed: each request about this one node, or about its company, comes to nothing, while those about others go through.
	Failed Outcome = "FAILED"
	// Gone: the node was deleted between the fetch and the write.
	Gone Outcome = "GONE"
)

// Change is one attribute of one node: was → became. Nil stands for absent, a Cut for a value that is too long to be shown.
type Change struct {
	Attribute string `json:"attribute"`
	Was       any    `json:"was"`
	Became    any    `json:"became"`
	// Source is the method of Kontur.Focus that the value came from.
	Source string `json:"source,omitempty"`
	// Reason says of a change that was only reported why the node keeps what it has: KeptNever or KeptByHand.
	Reason string `json:"reason,omitempty"`
}

// Reasons of changes that were not made. Histories hold them and scripts compare them, so they never change.
const (
	KeptNever  = "kept: the mapping never writes this attribute"
	KeptByHand = "kept: typed in by hand, or not known to be ours"
)

// NodeOutcome is the outcome of one node, with the reason if it needs one and the changes if there are any.
type NodeOutcome struct {
	NodeID  string  `json:"node"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	// AskAgain: the answer can't be right, so that another may be, although the company does not change.
	AskAgain bool     `json:"askAgain,omitempty"`
	Changes  []Change `json:"changes,omitempty"`
	// Reported are differences that were left as they are: the mapping never writes the attribute, or only what is ours.
	Reported []Change `json:"reported,omitempty"`
	// Asked is when an earlier pass asked, of an outcome that was taken over from it; null: this pass came to it.
	Asked *time.Time `json:"asked,omitempty"`
	// Unsure: the changes were about to be written, and it is not known whether they were.
	Unsure bool `json:"unsure,omitempty"`
	// Untold is what there was no room for; null if nothing.
	Untold *Untold `json:"untold,omitempty"`
}

// Untold are numbers of changes of a node beside those that are kept, which there was no room for: see Fit.
type Untold struct {
	Changes int `json:"changes,omitempty"`
	// Emptied are those of Changes that emptied the attribute.
	Emptied  int `json:"emptied,omitempty"`
	Reported int `json:"reported,omitempty"`
}

// String says it for people; empty if there is nothing to say.
func (u *Untold) String() string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf("and %d more changes, %d more differences that were left as they are: there was no room for them; the worker's log has the changes",
		u.Changes, u.Reported)
}

// Emptied counts the values that were emptied on the node.
func (o NodeOutcome) Emptied() int {
	n := 0
	for _, change := range o.Changes {
		if change.Empties() {
			n++
		}
	}
	if o.Untold != nil {
		n += o.Untold.Emptied
	}
	return n
}

// Empties reports whether the attribute is empty after the change.
func (c Change) Empties() bool { return IsEmpty(c.Became) }

// IsEmpty reports whether a value of an attribute is as good as not there.
func IsEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !IsEmpty(item) })
	}
	return false
}

// Again reports whether another try may come to something else, although the company does not change.
func (o NodeOutcome) Again() bool { return o.Outcome == Rejected || o.Outcome == Failed || o.AskAgain }

// Stands reports whether the same question has the same answer until somebody changes the node, or the register changes.
func (o NodeOutcome) Stands() bool {
	return (o.Outcome == NotFound || o.Outcome == Ambiguous) && !o.AskAgain
}

// Counts are numbers of nodes by outcome. The zero value is ready to use.
type Counts struct {
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	NotFound  int `json:"notFound"`
	Ambiguous int `json:"ambiguous"`
	InvalidID int `json:"invalidId"`
	Rejected  int `json:"rejected"`
	Failed    int `json:"failed"`
	Gone      int `json:"gone"`
}

// outcomes are all there are, in the order of Counts.
var outcomes = [...]Outcome{Updated, Unchanged, NotFound, Ambiguous, InvalidID, Rejected, Failed, Gone}

// numbers are the fields, in their order.
func (c *Counts) numbers() [len(outcomes)]*int {
	return [...]*int{&c.Updated, &c.Unchanged, &c.NotFound, &c.Ambiguous, &c.InvalidID, &c.Rejected, &c.Failed, &c.Gone}
}

// All are the outcomes with their numbers, in their order.
func (c Counts) All() iter.Seq2[Outcome, int] {
	return func(yield func(Outcome, int) bool) {
		for i, n := range c.numbers() {
			if !yield(outcomes[i], *n) {
				return
			}
		}
	}
}

// Add counts one more node. An outcome that is none of the constants panics: it would be lost silently otherwise.
func (c *Counts) Add(o Outcome) {
	i := slices.Index(outcomes[:], o)
	if i < 0 {
		panic(fmt.Sprintf("counterparty: unknown outcome %q", o))
	}
	*c.numbers()[i]++
}

// Plus returns the sum of both.
func (c Counts) Plus(d Counts) Counts {
	for i, n := range d.numbers() {
		*c.numbers()[i] += *n
	}
	return c
}

// Total is the number of nodes counted.
func (c Counts) Total() int {
	total := 0
	for _, n := range c.numbers() {
		total += *n
	}
	return total
}
