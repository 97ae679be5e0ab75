package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// changedOnly lets a segment ask only about what changed, for a sync that wants that.
type changedOnly struct {
	sync pass.Sync
	// filter is nil if all nodes are asked about. always are the nodes that are asked about in any case.
	filter *pass.ChangedFilter
	always map[string]bool
	// dbids are those of nodes that could not be read in the walk before.
	dbids []int64
	// rejected are nodes that the next walk asks about again.
	rejected []string
}

func newChangedOnly(sync pass.Sync, request pass.SegmentRequest) changedOnly {
	c := changedOnly{sync: sync, filter: request.Changed, always: map[string]bool{}}
	if c.filter == nil {
		return c
	}
	for _, id := range c.filter.Again {
		if dbid, ok := pass.DbidOf(id); ok {
			c.dbids = append(c.dbids, dbid)
		}
		c.always[id] = true
	}
	for _, write := range request.Written {
		c.always[write.NodeID] = true // otherwise it would not be checked whether it took effect
	}
	return c
}

// skip takes the nodes out of a batch that Kontur.Focus need not be asked about: their companies did not change, and neither
// did they. They are unchanged without being read again. It reports whether some of the others surely changed.
func (c *changedOnly) skip(ctx workflow.Context, b *batch) (changed bool, failure *pass.Failure) {
	if c.filter == nil || c.readAgain(b) {
		return false, nil
	}
	maySkip := func(node pass.NodeRef) bool { return c.filter.MaySkip(node, c.sync.SearchParam, c.always) }
	var ogrns []string
	for _, node := range b.nodes {
		if maySkip(node) && !slices.Contains(ogrns, node.OGRN) {
			ogrns = append(ogrns, node.OGRN)
		}
	}
	if len(ogrns) == 0 {
		return false, nil
	}
	request := pass.SelectChangedRequest{Walk: c.filter.Walk, Sources: c.filter.Sources, Since: c.filter.Since, Now: workflow.Now(ctx).UTC(),
		Seen: c.filter.Seen, OGRNs: ogrns}
	result, err := paced(ctx, pass.SelectChanged, &request, outsideCall{
		who: "Kontur.Focus", what: fmt.Sprintf("which of %d companies %s changed?", len(ogrns), b.place), policy: queryPolicy.with(c.sync.KonturKey),
		show: b.enter, stage: "is looked up among the companies that changed", waiting: "changes: ",
	})
	if err != nil || ctx.Err() != nil {
		return false, failureOf(ctx, "which companies changed", err, methods.SourceID(methods.Req))
	}
	b.skip(func(node pass.NodeRef) bool { return maySkip(node) && !slices.Contains(result.Ask, node.OGRN) })
	return len(result.Changed) > 0, nil
}

// readAgain reports whether a batch may have a node that could not be read in the walk before. Which of its nodes that is nobody
// knows, so that all of them are asked about.
func (c *changedOnly) readAgain(b *batch) bool {
	return slices.ContainsFunc(c.dbids, func(dbid int64) bool {
		fails := slices.ContainsFunc(b.failed, func(node pass.FailedNode) bool { return node.Dbid == dbid })
		return dbid > b.After && dbid <= b.LastDbid && !fails
	})
}

// reject notes the nodes of a batch that could not be read or written, or about which there was a bad answer: the next walk asks
// about them again.
func (c *changedOnly) reject(b *batch, result pass.DiffAndUpdateResult) {
	if !c.sync.ChangedOnly {
		return
	}
	again := result.Again()
	for _, node := range b.failed {
		again = append(again, node.Outcome().NodeID)
	}
	for _, id := range again {
		// One more than is remembered says that there are others.
		if len(c.rejected) <= pass.MaxRejected && !slices.Contains(c.rejected, id) {
			c.rejected = append(c.rejected, id)
		}
	}
}
