// Package fleet says which workers there are and which keys they hold, by whom Temporal has seen ask for work. It knows nothing of
// the keys but their names.
//
// A worker is known by its identity, which all its pollers share.
package fleet

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/pass"
)

// alive is how long before the latest call for work a worker's own may lie: a call waits a minute for some (the server's
// matching.longPollExpirationInterval), and then comes again.
const alive = 70 * time.Second

// Workers are those who ask for workflow tasks of the main task queue: every worker does, at any time. All times are by
// Temporal's clock.
func Workers(ctx context.Context, c client.Client, mainQueue string) (map[string]bool, error) {
	pollers, err := pollersOf(ctx, c, mainQueue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return nil, err
	}
	var latest time.Time
	for _, poller := range pollers {
		if at := poller.GetLastAccessTime().AsTime(); at.After(latest) {
			latest = at
		}
	}
	workers := map[string]bool{}
	for _, poller := range pollers {
		if latest.Sub(poller.GetLastAccessTime().AsTime()) <= alive {
			workers[poller.GetIdentity()] = true
		}
	}
	return workers, nil
}

// Holders are the workers that hold a key: those who ask for the questions with it. One whose slots are all taken asks for no
// more; Temporal remembers for five minutes that it did, and no question takes as long.
func Holders(ctx context.Context, c client.Client, mainQueue string, key pass.KeyName) (map[string]bool, error) {
	workers, err := Workers(ctx, c, mainQueue)
	if err != nil {
		return nil, err
	}
	pollers, err := pollersOf(ctx, c, pass.KonturTaskQueue(mainQueue, key), enums.TASK_QUEUE_TYPE_ACTIVITY)
	if err != nil {
		return nil, err
	}
	holders := map[string]bool{}
	for _, poller := range pollers {
		if workers[poller.GetIdentity()] {
			holders[poller.GetIdentity()] = true
		}
	}
	return holders, nil
}

func pollersOf(ctx context.Context, c client.Client, queue string, kind enums.TaskQueueType) ([]*taskqueuepb.PollerInfo, error) {
	description, err := c.DescribeTaskQueue(ctx, queue, kind)
	if err != nil {
		return nil, fmt.Errorf("describe task queue %s: %w", queue, err)
	}
	return description.GetPollers(), nil
}
