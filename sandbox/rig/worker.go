package rig

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/config"
	"counterparty-sync/starter/cli"
	"counterparty-sync/worker/host"
)

// RunWorker runs a worker within this process. It goes the way of the real one, from an environment. The returned
// function stops it, and waits until it has stopped; it may be called again.
func RunWorker(c client.Client, env Environment) (stop func(), err error) {
	settings, err := config.LoadWorker(env, os.ReadFile)
	if err != nil {
		return nil, err
	}
	metrics, err := host.NewMetrics()
	if err != nil {
		return nil, err
	}
	options, err := host.FromConfig(settings, c, metrics, zap.NewNop())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = host.Run(ctx, options)
	}()
	return func() { cancel(); <-done }, nil
}

// Starter runs a command of the starter within this process, and returns its exit status and what it said.
func Starter(ctx context.Context, env Environment, stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = cli.Run(ctx, args, cli.IO{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: env, ReadFile: os.ReadFile, Now: time.Now,
	})
	return status, out.String(), errs.String()
}

// Sync is a sync's file: the lines, and for fields that they don't name small batches and short waits.
func Sync(id, lines string) string {
	fields := map[string]string{"id": id, "name": "Test", "batchSize": "10", "retryDelays": "[1s, 1s, 1s]"}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	var text strings.Builder
	for name, value := range fields {
		fmt.Fprintf(&text, "%s: %s\n", name, value)
	}
	return text.String()
}
