// Command worker runs the workflows and activities of counterparty-sync. Its settings are environment variables; --help
// lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/logging"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/reseal"
	"counterparty-sync/worker/host"
)

// connectPause is the time between two attempts to reach Temporal at start.
const connectPause = 5 * time.Second

// cachedWorkflows is how many workflows are held between their tasks: passes, segments and reports under way. One that is not held is replayed
// from its history at its next task, so that the bound is far above what a worker has at once, and far below what its memory
// has room for, as the SDK's 10,000 is not.
const cachedWorkflows = 1000

// garbagePercent is how much may become garbage before it is collected, in percent of what is in use. Go's 100 needs a fifth more memory, and spares a
// twentieth of the processor. GOGC, if set, decides.
const garbagePercent = 60

// version is set by the linker.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], process{stdout: os.Stdout, stderr: os.Stderr, env: envconfig.EnvLookupOS, readFile: os.ReadFile})
	stop()
	os.Exit(status)
}

// process is what the worker touches besides its servers.
type process struct {
	stdout, stderr io.Writer
	env            connect.Environment
	readFile       func(name string) ([]byte, error)
}

// run returns the exit status: 0 stopped as asked, 1 failed, 2 wrong settings.
func run(ctx context.Context, args []string, p process) int {
	switch {
	case len(args) == 0:
	case len(args) == 1 && (args[0] == "--help" || args[0] == "-h"):
		_, _ = fmt.Fprint(p.stdout, help())
		return 0
	case len(args) == 1 && args[0] == "--version":
		_, _ = fmt.Fprintln(p.stdout, "worker", version)
		return 0
	case len(args) == 1 && args[0] == "--healthcheck":
		if err := healthcheck(ctx, p); err != nil {
			_, _ = fmt.Fprintln(p.stderr, err)
			return 1 // whatever is wrong: containers know 0 and 1 only
		}
		return 0
	default:
		_, _ = fmt.Fprintf(p.stderr, "%s is not allowed; allowed: --healthcheck, --help, --version; settings are environment variables\n", strings.Join(args, " "))
		return 2
	}
	worker.SetStickyWorkflowCacheSize(cachedWorkflows)
	if _, set := p.env.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(garbagePercent)
	}
	err := serve(ctx, p)
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(p.stderr, err)
	if invalid.Is(err) {
		return 2
	}
	return 1
}

func help() string {
	return `worker runs the workflows and activities of counterparty-sync until it is asked to stop (Ctrl-C, SIGTERM).

The address of Temporal comes from the standard client environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
TEMPORAL_TLS_…, TEMPORAL_PROFILE. Everything else:

` + config.Usage() + `
Flags:
  --healthcheck  ask the worker that runs in the same environment whether it is ready: 0 yes, 1 no
  --version      print the version

Exit status: 0 stopped as asked, 1 failed, 2 wrong settings (nothing was started).
`
}

func serve(ctx context.Context, p process) error {
	var problems invalid.List
	settings, err := config.LoadWorker(p.env, p.readFile)
	problems.Join(err)
	options, err := connect.Options(p.env)
	problems.Join(err)
	if err := problems.Err(); err != nil {
		return err
	}
	payloads, err := connect.Payloads(p.env)
	if err != nil {
		return err
	}
	log, err := logging.New(p.stderr, settings.LogLevel, settings.LogFormat)
	if err != nil {
		return err
	}
	for _, warning := range config.Unknown(p.env.Environ()) {
		log.Warn("a variable looks like a setting and is not one", zap.String("found", warning))
	}
	for _, warning := range config.Quoted(p.env.Environ()) {
		log.Warn("a value has quotes around it", zap.String("found", warning))
	}
	metrics, err := host.NewMetrics()
	if err != nil {
		return err
	}
	options.Logger = logging.NewAdapter(log)
	options.MetricsHandler = metrics.Temporal()
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("make the Temporal client: %w", err)
	}
	defer temporal.Close()
	hosted, err := host.FromConfig(settings, temporal, metrics, log)
	if err != nil {
		return err
	}
	for _, warning := range slices.Concat(settings.Warnings(), hosted.Callers.Warnings(), payloads.Keys.Warnings()) {
		log.Warn("a setting is not safe", zap.String("found", warning))
	}
	hosted.Version, hosted.Payloads, hosted.Namespace = version, payloads, options.Namespace
	if settings.CodecAccessTokens {
		access, err := connect.NewAccess(options)
		if err != nil {
			return err
		}
		defer access.Close()
		hosted.MayRead = access.MayRead
	}
	hosted.Before = func(ctx context.Context) error {
		err := connected(ctx, temporal, options, log)
		if err == nil {
			go func() {
				resealed(ctx, hosted, payloads, log)
				look(ctx, hosted, options, payloads, log)
			}()
		}
		return err
	}
	return host.Run(ctx, hosted)
}

// connected waits until Temporal answers, or ctx ends: services start in any order. What waiting can't mend is an error.
func connected(ctx context.Context, temporal client.Client, options client.Options, log *zap.Logger) error {
	for {
		err := connect.Probe(ctx, temporal, options)
		if ctx.Err() != nil {
			return nil // stopped as asked
		}
		problem, ok := errors.AsType[*connect.Problem](err)
		if !ok || !problem.Passing {
			return err
		}
		log.Warn("Temporal is not reached yet", zap.String("found", problem.Text), zap.String("hint", problem.Hint), zap.Duration("nextAttempt", connectPause))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(connectPause):
		}
	}
}

// resealed writes schedules anew that are not encoded with the first key, so that an older key can go one day. The preflight tells of
// those that can't be read.
func resealed(ctx context.Context, o host.Options, payloads *codec.Codec, log *zap.Logger) {
	schedules, _, err := reseal.All(ctx, o.Temporal, o.TaskQueue, payloads.Keys)
	for _, schedule := range schedules {
		log.Info("schedule is encoded anew", zap.String("schedule", schedule.ID), zap.Strings("before", schedule.Keys), zap.String("key", payloads.Keys.First()))
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("schedules not encoded anew; the next worker that starts tries again, or starter keys reseal", zap.Error(err))
	}
}

// look logs what is not as it should be. The worker runs all the same: passes wait and say why.
func look(ctx context.Context, o host.Options, options client.Options, payloads *codec.Codec, log *zap.Logger) {
	defaults := pass.Sync{}.WithDefaults()
	findings := preflight.Run(ctx, preflight.Subject{
		Temporal: o.Temporal, TemporalOptions: options, World: o.World, ReportTypesFile: o.ReportTypesFile, Deployment: worker.WorkerDeploymentVersion{DeploymentName: o.DeploymentName, BuildID: o.BuildID},
		NodeType: defaults.NodeType, Sources: defaults.Sources, Payloads: payloads, TaskQueue: o.TaskQueue,
	})
	if ctx.Err() != nil {
		return
	}
	for _, f := range findings {
		if f.OK {
			log.Info("preflight: well", zap.String("subject", f.Name), zap.String("found", f.Text), zap.String("hint", f.Hint))
			continue
		}
		log.Error("preflight: problem found", zap.String("subject", f.Name), zap.String("found", f.Text), zap.String("hint", f.Hint))
	}
}
