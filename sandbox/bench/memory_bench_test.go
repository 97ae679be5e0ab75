package bench

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/syncs"
)

// The setting of BenchmarkMemory: the limits of docker-compose.yml and of the unit, and a register in which every company is
// as large as the largest that is known.
const (
	memoryLimit = 512 << 20
	goLimit     = "460MiB"
	fatNodes    = 400
	// givenUp is when a pass that gets nowhere is ended.
	givenUp = 4 * time.Minute
)

// BenchmarkMemory runs a pass with two requests to Kontur.Focus at once by a worker of its own, and reports the most that
// the worker had in memory. The worker is confined to 512 MB where this machine lets a folder of cgroups be made;
// elsewhere it could have more, and the peak alone tells. To compare: WORKER names the binary of another build, CONFINED=off
// sets no limit, GOMEMLIMIT is what it is for any Go program.
func BenchmarkMemory(b *testing.B) {
	w := newWorld(b, setting{nodes: fatNodes, kontur: []konturtest.Option{konturtest.WithFatItems()}})
	w.apply(b, pass.Sync{ID: "bench", Sources: []string{"req", "egrDetails", "licences"}, Required: []string{"req", "egrDetails", "licences"}})

	for b.Loop() {
		p := &confined{binary: workerBinary(b), env: rig.Settings(w.server.FrontendAddress(), taskQueue, w.alfresco, w.kontur, map[string]string{
			"GOMEMLIMIT": cmp.Or(os.Getenv("GOMEMLIMIT"), goLimit), "LOG_LEVEL": "warn", "KONTUR_RPS": "100", "KONTUR_CONCURRENCY": "2",
		})}
		p.start(b)
		w.kontur.Forget()
		_, _, err := w.manager.Trigger(b.Context(), "bench", false)
		require.NoError(b, err)
		began := time.Now()
		var status syncs.Status
		for (status.Pass == nil || status.Pass.FinishedAt == nil) && time.Since(began) < givenUp {
			p.watch(b)
			status, err = w.manager.Status(b.Context(), "bench")
			require.NoError(b, err)
		}
		_ = p.Stop()
		b.Logf("%s%s: %d of %d nodes after %s; %s; %d calls, %d at once", &p.log, cmp.Or(status.Pass.Ended, "given up"), status.State.CountProcessedNodes, fatNodes,
			time.Since(began).Round(time.Second), p.limit, w.kontur.Count(), w.kontur.MaxConcurrent())
		b.ReportMetric(float64(p.peak)/1e6, "peak-MB")
		b.ReportMetric(float64(p.kills), "kills")
		b.ReportMetric(0, "ns/op")
	}
}

// workerBinary is the worker of this tree, or the one that the environment names.
func workerBinary(b *testing.B) string {
	if binary := os.Getenv("WORKER"); binary != "" {
		return binary
	}
	binary, err := rig.Binary("worker")
	require.NoError(b, err)
	return binary
}

// confined is a process that may have memoryLimit, and is started again whenever it is killed for more.
type confined struct {
	binary string
	env    rig.Environment
	*rig.Process
	log   rig.Log
	group string // its folder of cgroups, empty without
	limit string // in words
	peak  int64
	kills int
}

func (p *confined) start(b *testing.B) {
	if p.limit == "" {
		p.limit = "no hard limit"
		if group, err := confine(fmt.Sprintf("bench-%d", os.Getpid())); err == nil {
			p.group, p.limit = group, fmt.Sprintf("cgroup of %d MB", memoryLimit/1_000_000)
			b.Cleanup(func() { _ = os.Remove(group) })
		}
	}
	cmd := exec.Command(p.binary)
	if p.group != "" {
		// It enters before it is the worker.
		cmd = exec.Command("sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$1"`, p.group, p.binary)
	}
	cmd.Env = p.env.Environ()
	var err error
	p.Process, err = rig.StartCommand(cmd, &p.log)
	require.NoError(b, err)
	b.Cleanup(func() { _ = p.Stop() })
}

// watch notes the peak, and starts the process again where it was killed.
func (p *confined) watch(b *testing.B) {
	select {
	case <-p.Ended():
		require.Equal(b, syscall.SIGKILL, p.Cmd.ProcessState.Sys().(syscall.WaitStatus).Signal(), &p.log)
		p.kills++
		require.Less(b, p.kills, 20, "it is killed again and again")
		p.start(b)
	case <-time.After(50 * time.Millisecond):
		p.peak = max(p.peak, p.PeakMemory())
	}
}

// confine makes a folder of cgroups below the one of this process, of either version, in which memoryLimit holds.
func confine(name string) (group string, err error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil || os.Getenv("CONFINED") == config.Off {
		return "", errors.Join(err, errors.ErrUnsupported)
	}
	for line := range strings.Lines(string(own)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		root, limit := "/sys/fs/cgroup", "memory.max"
		switch {
		case parts[1] == "memory":
			root, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case parts[1] != "":
			continue
		}
		group = filepath.Join(root, parts[2], name)
		if err = os.Mkdir(group, 0o755); err != nil {
			continue
		}
		if err = os.WriteFile(filepath.Join(group, limit), []byte(strconv.Itoa(memoryLimit)), 0o644); err == nil {
			return group, nil
		}
		_ = os.Remove(group)
	}
	return "", errors.Join(err, errors.ErrUnsupported)
}
