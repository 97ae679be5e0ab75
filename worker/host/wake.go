package host

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/runs"
)

const (
	// wakeTries and wakePause outlast a moment in which Temporal's list of workflows is not to be had.
	wakeTries = 5
	wakePause = 3 * time.Second
)

// wakeSurely wakes, and tries again for a while if it fails.
func wakeSurely(ctx context.Context, o Options) error {
	for try := 1; ; try++ {
		err := wake(ctx, o.Temporal, o.TaskQueue, o.Log)
		if err == nil || try == wakeTries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wakePause):
		}
	}
}

// wake signals the passes in RETRY_WAITING that a worker has started: they go on at once, with their tries reset, unless they
// have often enough.
func wake(ctx context.Context, c client.Client, taskQueue string, log *zap.Logger) error {
	query := fmt.Sprintf("WorkflowType = '%s' AND TaskQueue = %s AND ExecutionStatus = 'Running'", pass.SyncWorkflow, runs.Quoted(taskQueue))
	for info, err := range runs.List(ctx, c, query, 0) {
		if err != nil {
			return fmt.Errorf("list running passes: %w", err)
		}
		result, err := pass.ResultFromMemo(info.GetMemo())
		if err != nil || result == nil || result.Status != pass.RetryWaiting {
			continue
		}
		x := runs.Of(info.GetExecution())
		if result.Wakes >= pass.MaxWakes {
			log.Warn("pass not woken: workers have started too often since its last commit",
				zap.String("pass", x.WorkflowID), zap.Int("wakes", result.Wakes), zap.Timep("next", result.NextTry))
			continue
		}
		err = pass.RetrySignal.Send(ctx, c, x.WorkflowID, x.RunID, pass.Retry{ResetTries: true, NextTry: result.NextTry})
		if runs.IsNotFound(err) {
			continue // it ended meanwhile
		}
		if err != nil {
			return fmt.Errorf("wake pass %s: %w", x.WorkflowID, err)
		}
		log.Info("pass woken from RETRY_WAITING", zap.String("pass", x.WorkflowID))
	}
	return nil
}
