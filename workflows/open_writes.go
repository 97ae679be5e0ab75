package workflows

import (
	"slices"

	"counterparty-sync/internal/pass"
)

// openWrites are the nodes whose writes are open, as a segment knows them, and what else tells a node that fails from an outage.
type openWrites struct {
	nodes []pass.OpenNode
	// unwritable is as in pass.Result.
	unwritable []string
	// before is how many of them there were when the segment began after which others were written.
	before int
	// wrote: a write of the segment has gone through. The others are as in pass.DiffAndUpdateRequest.
	wrote                 bool
	readable              string
	othersWritten, giveUp bool
}

func newOpenWrites(request pass.SegmentRequest) openWrites {
	return openWrites{nodes: slices.Clone(request.Open), unwritable: slices.Clone(request.Unwritable), before: len(alone(request.Open)),
		readable: request.Readable, othersWritten: request.OthersWritten, giveUp: request.GiveUp}
}

// many reports whether the segment has left so many nodes open that they are to be tried before it goes on.
func (o *openWrites) many() bool { return len(alone(o.nodes)) >= o.before+pass.MaxOpen }

// alone are the open nodes after which others were written.
func alone(open []pass.OpenNode) []pass.OpenNode {
	return slices.DeleteFunc(slices.Clone(open), func(node pass.OpenNode) bool { return !node.Others })
}

// tell adds to a request what is known. It returns the nodes that are open by now.
func (o *openWrites) tell(request *pass.DiffAndUpdateRequest) (open []string) {
	request.Readable, request.OthersWritten, request.GiveUp = o.readable, o.othersWritten, o.giveUp
	for _, id := range o.unwritable {
		if hasNode(request.Nodes, id) {
			request.Unwritable = append(request.Unwritable, id)
		}
	}
	for _, node := range o.nodes {
		open = append(open, node.NodeID)
		if !node.Others && !hasNode(request.Nodes, node.NodeID) {
			request.Unwritten++
		}
	}
	return open
}

// hear takes what became of a batch. open are the nodes that were open before it began.
func (o *openWrites) hear(nodes []pass.NodeRef, open []string, result pass.DiffAndUpdateResult) {
	if result.Evidence != nil {
		return // nothing was tried
	}
	tried := map[string]pass.OpenNode{}
	o.nodes = slices.DeleteFunc(o.nodes, func(node pass.OpenNode) bool {
		if hasNode(nodes, node.NodeID) {
			tried[node.NodeID] = node
			return true
		}
		return false
	})
	if result.Wrote > 0 {
		o.wrote = true
		for i, node := range o.nodes {
			o.nodes[i].Others = node.Others || slices.Contains(open, node.NodeID)
		}
	}
	for _, node := range result.Open {
		before := tried[node.NodeID]
		node.Tries, node.Others = node.Tries+before.Tries, before.Others
		o.nodes = append(o.nodes, node)
	}
	o.unwritable = append(slices.DeleteFunc(o.unwritable, func(id string) bool { return hasNode(nodes, id) }), result.Unwritable...)
	o.unwritable = o.unwritable[max(0, len(o.unwritable)-pass.MaxUnwritable):]
	if result.Readable != "" {
		o.readable = result.Readable
	}
}

// told adds what is known to what a segment tells its pass.
func (o *openWrites) told(r *pass.SegmentResult) {
	r.Open, r.Unwritable, r.Readable, r.Wrote = o.nodes, o.unwritable, o.readable, o.wrote
}

func hasNode(nodes []pass.NodeRef, id string) bool {
	return slices.ContainsFunc(nodes, func(node pass.NodeRef) bool { return node.ID == id })
}
