package workflows

import (
	"time"

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

// reportProgress signals to the pass what is committed: at once, then at growing intervals, when something wakes the segment. One that
// commits nothing for long signals that, whenever something wakes it: the pass is woken, and looks what is due.
//
// While batches are in flight something wakes it soon: a timer for each interval would cost as much history as its signal.
func (s *segmentRun) reportProgress(ctx workflow.Context) {
	parent := workflow.GetInfo(ctx).ParentWorkflowExecution
	if parent == nil {
		return
	}
	var reported int64
	last := workflow.Now(ctx)
	age := func() time.Duration { return workflow.Now(ctx).Sub(s.request.PassStartedAt) }
	isNews := func() bool { return s.committed.Batches > reported }
	due := func() bool {
		since := workflow.Now(ctx).Sub(last)
		return isNews() && (reported == 0 || since >= max(progressInterval, age()/progressShare)) || since >= max(watchInterval, age()/watchShare)
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		// Nothing else may wake it for long.
		for workflow.Await(ctx, isNews) == nil {
			if flow.Sleep(ctx, max(reminderInterval, age()/progressShare), "until the progress is told to the pass, if nothing happens before") != nil {
				return
			}
		}
	})
	for workflow.Await(ctx, due) == nil {
		reported, last = s.committed.Batches, workflow.Now(ctx)
		// Not waited for: a progress that gets lost is made good by the next one or by the result.
		flow.Send(ctx, pass.ProgressSignal, parent.ID, parent.RunID, s.progress())
	}
}
