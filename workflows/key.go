package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// mayAsk settles before a segment whether Kontur.Focus can be asked at all, and about which nodes.
func (p *passRun) mayAsk(ctx workflow.Context) *pass.Failure {
	if failure := keyMissing(ctx, p.sync); failure != nil {
		return failure
	}
	return p.scope.decide(ctx, p.sync, p.show)
}

// keyMissing finds out whether any worker can ask with the key of a sync. Not all need hold it; if none does, what is asked would
// wait in its queue for nobody. A pass that gets no answer goes on: its questions wait for a bounded time.
func keyMissing(ctx workflow.Context, sync pass.Sync) *pass.Failure {
	if sync.KonturKey == "" || sync.CountsOnly() {
		return nil
	}
	missing, err := flow.FindKeyHolder(keyPolicy.on(ctx, "does a worker hold the key "+string(sync.KonturKey)+"?"), sync.KonturKey)
	if err != nil {
		if !canceled(err) {
			workflow.GetLogger(ctx).Warn("workers with the sync's key not looked up", "sync", sync.ID, "error", err)
		}
	} else if missing != nil {
		return missing.From(methods.SourceID(methods.Req))
	}
	return nil
}
