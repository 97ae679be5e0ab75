// Package bench measures passes: against the same work written as a plain loop, against the floors that the latencies of
// Kontur.Focus and Alfresco set, and what they cost in requests, history and memory. `make bench` prints it as a table, of
// ratios where it can, because seconds depend on the machine.
package bench

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"counterparty-sync/internal/connect"
	"counterparty-sync/sandbox/rig"
)

// The benchmarks start their own binary for the processes around them; the variable says which one it is.
const (
	roleVariable = "BENCH_PROCESS"
	roleOutside  = "simulators"
	roleWorker   = "worker"
)

// profileVariable names a folder for profiles of worker, server and simulators in BenchmarkFast. The worker's own binary
// makes none: there a worker of the tests' binary is in its place, which logs nothing.
const profileVariable = "PROFILE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		status := m.Run()
		results.print(os.Stdout)
		os.Exit(status)
	}
	stop := profile(role)
	err := map[string]func() error{roleOutside: serveOutside, roleWorker: work}[role]()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
}

// work runs a worker by the process's environment until it is interrupted.
func work() error {
	env := rig.Environment{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	options, err := connect.Options(env) // as a worker does: its connection is part of what is measured
	if err != nil {
		return err
	}
	options.Logger = log.NewStructuredLogger(rig.Quiet())
	temporal, err := client.Dial(options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	stop, err := rig.RunWorker(temporal, env)
	if err != nil {
		return err
	}
	<-ctx.Done()
	stop()
	return nil
}

// profile begins to write NAME.cpu.pprof into the folder that is asked for, and NAME.allocs.pprof at the end.
func profile(name string) (stop func()) {
	folder := os.Getenv(profileVariable)
	if folder == "" {
		return func() {}
	}
	create := func(kind string) *os.File {
		file, err := os.Create(filepath.Join(folder, name+"."+kind+".pprof"))
		if err != nil {
			panic(err)
		}
		return file
	}
	cpu := create("cpu")
	if err := pprof.StartCPUProfile(cpu); err != nil {
		panic(err)
	}
	return func() {
		pprof.StopCPUProfile()
		allocs := create("allocs")
		_ = pprof.Lookup("allocs").WriteTo(allocs, 0)
		_ = allocs.Close()
		_ = cpu.Close()
	}
}
