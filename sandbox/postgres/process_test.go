package postgres_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/sandbox/rig"
)

// process is a program that runs on.
type process struct {
	*rig.Process
	ending os.Signal
	log    *rig.Log
}

// shown is how much of what a process said is shown if the test fails.
const shown = 8 << 10

// start starts a process; its end, with the test at the latest, is asked for by the signal.
func start(t *testing.T, cmd *exec.Cmd, ending os.Signal) *process {
	t.Helper()
	log := &rig.Log{}
	started, err := rig.StartCommand(cmd, log)
	require.NoError(t, err)
	p := &process{started, ending, log}
	t.Cleanup(func() {
		p.stop()
		if said := log.String(); t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), said[max(0, len(said)-shown):])
		}
	})
	return p
}

// stop asks the process to end and waits for it.
func (p *process) stop() {
	_ = p.Signal(p.ending)
	_ = p.Wait()
}

// await waits until a health check passes, or says no if the process ended.
func (p *process) await(t *testing.T, check func() error) bool {
	t.Helper()
	ready, err := p.Await(check)
	require.NoError(t, err)
	return ready
}

// program builds a package of this module's build list and returns the file.
func program(t *testing.T, name, pkg string) string {
	t.Helper()
	file, err := rig.Tool(name, pkg)
	require.NoError(t, err)
	return file
}

func freePort(t *testing.T) string {
	t.Helper()
	return freePorts(t, 1)[0]
}

// freePorts are different ones below 32768: Temporal keeps the ports of its services in a column of PostgreSQL that takes
// no more.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var ports []string
	for range 1000 {
		if len(ports) == n {
			return ports
		}
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			defer listener.Close() // all are kept until the last one is found
			ports = append(ports, port)
		}
	}
	require.FailNow(t, "no free ports")
	return nil
}

// run runs a program to its end.
func run(t *testing.T, env rig.Environment, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env.Environ()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	return said.String(), err
}
