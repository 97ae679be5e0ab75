package alfresco

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"

	"counterparty-sync/internal/descriptors"
)

const (
	// maxFailures is how many nodes in a row may fail, each alone, with none between them that goes through, before that is
	// everybody's trouble. One node can't show it, and a pass must not fail for ever on a few bad ones.
	maxFailures = 5
	// maxMeasures is how many nodes that a search has shown are read, one after the other, to see whether reading goes on.
	maxMeasures = 5
	// leastTimeout bounds how short a time-out becomes of a request that is part of another one.
	leastTimeout = 5 * time.Second
)

// Known is what the caller of Update has seen of other nodes before. The zero value is nothing.
type Known struct {
	// Readable is a node that could be read: it is read once more where nothing else shows whether reading goes on. Empty if none
	// is known.
	Readable string
	// Shown are other nodes of the batch that a search has shown a moment ago. They may fail alone as well, if they are read.
	Shown []string
	// Unwritten is how many writes in a row have failed by now, with none after them that went through.
	Unwritten int
	// OthersWritten: others have been written while these nodes could not be. Unwritable are those of which alone that is known.
	OthersWritten bool
	Unwritable    []string
	// GiveUp: waiting has not helped, so that it counts no longer how many of the nodes fail, unless as many failed before.
	GiveUp bool
}

// knownKey holds a Known in a context.
type knownKey struct{}

// Knowing returns a context in which Update judges failures by what is known of other nodes, too.
func Knowing(ctx context.Context, k Known) context.Context {
	return context.WithValue(ctx, knownKey{}, k)
}

// MayBeOne reports whether an error may be the trouble of some of the nodes that were asked about, and not everybody's.
func MayBeOne(err error) bool {
	_, own := mayBeOwn(err)
	return own
}

// mayBeOwn is the error of a request, if it may be the trouble of the nodes that the request is about or that its answer would have
// shown: a failure inside Alfresco, an answer that makes no sense, or none at all. Who can't be reached, or says no to whoever
// asks, says so to everybody; and so does an engine that ignores what it is asked for.
func mayBeOwn(err error) (*Error, bool) {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok, e.Operation == opTicket: // who can't log in asks about no node
		return nil, false
	case e.Kind == BadResponse:
		return e, e.Hint != hintEngine && !isElsewhere(e)
	case e.Kind != Unavailable:
		return nil, false
	case e.Status > 0:
		return e, e.Status >= http.StatusInternalServerError || e.Status == http.StatusOK // which is how the Records API fails
	}
	if network, ok := errors.AsType[*net.OpError](e.cause); ok && network.Op != "read" && network.Op != "write" {
		return nil, false // dialling, a name that is not found, a TLS alert
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](e.cause)
	return e, !untrusted && descriptors.HintOr(e.cause, "") == ""
}

// isElsewhere reports whether an answer without sense is that of an address, or a redirect from it, and the same for all nodes.
func isElsewhere(e *Error) bool {
	switch e.Operation {
	case opSearch, opMetadata:
		return e.Status >= http.StatusMultipleChoices
	case opQuery, opMutate:
		return e.Status == http.StatusNotFound || e.Status/100 == http.StatusMultipleChoices/100
	}
	return false
}

// trail is what became of the requests of one kind so far.
type trail struct {
	// through counts those that went through, failures the nodes in a row that failed alone since then.
	through, failures int
}

// jury decides whether nodes fail alone. It blames none before something of the same kind has gone through after the node failed.
// It is not safe for concurrent use.
type jury struct {
	known  Known
	trails map[string]*trail // by operation
	// nodes are those of the call, aside how many of them failed alone.
	nodes, aside int
}

func newJury(ctx context.Context, nodes int) *jury {
	known, _ := ctx.Value(knownKey{}).(Known)
	return &jury{known: known, nodes: nodes, trails: map[string]*trail{opPut: {failures: known.Unwritten}, opMutate: {failures: known.Unwritten}}}
}

func (j *jury) trail(operation string) *trail {
	t := j.trails[operation]
	if t == nil {
		t = &trail{}
		j.trails[operation] = t
	}
	return t
}

// wentThrough notes a request that Alfresco has carried out.
func (j *jury) wentThrough(operation string) {
	t := j.trail(operation)
	t.through, t.failures = t.through+1, 0
}

// suspect is a node that failed alone.
type suspect struct {
	operation string
	// through is how many requests of the kind had gone through before.
	through int
	// known: others went through an earlier time when it failed.
	known bool
}

// fails notes a node that failed alone. outage says that it is everybody's trouble by now: too many in a row, or most of all.
// Where that is not to be judged by numbers, probe asks for a read of another node, which shows it.
func (j *jury) fails(operation, id string) (s suspect, outage, probe bool) {
	t := j.trail(operation)
	s = suspect{operation, t.through, writes(operation) && slices.Contains(j.known.Unwritable, id)}
	if s.known {
		return s, false, false
	}
	t.failures++
	j.aside++
	if j.lenient(operation) {
		return s, false, !writes(operation) && t.failures >= maxFailures
	}
	return s, t.failures >= maxFailures || j.aside >= maxFailures && 2*j.aside > j.nodes, false
}

// lenient: the failures of an operation are not counted. Where a search has shown the batch and only what differs is read, that may
// be nodes that fail and no others: they differ for as long as they can't be written.
func (j *jury) lenient(operation string) bool {
	return operation == opGet && len(j.known.Shown) > 0 || j.known.GiveUp && (j.known.Unwritten < maxFailures || !writes(operation))
}

// alone reports whether others went through while this one did not.
func (j *jury) alone(s suspect) bool {
	return s.known || j.trail(s.operation).through > s.through || writes(s.operation) && j.known.OthersWritten
}

func writes(operation string) bool { return operation == opPut || operation == opMutate }

// refuseFailed says that each request about a node comes to nothing, while those about others go through.
func refuseFailed(e *Error) *Refusal {
	return &Refusal{Failed: true, Unwritable: writes(e.Operation), Status: e.Status, Reason: e.Error()}
}

// within is the time-out of a request about a part of the nodes of another one, which has a time-out for the whole.
func (c *Client) within(whole time.Duration, part, nodes int) time.Duration {
	return min(whole, max(whole*time.Duration(part)/time.Duration(max(nodes, 1)), min(c.timeout, leastTimeout)))
}
