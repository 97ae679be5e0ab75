package workflows

import (
	"slices"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// fewNodes is how many nodes may fail in a row without that being an outage by their number, as package alfresco has it.
const fewNodes = 4

// openWrites are the nodes whose writes are open, as a segment knows them, and what else tells a node that fails from an outage.
type openWrites struct {
	nodes []pass.OpenNode
	// unwritable is as in pass.Result.
	unwritable []string
	// before is how many of them there were when the segment began after which others were written.
	before int
	// fetched are nodes that were fetched while none is known that could be read. The others are as in pass.DiffAndUpdateRequest.
	fetched               []string
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
	request.OthersWritten, request.GiveUp = o.othersWritten, o.giveUp
	if o.giveUp {
		request.Readable = o.other(request.Nodes)
	}
	for _, id := range o.unwritable {
		if hasNode(request.Nodes, id) {
			request.Unwritable = append(request.Unwritable, id)
		}
	}
	// Where others were written after nodes, those after which none was show nothing about them.
	measured := slices.ContainsFunc(o.nodes, func(node pass.OpenNode) bool { return node.Others && hasNode(request.Nodes, node.NodeID) })
	for _, node := range o.nodes {
		open = append(open, node.NodeID)
		if !node.Others && !measured && !hasNode(request.Nodes, node.NodeID) {
			request.Unwritten++
		}
	}
	return open
}

// see notes a batch that was fetched. Two are enough: one of them is another one.
func (o *openWrites) see(nodes []pass.NodeRef) {
	if o.readable == "" && len(nodes) > 0 && len(o.fetched) < 2 {
		o.fetched = append(o.fetched, nodes[0].ID)
	}
}

// other is a node that is not among these and could be read, or may be readable; empty if none is known.
func (o *openWrites) other(nodes []pass.NodeRef) string {
	for _, id := range append([]string{o.readable}, o.fetched...) {
		if id != "" && !hasNode(nodes, id) {
			return id
		}
	}
	return ""
}

// measure adds to a request that failed a node that could be read before. It reports whether that is of use: more nodes that fail
// are an outage by their number, until the tries are used up.
func (o *openWrites) measure(request *pass.DiffAndUpdateRequest, err error) bool {
	if !mayBeOne(err) || len(request.Nodes) > fewNodes || request.Readable != "" {
		return false
	}
	request.Readable = o.other(request.Nodes)
	return request.Readable != ""
}

// hear takes what became of a batch. open are the nodes that were open before it began. What tries before this one wrote, they may
// have written before those nodes failed.
func (o *openWrites) hear(request pass.DiffAndUpdateRequest, open []string, result pass.DiffAndUpdateResult) {
	if result.Evidence != nil {
		return // nothing was tried
	}
	nodes, wrote := request.Nodes, result.Counts.Updated > 0 && len(request.Written) == 0 && !request.Plan
	tried := map[string]pass.OpenNode{}
	o.nodes = slices.DeleteFunc(o.nodes, func(node pass.OpenNode) bool {
		if hasNode(nodes, node.NodeID) {
			tried[node.NodeID] = node
			return true
		}
		return false
	})
	if wrote {
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
	// One that was written was read by itself. Others were only shown along with those beside them, maybe.
	for _, could := range []func(pass.NodeRef, pass.DiffAndUpdateResult) bool{isWritten, isReadable} {
		if at := slices.IndexFunc(nodes, func(node pass.NodeRef) bool { return could(node, result) }); at >= 0 {
			o.readable = nodes[at].ID
			return
		}
	}
}

// isWritten reports whether a node of a batch was written.
func isWritten(node pass.NodeRef, result pass.DiffAndUpdateResult) bool {
	return slices.ContainsFunc(result.Nodes, func(o counterparty.NodeOutcome) bool {
		return o.NodeID == node.ID && o.Outcome == counterparty.Updated
	})
}

// isReadable reports whether a node of a batch could be read.
func isReadable(node pass.NodeRef, result pass.DiffAndUpdateResult) bool {
	return !slices.ContainsFunc(result.Nodes, func(o counterparty.NodeOutcome) bool {
		return o.NodeID == node.ID && (o.Outcome == counterparty.Failed || o.Outcome == counterparty.Rejected || o.Outcome == counterparty.Gone)
	})
}

// told adds what is known to what a segment tells its pass.
func (o *openWrites) told(r *pass.SegmentResult) {
	r.Open, r.Unwritable = o.nodes, o.unwritable
	if r.Failure != nil && r.Failure.MayBeOne {
		r.Readable = o.readable
	}
}

func hasNode(nodes []pass.NodeRef, id string) bool {
	return slices.ContainsFunc(nodes, func(node pass.NodeRef) bool { return node.ID == id })
}
