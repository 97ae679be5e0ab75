package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/excerpt"
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
func checkAttributes(ctx workflow.Context, syncID string) attributes {
	result, err := flow.Execute(attributesPolicy.on(ctx, "may the pass set search attributes?"), pass.CheckSearchAttributes, pass.CheckSearchAttributesRequest{})
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("no search attributes: they could not be looked up", "sync", syncID, "error", err)
	case !result.Ready:
		workflow.GetLogger(ctx).Debug("no search attributes", "sync", syncID, "problem", result.Problem, "hint", "starter setup registers them")
	}
	return attributes{ready: err == nil && result.Ready}
}

// set shows the list of workflows the status of the pass, if that has changed.
func (a *attributes) set(ctx workflow.Context, syncID, status string) {
	if !a.ready || status == a.status {
		return
	}
	a.status = status
	if err := workflow.UpsertTypedSearchAttributes(ctx, syncIDKey.ValueSet(excerpt.Cut(syncID, maxKeyword)), statusKey.ValueSet(status)); err != nil {
		// Only a value that can't be encoded fails here.
		workflow.GetLogger(ctx).Error("search attributes not set", "sync", syncID, "error", err)
	}
}

// ofSegment are the search attributes of the pass's segments.
func (a *attributes) ofSegment(syncID string) temporal.SearchAttributes {
	if !a.ready {
		return temporal.SearchAttributes{}
	}
	return temporal.NewSearchAttributes(syncIDKey.ValueSet(excerpt.Cut(syncID, maxKeyword)))
}
