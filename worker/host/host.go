// Package host is the worker process without its main function: it hosts the workflows and activities on several task
// queues, serves health, readiness, metrics and reports, and stops gracefully. It decides nothing about counterparties.
package host

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"counterparty-sync/activities"
	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/workflows"
)

// mainActivities bounds the fetches and updates at work at once: several syncs with some batches each. The clients have
// limits of their own.
const mainActivities = 32

// eagerActivities is how many activities of the main queue at once go straight to the worker that ran their workflow's task,
// without the task queue, which spares Temporal two steps each. One task of a segment may begin with as many batches; the SDK's
// own limit is 3. Beyond that the other workers take their share, for each has slots of its own at Alfresco.
const eagerActivities = 8

// maxPollers bounds how many requests for work wait at Temporal for each queue. Their number follows from what there is to do: with the
// SDK's two, tasks that come together go through Temporal's database, and with as many as a busy queue needs idle ones would cost as much.
const maxPollers = 20

// queuePartitions is how many partitions a task queue has by default, each of which lets its part of the queue's rate through. The queue lets
// so much more through, for what waits in front of an empty partition waits although the rate has room: the rate is kept by the
// clients, who know how many they are. The queue's is for those that have not counted each other yet.
const queuePartitions = 4

// waitingActivities bounds, with those in flight, the calls of Kontur.Focus that are in the worker at once: so many that those which
// wait for one source that is slow or paused are far from all of them, and another source can be asked.
const waitingActivities = 28

// webhookActivities bounds the webhooks that are called at once; each waits for an answer that may never come.
const webhookActivities = 32

// handBack is the time beyond the graceful stop in which activities that were cut report that to Temporal: others take them
// over at once then, and not after a missed heartbeat.
const handBack = 3 * time.Second

// heartbeatThrottle is the least time between two heartbeats of one activity.
const heartbeatThrottle = 2 * time.Second

// Options say what a worker hosts.
type Options struct {
	// Worker are the settings. Without HTTPAddr metrics could not be read, so that nothing is looked at for them.
	config.Worker
	outside.World

	Temporal client.Client
	// Payloads is how what Temporal keeps is encoded, Namespace where; both are for CODEC_ADDR alone, and so is MayRead, see connect.Access.
	Payloads  *codec.Codec
	Namespace string
	MayRead   func(ctx context.Context, accessToken string) (bool, error)
	Metrics   *Metrics
	// Version is shown by a metric; empty is unknown.
	Version string
	Log     *zap.Logger
	// Before, if it isn't nil, runs before the workers start, while health is served already. Its error ends Run.
	Before func(ctx context.Context) error
}

// FromConfig makes what a worker needs from its settings, see outside.Open. It sends nothing.
func FromConfig(c config.Worker, temporal client.Client, metrics *Metrics, log *zap.Logger) (Options, error) {
	world, err := outside.Open(c, outside.Observers{Alfresco: metrics.ObserveAlfresco, Kontur: metrics.ObserveKontur})
	if err != nil {
		return Options{}, err
	}
	for _, key := range c.KonturKeys {
		metrics.ids.WithLabelValues(string(key.Name)) // 0, and not missing, until it is used
	}
	return Options{Worker: c, World: world, Temporal: temporal, Metrics: metrics, Log: log}, nil
}

// Run hosts workflows and activities until ctx ends, then stops gracefully. It returns an error if it could not start,
// or if a worker died.
func Run(ctx context.Context, o Options) error {
	asked := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	o.Metrics.built(o.Version)
	health, err := listen(o)
	if err != nil {
		return err
	}
	defer health.close()
	reportsStopped, err := serveReports(ctx, o)
	if err != nil {
		return err
	}
	defer func() { cancel(nil); reportsStopped() }()
	if err := serveCodec(ctx, o); err != nil {
		return err
	}
	if o.Before != nil {
		if err := o.Before(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}

	// The SDK would end the activities' context only when it listens to them no more.
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	settings := worker.Options{
		WorkerStopTimeout:         o.StopTimeout + handBack,
		BackgroundActivityContext: running,
		// The SDK would hold heartbeats back for 16 s; what they hold is lost with a worker that dies meanwhile.
		MaxHeartbeatThrottleInterval: heartbeatThrottle,
		OnFatalError:                 func(err error) { cancel(fmt.Errorf("worker: %w", err)) },
		// All workers have it: an activity goes to the build of its workflow only where its queue belongs to that build.
		DeploymentOptions:          deploymentOf(o.Worker),
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{MaximumNumberOfPollers: maxPollers}),
		ActivityTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{MaximumNumberOfPollers: maxPollers}),
	}
	var started []worker.Worker
	defer func() {
		timer := time.AfterFunc(o.StopTimeout, cut)
		defer timer.Stop()
		// At the same time, so that they share the bound.
		var stopping sync.WaitGroup
		for _, w := range started {
			stopping.Go(w.Stop)
		}
		stopping.Wait()
	}()
	for _, w := range newWorkers(o, settings) {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start the worker: %w", err)
		}
		started = append(started, w)
	}
	health.started.Store(true)
	o.Log.Info("worker started", zap.String("taskQueue", o.TaskQueue), zap.String("version", cmp.Or(o.Version, "unknown")))
	watched := watchAll(ctx, o)
	defer watched.Wait()
	counting := countWorkers(ctx, o)
	defer counting.Wait()

	if err := wakeSurely(ctx, o); err != nil {
		o.Log.Warn("passes in RETRY_WAITING not woken; they go on at their next try", zap.Error(err))
	}
	<-ctx.Done()
	health.started.Store(false)
	o.Log.Info("worker stops", zap.Duration("atMost", o.StopTimeout))
	if asked.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// newWorkers makes a worker for each task queue. Those that ask Kontur.Focus with a key for passes and for reports have slots of
// their own, so that both classes always wait in the key's client, which shares the turns out.
func newWorkers(o Options, settings worker.Options) []worker.Worker {
	main, webhooks := settings, settings
	main.MaxConcurrentActivityExecutionSize = mainActivities
	main.MaxEagerActivityReservationsPerWorkflowTask = new(eagerActivities)
	main.MaxConcurrentEagerActivityExecutionSize = eagerActivities
	webhooks.DisableWorkflowWorker = true
	webhooks.MaxConcurrentActivityExecutionSize = webhookActivities

	dependencies := activities.Dependencies{
		Repository: o.Alfresco, Mapping: o.Mapping, Temporal: o.Temporal,
		ReportTypes: o.ReportTypes, Webhooks: o.Webhooks, AuditValues: o.AuditValues, ReportsReserve: o.ReportsQuotaReserve, Observer: o.Metrics.activities,
		Answers: &activities.Answers{},
	}
	var all []worker.Worker
	host := func(queue string, settings worker.Options, register func(worker.ActivityRegistry, activities.Dependencies)) worker.Worker {
		w := worker.New(o.Temporal, queue, settings)
		register(w, dependencies)
		all = append(all, w)
		return w
	}
	for _, key := range o.AllKonturKeys() {
		client, asking := o.clientOf(key.Name), askingWith(key, settings)
		dependencies.Register, dependencies.Contract = client, client
		host(pass.KonturTaskQueue(o.TaskQueue, key.Name), asking, activities.RegisterKontur)
		host(report.KonturTaskQueue(o.TaskQueue, key.Name), asking, activities.RegisterReports)
	}
	host(report.WebhookTaskQueue(o.TaskQueue), webhooks, activities.RegisterWebhooks)
	// The last one: whoever sees this worker at work sees its keys.
	workflows.Register(host(o.TaskQueue, main, activities.RegisterMain))
	return all
}

// askingWith are the settings of the workers that ask Kontur.Focus with a key.
func askingWith(key config.KonturKey, settings worker.Options) worker.Options {
	settings.DisableWorkflowWorker = true
	settings.TaskQueueActivitiesPerSecond = queuePartitions * key.RequestsPerSecond
	// Some in flight, and some that wait in the client, so that the next call leaves at once.
	settings.MaxConcurrentActivityExecutionSize = 4*key.Concurrency + waitingActivities
	return settings
}

// clientOf is the client of one of the settings' keys: outside.Open makes one for each.
func (o Options) clientOf(key pass.KeyName) *kontur.Client {
	if key == "" {
		return o.Kontur
	}
	return o.ByKey[key]
}

// deploymentOf turns worker versioning on if the settings name a deployment.
func deploymentOf(c config.Worker) worker.DeploymentOptions {
	if c.DeploymentName == "" {
		return worker.DeploymentOptions{}
	}
	behavior := workflow.VersioningBehaviorAutoUpgrade
	if c.VersioningBehavior == config.Pinned {
		behavior = workflow.VersioningBehaviorPinned
	}
	return worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: c.DeploymentName, BuildID: c.BuildID},
		DefaultVersioningBehavior: behavior,
	}
}
