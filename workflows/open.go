package workflows

import (
	"fmt"
	"slices"

	"counterparty-sync/internal/pass"
)

// open are the nodes whose writes are open, as the pass knows them. It tries them once more in segments of their own, which do
// not move the checkpoint, when all nodes are walked; those after which others were written also when there are many.
type open struct {
	nodes    []pass.OpenNode
	readable string
	// unwritable is as in pass.Result.
	unwritable []string
	// wrote: the pass has written something.
	wrote bool
	// walked: the walk over the nodes is done. settling are the open nodes that segments try now; empty while they walk.
	walked   bool
	settling []pass.OpenNode
}

// choose decides what the next segment walks: first those of the open nodes after which others were written.
func (o *open) choose(leftovers bool) {
	o.settling = alone(o.nodes)
	switch {
	case !o.walked && (leftovers || len(o.settling) < pass.MaxOpen):
		o.settling = nil
	case len(o.settling) == 0:
		o.settling = slices.Clone(o.nodes)
	}
}

// settles reports whether segments try open nodes, and not others.
func (o *open) settles() bool { return len(o.settling) > 0 }

// over reports whether the pass has come to its end.
func (o *open) over() bool { return o.walked && len(o.nodes) == 0 }

// narrow is the input of a segment that tries open nodes.
func (o *open) narrow(sync pass.Sync) pass.Sync {
	ids := make([]string, len(o.settling))
	for i, node := range o.settling {
		ids[i] = node.NodeID
	}
	return sync.WithSelection(ids)
}

// tell adds to the request of a segment what is known. last says that the tries are used up: what was written before counts then.
func (o *open) tell(request *pass.SegmentRequest, last bool) {
	request.Open, request.Unwritable, request.Readable = o.nodes, o.unwritable, o.readable
	if o.settles() {
		request.GiveUp, request.OthersWritten = true, o.settling[0].Others || last && o.wrote
	}
}

// hear takes what a segment says. It reports whether one of the nodes that it tried is open still.
func (o *open) hear(segment pass.SegmentResult) (again bool) {
	o.nodes, o.unwritable = segment.Open, segment.Unwritable
	if segment.Readable != "" {
		o.readable = segment.Readable
	}
	return slices.ContainsFunc(o.nodes, o.failedAgain)
}

// failedAgain reports whether a node was tried by the last segment.
func (o *open) failedAgain(node pass.OpenNode) bool {
	return slices.ContainsFunc(o.settling, func(s pass.OpenNode) bool { return s.NodeID == node.NodeID && s.Tries < node.Tries })
}

// settled ends a try of open nodes: those that were not met are gone. It returns the failure of a pass that can't write what is
// left, nil if nothing of what was tried is.
func (o *open) settled() *pass.Failure {
	o.nodes = slices.DeleteFunc(o.nodes, func(node pass.OpenNode) bool {
		return !o.failedAgain(node) && slices.ContainsFunc(o.settling, func(s pass.OpenNode) bool { return s.NodeID == node.NodeID })
	})
	at := slices.IndexFunc(o.nodes, o.failedAgain)
	if at < 0 {
		return nil
	}
	node := o.nodes[at]
	return &pass.Failure{
		Type:   pass.FailureUnavailable,
		Source: pass.WriteSource,
		Message: fmt.Sprintf("update node %s: %s (%d nodes are left that could not be written, and no other was written after them)",
			node.NodeID, node.Reason, len(o.nodes)),
		Hint:      "see Alfresco's log; if nothing can be written at all, check that Alfresco and its database run",
		Retryable: true,
	}
}
