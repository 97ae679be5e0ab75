package workflows

import (
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
	"counterparty-sync/workflows/flow"
)

// progress is what is committed, and what is known of Kontur.Focus.
func (s *segmentRun) progress() pass.Progress {
	p := s.committed
	p.Silent, p.Known = s.silence.row, s.silence.known
	p.Open = len(s.writer.open.nodes)
	p.Quotas, p.QuotaProblem = s.asker.quotas.latest, s.asker.quotas.problem
	return p
}

// reportProgress signals to the pass what is committed: at once, then at growing intervals. A segment that commits nothing
// for long signals that, whenever something wakes it: the pass is woken, and looks what is due.
func (s *segmentRun) reportProgress(ctx workflow.Context) {
	parent := workflow.GetInfo(ctx).ParentWorkflowExecution
	if parent == nil {
		return
	}
	var reported int64
	last := workflow.Now(ctx)
	silent := func() bool {
		now := workflow.Now(ctx)
		return now.Sub(last) >= max(watchInterval, now.Sub(s.request.PassStartedAt)/watchShare)
	}
	for {
		if workflow.Await(ctx, func() bool { return s.committed.Batches > reported || silent() }) != nil {
			return
		}
		reported, last = s.committed.Batches, workflow.Now(ctx)
		// Not waited for: a progress that gets lost is made good by the next one or by the result.
		flow.Send(ctx, pass.ProgressSignal, parent.ID, parent.RunID, s.progress())
		age := workflow.Now(ctx).Sub(s.request.PassStartedAt)
		if flow.Sleep(ctx, max(progressInterval, age/progressShare), "until the next progress for the pass") != nil {
			return
		}
	}
}
