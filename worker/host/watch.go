package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// What is looked at, as counterparty_sync_view_errors_total names it.
const (
	ofSyncs   = "syncs"
	ofBacklog = "backlog"
	ofQuota   = "quota"
)

const (
	// lookTimeout bounds one look at Temporal. That is far above what its lists take.
	lookTimeout = 15 * time.Second
	// freshLooks is how many looks may fail before what holds for a moment is not shown any more.
	freshLooks = 4
)

// watchAll looks at what all workers share, again and again until ctx ends, and shows it in the metrics.
func watchAll(ctx context.Context, o Options) *sync.WaitGroup {
	var wg sync.WaitGroup
	if o.HTTPAddr == "" {
		return &wg
	}
	if o.MetricsSyncsInterval > 0 {
		reader := overview.NewReader(o.Temporal, time.Now)
		wg.Go(func() {
			repeat(ctx, o, ofSyncs, o.MetricsSyncsInterval, func(ctx context.Context) error { return o.lookAtSyncs(ctx, reader) })
		})
		wg.Go(func() { repeat(ctx, o, ofBacklog, o.MetricsSyncsInterval, o.lookAtBacklog) })
	}
	if o.MetricsQuotaInterval > 0 {
		for _, key := range o.AllKonturKeys() {
			wg.Go(func() {
				repeat(ctx, o, ofQuota, o.MetricsQuotaInterval, func(ctx context.Context) error { return o.lookAtQuota(ctx, key.Name) })
			})
		}
	}
	return &wg
}

// errEnough ends a repetition: more looks would see no more.
var errEnough = errors.New("no longer read")

// repeat looks at once and then at each interval. Of a row of failures the first and the end are logged.
func repeat(ctx context.Context, o Options, of string, interval time.Duration, look func(context.Context) error) {
	ticks := time.Tick(interval)
	failing := false
	for {
		err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && failing:
			o.Log.Info("metrics are read again", zap.String("of", of))
		case err != nil:
			o.Metrics.viewErrors.WithLabelValues(of).Inc()
		}
		if errors.Is(err, errEnough) {
			return
		}
		if err != nil && !failing {
			o.Log.Warn("metrics can't be read; their values are stale until they can", zap.String("of", of), zap.Error(err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

func (o Options) lookAtSyncs(ctx context.Context, reader *overview.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	view, err := reader.Look(ctx)
	if err != nil {
		return err
	}
	o.Metrics.activities.adjust(o.Metrics.syncs.set(view, o.fresh()), view)
	return nil
}

func (o Options) lookAtBacklog(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var found []backlog
	queues := map[string][]client.TaskQueueType{
		o.TaskQueue:                          {client.TaskQueueTypeWorkflow, client.TaskQueueTypeActivity},
		report.WebhookTaskQueue(o.TaskQueue): {client.TaskQueueTypeActivity},
	}
	for _, key := range o.AllKonturKeys() {
		queues[pass.KonturTaskQueue(o.TaskQueue, key.Name)] = []client.TaskQueueType{client.TaskQueueTypeActivity}
		queues[report.KonturTaskQueue(o.TaskQueue, key.Name)] = []client.TaskQueueType{client.TaskQueueTypeActivity}
	}
	for queue, kinds := range queues {
		description, err := o.Temporal.DescribeTaskQueueEnhanced(ctx, client.DescribeTaskQueueEnhancedOptions{
			TaskQueue: queue, TaskQueueTypes: kinds, ReportStats: true,
		})
		if err != nil {
			return err
		}
		found = append(found, backlogOf(queue, description)...)
	}
	o.Metrics.backlog.set(found, time.Now().Add(o.fresh()))
	return nil
}

// fresh is how long what holds for a moment is shown after a look.
func (o Options) fresh() time.Duration { return freshLooks*o.MetricsSyncsInterval + lookTimeout }

// lookAtQuota asks Kontur.Focus with a key. One that may not ask is left in peace until the worker is started again.
func (o Options) lookAtQuota(ctx context.Context, key pass.KeyName) error {
	quotas, err := o.clientOf(key).Quotas(ctx)
	if refused, ok := errors.AsType[*kontur.Error](err); ok && (refused.Kind == kontur.BadKey || refused.Kind == kontur.Forbidden) {
		o.Metrics.quota.set(key, time.Time{}, nil)
		o.Log.Warn("quota of Kontur.Focus is not watched until the worker is restarted", zap.String("konturKey", string(key)), zap.Error(err), zap.String("hint", refused.Hint+"; METRICS_QUOTA_INTERVAL=off ends this warning"))
		return errEnough
	}
	if err != nil {
		return err
	}
	o.Metrics.quota.set(key, time.Now(), quotas)
	return nil
}
