package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/sandbox/rig"
)

// process is a program that runs on.
type process struct {
	cmd    *exec.Cmd
	ending os.Signal
	log    *tail
	// ended is closed when it has ended, by itself or by stop.
	ended chan struct{}
}

// start starts a process; its end, with the test at the latest, is asked for by the signal. What it said is shown if the
// test fails.
func start(t *testing.T, cmd *exec.Cmd, ending os.Signal) *process {
	t.Helper()
	p := &process{cmd: cmd, ending: ending, log: &tail{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	require.NoError(t, cmd.Start())
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), p.log)
		}
	})
	return p
}

// stop asks the process to end and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(p.ending)
	<-p.ended
}

// await waits until a health check passes, or says no if the process ended.
func (p *process) await(t *testing.T, check func() error) bool {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(rig.Patience)
	for {
		err := check()
		if err == nil {
			return true
		}
		select {
		case <-p.ended:
			return false
		case <-timeout:
			require.NoError(t, err, "after %s", rig.Patience)
		case <-ticker.C:
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last, b...)
	l.last = l.last[max(0, len(l.last)-8<<10):]
	return len(b), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.last)
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

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most that a running process has had in memory, in MB; 0 where the system does not say.
func peakMemory(cmd *exec.Cmd) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		return 0
	}
	match := peak.FindSubmatch(status)
	if match == nil {
		return 0
	}
	kb := 0
	_, _ = fmt.Sscan(string(match[1]), &kb)
	return kb / 1000
}
