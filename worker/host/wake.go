package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/pass"
)

// quoted is a text within the quotes of a visibility query.
var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

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

// wake tells the passes in RETRY_WAITING that a worker has started: they go on at once, with their tries reset.
func wake(ctx context.Context, c client.Client, taskQueue string, log *zap.Logger) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = '%s' AND TaskQueue = '%s' AND ExecutionStatus = 'Running'", pass.SyncWorkflow, quoted.Replace(taskQueue)),
	}
	for {
		page, err := c.ListWorkflow(ctx, request)
		if err != nil {
			return fmt.Errorf("list running passes: %w", err)
		}
		for _, execution := range page.Executions {
			result, err := pass.ResultFromMemo(execution.Memo)
			if err != nil || result == nil || result.Status != pass.RetryWaiting {
				continue
			}
			id := execution.Execution.WorkflowId
			err = pass.RetrySignal.Send(ctx, c, id, execution.Execution.RunId, pass.Retry{ResetTries: true})
			var gone *serviceerror.NotFound
			if errors.As(err, &gone) {
				continue // it ended meanwhile
			}
			if err != nil {
				return fmt.Errorf("wake pass %s: %w", id, err)
			}
			log.Info("pass woken from RETRY_WAITING", zap.String("pass", id))
		}
		if len(page.NextPageToken) == 0 {
			return nil
		}
		request.NextPageToken = page.NextPageToken
	}
}
