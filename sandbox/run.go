package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/logging"
	"counterparty-sync/internal/searchattributes"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/worker/host"
)

const (
	// syncID is the id in sync.yaml, and syncFile the name by which the starter reads it here.
	syncID   = "main"
	syncFile = "sync.yaml"
)

var errWorkerDied = errors.New("the worker ended")

//go:embed sync.yaml
var syncYAML []byte

// run returns the exit status: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, streams cli.IO) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, errHelp):
		_, _ = io.WriteString(streams.Out, usage())
		return cli.Done
	case err == nil:
		err = freePorts(o)
	}
	if err != nil {
		_, _ = fmt.Fprintln(streams.Err, err)
		return cli.Usage
	}
	s := &sandbox{options: o, io: streams, began: time.Now()}
	if s.recorded != nil {
		err = s.liveRecorded(ctx)
	} else {
		err = s.live(ctx)
	}
	if err := errors.Join(err, s.stop()); err != nil {
		_, _ = fmt.Fprintln(streams.Err, err)
		return cli.Failed
	}
	return cli.Done
}

// sandbox is everything that runs.
type sandbox struct {
	options
	io      cli.IO
	began   time.Time
	resumed bool // the file was there before
	// countable: how many nodes the first pass has to write follows from the sample.
	countable bool

	world      *world
	temporal   *temporalserver.Server
	log        *os.File
	env        connect.Variables
	settings   config.Worker
	logger     *zap.Logger
	metrics    *host.Metrics
	connection client.Client
	manager    *syncs.Manager
	// stops end what runs, the last one first; stopErr is what came of that.
	stops   []func()
	stopErr error
}

// live starts everything, shows it, and stays until ctx ends. Ctrl-C is no error, at whatever point.
func (s *sandbox) live(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := s.start(ctx, cancel)
	if err == nil {
		err = s.show(ctx)
	}
	if err == nil && !s.once {
		s.sayAddresses(ctx)
		<-ctx.Done()
	}
	// The cause is the signal, unless the worker ended everything.
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errWorkerDied):
		return cause
	case cause != nil && !s.once:
		s.say("\nstopping; Temporal keeps its schedules and passes in %s", s.file)
		return nil
	}
	return err
}

func (s *sandbox) start(ctx context.Context, cancel context.CancelCauseFunc) (err error) {
	s.say("starting Temporal, its Web UI, the simulators and a worker …")
	_, err = os.Stat(s.file)
	s.resumed = err == nil
	if err := os.MkdirAll(filepath.Dir(s.file), 0o755); err != nil {
		return fmt.Errorf("make a folder for the database: %w", err)
	}
	if s.log, err = os.Create(s.logFile()); err != nil {
		return fmt.Errorf("make the worker's log: %w", err)
	}
	s.stops = append(s.stops, func() { _ = s.log.Close() })
	if s.world, err = startWorld(s.options); err != nil {
		return err
	}
	s.stops = append(s.stops, s.world.close)
	if s.codecPort == 0 {
		if s.codecPort, err = free(0); err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
	}
	s.temporal, err = temporalserver.Start(ctx, temporalserver.Options{
		File: s.file, FrontendPort: s.temporalPort, UI: !s.noUI, UIPort: s.uiPort, CHASMSchedules: s.chasm, CodecEndpoint: s.codecURL(),
	})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func() { s.stopErr = s.temporal.Stop() })
	if s.metricsPort == 0 {
		if s.metricsPort, err = free(0); err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
	}
	s.env = s.world.environment(s.options, s.temporal.FrontendAddress(), s.metricsPort)
	s.env["CODEC_ADDR"] = local(s.codecPort)
	if page := s.temporal.UIURL(); page != "" {
		s.env["CODEC_ORIGINS"] = page + "," + strings.Replace(page, "127.0.0.1", "localhost", 1)
	}
	if err := s.useKeys(); err != nil {
		return err
	}
	if err := s.connect(); err != nil {
		return err
	}
	// What starter setup does. An older file gets what it lacks as well.
	if _, err := searchattributes.Register(ctx, s.connection.OperatorService(), s.temporal.Namespace()); err != nil {
		return err
	}
	return s.startWorker(ctx, cancel)
}

func (s *sandbox) codecURL() string { return "http://" + local(s.codecPort) }

// keysFile is where the key of --encrypt is.
func (s *sandbox) keysFile() string { return filepath.Join(filepath.Dir(s.file), "payload-keys.yaml") }

// useKeys has what Temporal keeps encrypted if that is asked for, or was once: there is a key then, and what is in the database needs it.
func (s *sandbox) useKeys() error {
	_, err := os.Stat(s.keysFile())
	if errors.Is(err, fs.ErrNotExist) && !s.encrypt {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		item, err := codec.NewKey(time.Now().UTC().Format("2006-01"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.keysFile(), []byte("keys:\n"+item+"\n"), 0o600); err != nil {
			return fmt.Errorf("make the key: %w", err)
		}
	}
	s.encrypt = true
	s.env[connect.EnvPayloadKeys] = s.keysFile()
	return nil
}

// connect goes the way of the real worker: from an environment to settings and a client.
func (s *sandbox) connect() (err error) {
	if s.settings, err = config.LoadWorker(s.env, os.ReadFile); err != nil {
		return err
	}
	if s.logger, err = logging.New(s.log, s.settings.LogLevel, s.settings.LogFormat); err != nil {
		return err
	}
	if s.metrics, err = host.NewMetrics(); err != nil {
		return err
	}
	options, err := connect.Options(s.env)
	if err != nil {
		return err
	}
	options.Logger, options.MetricsHandler = logging.NewAdapter(s.logger), s.metrics.Temporal()
	if s.connection, err = client.NewLazyClient(options); err != nil {
		return fmt.Errorf("make the Temporal client: %w", err)
	}
	s.stops = append(s.stops, s.connection.Close)
	s.manager = &syncs.Manager{Temporal: s.connection, TaskQueue: s.settings.TaskQueue, Now: time.Now}
	return nil
}

func (s *sandbox) startWorker(ctx context.Context, cancel context.CancelCauseFunc) error {
	hosted, err := host.FromConfig(s.settings, s.connection, s.metrics, s.logger)
	if err != nil {
		return err
	}
	hosted.Namespace = s.temporal.Namespace()
	if hosted.Payloads, err = connect.Payloads(s.env); err != nil {
		return err
	}
	done := make(chan struct{})
	s.stops = append(s.stops, func() { <-done })
	go func() {
		defer close(done)
		if err := host.Run(ctx, hosted); err != nil {
			cancel(fmt.Errorf("%w: %w", errWorkerDied, err))
		}
	}()
	return nil
}

// stop ends everything, the worker first: it finishes what is in flight while the others still answer. The context that
// the worker runs under has ended before.
func (s *sandbox) stop() error {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	return s.stopErr
}

func (s *sandbox) logFile() string { return filepath.Join(filepath.Dir(s.file), "worker.log") }

// starter runs a command of the starter, as a user would in another terminal.
func (s *sandbox) starter(ctx context.Context, args ...string) int {
	streams := s.io
	streams.Env = s.env
	streams.ReadFile = func(name string) ([]byte, error) {
		if name != syncFile {
			return nil, fs.ErrNotExist
		}
		return syncYAML, nil
	}
	return cli.Run(ctx, args, streams)
}

// freePorts looks whether the ports are to be had, before anything is started.
func freePorts(o options) error {
	var problems []error
	for _, p := range o.ports() {
		if _, err := free(p.port); err != nil {
			problems = append(problems, fmt.Errorf("%s %d: another program listens on this port; choose another one, or 0 for a free one", p.flag, p.port))
		}
	}
	return errors.Join(problems...)
}

// free is the port if nobody listens on it, and any such port for 0.
func free(port int) (int, error) {
	listener, err := net.Listen("tcp", local(port))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
