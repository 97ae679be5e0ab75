package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.uber.org/zap"
)

const (
	// countInterval is how often the workers are counted. So long more than KONTUR_RPS may go out after one more has started,
	// and only while passes and reports ask.
	countInterval = 10 * time.Second
	// alive is how long before the latest call for work a worker's own may lie: a call waits a minute for some (the server's
	// matching.longPollExpirationInterval), and then comes again.
	alive = 70 * time.Second
)

// countWorkers keeps the client informed, until ctx ends, among how many workers the rate is shared out. Each of
// Kontur.Focus's two task queues holds the rate for all workers, but Temporal has no limit for both together.
func countWorkers(ctx context.Context, o Options) *sync.WaitGroup {
	var wg sync.WaitGroup
	wg.Go(func() {
		ticks := time.Tick(countInterval)
		failing := false
		for {
			n, err := workersOf(ctx, o)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				o.Kontur.ShareRate(n)
			case !failing:
				o.Log.Warn("workers can't be counted; the last known number is used", zap.Error(err))
			}
			failing = err != nil
			select {
			case <-ctx.Done():
				return
			case <-ticks:
			}
		}
	})
	return &wg
}

// workersOf counts those who ask for workflow tasks: every worker does, at any time. All times are by Temporal's clock.
func workersOf(ctx context.Context, o Options) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	description, err := o.Temporal.DescribeTaskQueue(ctx, o.TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return 0, fmt.Errorf("describe task queue %s: %w", o.TaskQueue, err)
	}
	var latest time.Time
	for _, poller := range description.GetPollers() {
		if at := poller.GetLastAccessTime().AsTime(); at.After(latest) {
			latest = at
		}
	}
	workers := map[string]bool{}
	for _, poller := range description.GetPollers() {
		if latest.Sub(poller.GetLastAccessTime().AsTime()) <= alive {
			workers[poller.GetIdentity()] = true
		}
	}
	return max(1, len(workers)), nil
}
