package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// maxKeyword bounds a Keyword, in bytes: SQL visibility has 255 characters for it. A longer id is no valid one, and the
// pass that says so must not fail of it.
const maxKeyword = 255

var (
	syncIDKey = temporal.NewSearchAttributeKeyKeyword(pass.SyncIDAttribute)
	statusKey = temporal.NewSearchAttributeKeyKeyword(pass.StatusAttribute)
)

// attributes are the search attributes of a pass.
type attributes struct {
	// ready: the namespace has them. Setting one that it lacks would hold up the pass for good.
	ready bool
	// status is the one that was set last.
	status string
}

// checkAttributes asks, once, whether the pass may set them. Its schedule can't say: tctl makes schedules too. A pass that
// gets no answer does without.
func (p *passRun) checkAttributes(ctx workflow.Context) {
	result, err := flow.Execute(attributesPolicy(ctx), pass.CheckSearchAttributes, pass.CheckSearchAttributesRequest{})
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("no search attributes: they could not be looked up", "sync", p.sync.ID, "error", err)
	case !result.Ready:
		workflow.GetLogger(ctx).Debug("no search attributes", "sync", p.sync.ID, "problem", result.Problem, "hint", "starter setup registers them")
	}
	p.attributes.ready = err == nil && result.Ready
}

// setAttributes tells the list of workflows how the pass stands, if that has changed.
func (p *passRun) setAttributes(ctx workflow.Context) {
	status := p.result.AttributeStatus()
	if !p.attributes.ready || status == p.attributes.status {
		return
	}
	p.attributes.status = status
	if err := workflow.UpsertTypedSearchAttributes(ctx, syncIDKey.ValueSet(cut(p.sync.ID, maxKeyword)), statusKey.ValueSet(status)); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("search attributes not set", "sync", p.sync.ID, "error", err)
	}
}

// ofSegment are the search attributes of the pass's segments.
func (p *passRun) ofSegment() temporal.SearchAttributes {
	if !p.attributes.ready {
		return temporal.SearchAttributes{}
	}
	return temporal.NewSearchAttributes(syncIDKey.ValueSet(cut(p.sync.ID, maxKeyword)))
}
