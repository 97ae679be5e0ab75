package cli

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/logging"
	"counterparty-sync/internal/outside"
	"counterparty-sync/starter/syncs"
)

// manager connects to Temporal, for work on syncs.
func (a *app) manager(ctx context.Context) (*syncs.Manager, error) {
	queue, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &syncs.Manager{Temporal: a.connection, TaskQueue: queue, Now: a.Now}, nil
}

// connect connects to Temporal, once, and returns the task queue of the workers.
func (a *app) connect(ctx context.Context) (queue string, err error) {
	var problems invalid.List
	options, err := a.clientOptions()
	problems.Join(err)
	queue, err = a.queue()
	problems.Join(err)
	if err := problems.Err(); err != nil {
		return "", err
	}
	return queue, a.dial(ctx, options)
}

// dial connects to Temporal. Commands about the namespace itself need no task queue, and come here directly.
func (a *app) dial(ctx context.Context, options client.Options) error {
	if err := a.open(options); err != nil {
		return err
	}
	return connect.Probe(ctx, a.connection, options)
}

// open makes the client of Temporal; nothing has been asked of the server yet.
func (a *app) open(options client.Options) error {
	logger, err := logging.New(a.Err, "error", "console")
	if err != nil {
		return err
	}
	options.Logger = logging.NewAdapter(logger)
	if a.connection, err = client.NewLazyClient(options); err != nil {
		return fmt.Errorf("make the Temporal client: %w", err)
	}
	return nil
}

func (a *app) clientOptions() (client.Options, error) {
	if a.address != "" && !connect.ValidAddress(a.address) {
		return client.Options{}, flagError("--address", a.address, connect.AddressAllowed)
	}
	return connect.Options(overlay{a.Env, map[string]string{"TEMPORAL_ADDRESS": a.address, "TEMPORAL_NAMESPACE": a.namespace}})
}

// queue is the task queue of the workers.
func (a *app) queue() (string, error) {
	name, value := "--task-queue", a.taskQueue
	if value == "" {
		name = "TASK_QUEUE"
		value, _ = a.Env.LookupEnv(name)
	}
	queue, err := config.TaskQueue(value)
	if field, ok := errors.AsType[*invalid.Field](err); ok {
		return "", flagError(name, field.Value, field.Allowed)
	}
	return queue, err
}

// outside makes the clients that a worker would make of the environment; none of them has been used.
func (a *app) outside() (outside.World, error) {
	settings, err := config.LoadWorker(a.Env, a.ReadFile)
	if err != nil {
		return outside.World{}, err
	}
	return outside.Open(settings, outside.Observers{})
}

// overlay is an environment in which flags beat variables.
type overlay struct {
	connect.Environment
	over map[string]string
}

func (o overlay) LookupEnv(name string) (string, bool) {
	if value := o.over[name]; value != "" {
		return value, true
	}
	return o.Environment.LookupEnv(name)
}
