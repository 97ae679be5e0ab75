package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// pollInterval is short against the time that a server takes to start, and long against what a question costs.
const pollInterval = 20 * time.Millisecond

// waitReady waits until the namespace can be used: the history service answers for a workflow, the visibility for a list.
func waitReady(ctx context.Context, frontend, namespace string) error {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  frontend,
		Namespace: namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("connect to Temporal server: %w", err)
	}
	defer c.Close()
	return poll(ctx, "Temporal server", func(ctx context.Context) error {
		// NotFound comes from the history service, that is from behind all that has to be up.
		_, err := c.DescribeWorkflowExecution(ctx, "ready-check", "")
		if _, ok := errors.AsType[*serviceerror.NotFound](err); err != nil && !ok {
			return err
		}
		_, err = c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace, PageSize: 1})
		return err
	})
}

// poll asks until the answer is nil or the context ends.
func poll(ctx context.Context, what string, ask func(context.Context) error) error {
	ticks := time.Tick(pollInterval)
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w; last answer: %w", what, context.Cause(ctx), err)
		case <-ticks:
		}
	}
}
