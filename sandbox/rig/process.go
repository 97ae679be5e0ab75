package rig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Log keeps what several goroutines and processes write.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

// WriteString implements io.StringWriter.
func (l *Log) WriteString(text string) (int, error) { return l.Write([]byte(text)) }

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Reset forgets what was written.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// ErrStays is that of a process that goes on after it was asked to end.
var ErrStays = errors.New("the process did not end")

// Process is a program that runs until somebody ends it.
type Process struct {
	// Cmd is its command, for signals of a test's own. Wait is for nobody but the process.
	Cmd *exec.Cmd
	// ended is closed when it has ended; err is how.
	ended chan struct{}
	err   error
}

// Start starts a program in an environment, and writes what it says to the log. Whoever starts it ends it.
func Start(file string, env Environment, log *Log, args ...string) (*Process, error) {
	cmd := exec.Command(file, args...)
	cmd.Env = env.Environ()
	return StartCommand(cmd, log)
}

// StartCommand is Start for a command that is made already.
func StartCommand(cmd *exec.Cmd, log io.Writer) (*Process, error) {
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Signal sends a signal; an error says that the process has ended.
func (p *Process) Signal(signal os.Signal) error { return p.Cmd.Process.Signal(signal) }

// Ended is closed when it has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits until it has ended, and says how.
func (p *Process) Wait() error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(Patience):
		return ErrStays
	}
}

// Await waits until a check passes. It returns false if the process ended before, and the check's error if it never passed.
func (p *Process) Await(check func() error) (ready bool, err error) {
	for deadline := time.Now().Add(Patience); ; {
		if err = check(); err == nil {
			return true, nil
		}
		select {
		case <-p.ended:
			return false, nil
		case <-time.After(LookEvery):
		}
		if time.Now().After(deadline) {
			return false, fmt.Errorf("after %s: %w", Patience, err)
		}
	}
}

// PeakMemory is the most that it has had in memory while it runs, in bytes; 0 where the system does not say.
func (p *Process) PeakMemory() int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	var kib int64
	if match := highWater.FindSubmatch(status); match != nil {
		kib, _ = strconv.ParseInt(string(match[1]), 10, 64)
	}
	return kib << 10
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// Status is the exit status of a process that has ended.
func (p *Process) Status() int { return p.Cmd.ProcessState.ExitCode() }

// Kill ends it as a crash does. It may be called again.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill()
	_ = p.Wait()
}

// Stop asks it to end, as Ctrl-C does, and waits until it has.
func (p *Process) Stop() error {
	_ = p.Signal(os.Interrupt)
	return p.Wait()
}
