package operations_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

const (
	// nodes are the counterparties of a world.
	nodes = 250
	// documented is the address on the page.
	documented = "127.0.0.1:7233"
	// documentedCodec is that of the codec server.
	documentedCodec = "127.0.0.1:8091"
	// taskQueue is the default of worker and starter.
	taskQueue = "counterparty-sync"
)

// world is what the page is executed against: an empty Temporal server, a worker and both simulators.
type world struct {
	t        *testing.T
	server   *temporalserver.Server
	temporal client.Client
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	manager  *syncs.Manager
	// down makes Kontur.Focus answer 503.
	down *atomic.Bool
	dir  string // where commands run
	home string
	tls  string // host:port of the same server behind TLS, if there is one
	// codec is host:port of the worker's codec server.
	codec string

	logs *rig.Log // of the worker
	said *rig.Log // by the commands
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := rig.Temporal(t, temporalserver.Options{StuckAfter: 1})
	c := rig.Dial(t, server.FrontendAddress())
	w := &world{t: t, server: server, temporal: c, down: &atomic.Bool{}, alfresco: alfrescotest.NewServer(t), kontur: konturtest.NewServer(t),
		manager: &syncs.Manager{Temporal: c, TaskQueue: taskQueue, Now: time.Now}, dir: t.TempDir(), home: t.TempDir(), logs: &rig.Log{}, said: &rig.Log{}}
	// Each node has a company, but for one with an identifier that is none.
	rig.Fill(w.alfresco, w.kontur, nodes-1)
	w.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": "123"}})
	w.kontur.Inject(konturtest.Fault{Status: http.StatusServiceUnavailable, Text: "Service unavailable",
		Match: func(konturtest.Request) bool { return w.down.Load() }})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("commands:\n%s\nworker:\n%s", w.said, w.logs)
		}
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.codec = free.Addr().String()
	require.NoError(t, free.Close())
	env := w.environment()
	env["CODEC_ADDR"] = w.codec
	worker, err := rig.Start(workerFile, env, w.logs)
	require.NoError(t, err)
	t.Cleanup(worker.Kill)
	return w
}

func (w *world) environment() rig.Environment {
	env := rig.Settings(w.server.FrontendAddress(), taskQueue, w.alfresco, w.kontur, map[string]string{
		"PATH": tools + ":" + os.Getenv("PATH"), "HOME": w.home, "NO_COLOR": "1", "LOG_LEVEL": "warn",
		"TEMPORAL_CLI_ADDRESS": w.server.FrontendAddress(), "TEMPORAL_CODEC_ENDPOINT": "http://" + w.codec, "TEMPORAL_CLI_CODEC_ENDPOINT": "http://" + w.codec,
	})
	delete(env, "TEMPORAL_CONFIG_FILE") // the page makes profiles
	return env
}

// of is the same world in a test of its own.
func (w *world) of(t *testing.T) *world {
	t.Helper()
	same := *w
	same.t = t
	return &same
}

// sh runs a script as a person's shell does who typed all the scripts before into it: variables stay.
func (w *world) sh(script string) (status int, out string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), rig.Patience)
	defer cancel()
	kept := filepath.Join(w.home, "variables")
	text := "set -eu -o pipefail\nset -a\n[ ! -f " + kept + " ] || . " + kept + "\n" + script + "\nexport -p > " + kept + "\n"
	cmd := exec.CommandContext(ctx, "bash", "-c", text)
	cmd.Dir, cmd.Env = w.dir, w.environment().Environ()
	data, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(w.t, err)
	}
	fmt.Fprintf(w.said, "$ %s%s[%d]\n\n", strings.TrimLeft(script, "\n"), data, cmd.ProcessState.ExitCode())
	return cmd.ProcessState.ExitCode(), string(data)
}

// must runs a script that has to succeed.
func (w *world) must(script string) string {
	w.t.Helper()
	status, out := w.sh(script)
	require.Zero(w.t, status, "%s\n%s", script, out)
	return out
}

// status is what the starter says of a sync.
func (w *world) status(id string) syncs.Status {
	w.t.Helper()
	var status syncs.Status
	out := w.must("starter status -q -o json " + id)
	require.NoError(w.t, json.Unmarshal([]byte(out), &status), out)
	return status
}

// until waits until a sync is so, and the starter says it, too. It asks Temporal itself meanwhile: a process for each look
// takes longer than most of what is waited for.
func (w *world) until(id, what string, is func(syncs.Status) bool) (last syncs.Status) {
	w.t.Helper()
	rig.Until(w.t, what, func() bool {
		status, err := w.manager.Status(w.t.Context(), id)
		if err != nil || !is(status) {
			return false
		}
		last = w.status(id)
		return is(last)
	})
	return last
}

func ended(how string) func(syncs.Status) bool {
	return func(s syncs.Status) bool { return s.Pass != nil && s.Pass.FinishedAt != nil && s.Pass.Ended == how }
}
