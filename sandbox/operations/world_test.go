package operations_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

const (
	// patience bounds every wait: far above what is needed, so that only what never happens fails.
	patience = 90 * time.Second
	// nodes are the counterparties of a world.
	nodes = 250
	// documented is the address on the page.
	documented = "127.0.0.1:7233"
)

// world is what the page is executed against: an empty Temporal server, a worker and both simulators.
type world struct {
	t        *testing.T
	server   *temporalserver.Server
	temporal client.Client
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	// down makes Kontur.Focus answer 503.
	down *atomic.Bool
	dir  string // where commands run
	home string
	tls  string // host:port of the same server behind TLS, if there is one

	mu   sync.Mutex
	logs bytes.Buffer // of the worker
	said bytes.Buffer // by the commands
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := temporalserver.Start(t.Context(), temporalserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	c, err := client.Dial(client.Options{HostPort: server.FrontendAddress(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := &world{t: t, server: server, temporal: c, down: &atomic.Bool{}, alfresco: alfrescotest.NewServer(t), kontur: konturtest.NewServer(t), dir: t.TempDir(), home: t.TempDir()}
	w.fill()
	w.kontur.Inject(konturtest.Fault{Status: http.StatusServiceUnavailable, Text: "Service unavailable",
		Match: func(konturtest.Request) bool { return w.down.Load() }})
	t.Cleanup(func() {
		if t.Failed() {
			w.mu.Lock()
			defer w.mu.Unlock()
			t.Logf("commands:\n%s\nworker:\n%s", w.said.String(), w.logs.String())
		}
	})
	w.startWorker()
	return w
}

// fill gives each node a company, but for one with an identifier that is none.
func (w *world) fill() {
	for n := range nodes - 1 {
		inn := konturtest.INN(n + 1)
		w.kontur.AddCompany(konturtest.Company{INN: inn, OGRN: konturtest.OGRN(n + 1), KPP: fmt.Sprintf("0012%05d", n),
			FullName: fmt.Sprintf("Общество %d", n), ShortName: fmt.Sprintf("ООО %d", n), RegistrationDate: "2010-01-01"})
		w.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": inn}})
	}
	w.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": "123"}})
}

func (w *world) environment() []string {
	return []string{
		"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + w.home, "NO_COLOR=1",
		"TEMPORAL_ADDRESS=" + w.server.FrontendAddress(), "TEMPORAL_CLI_ADDRESS=" + w.server.FrontendAddress(),
		"ALFRESCO_URL=" + w.alfresco.URL(), "ALFRESCO_USER=" + alfrescotest.DefaultUser, "ALFRESCO_PASSWORD=" + alfrescotest.DefaultPassword,
		"KONTUR_URL=" + w.kontur.URL(), "KONTUR_KEY=" + w.kontur.Key(), "KONTUR_RPS=1000", "HTTP_ADDR=off", "LOG_LEVEL=warn",
	}
}

// of is the same world in a test of its own.
func (w *world) of(t *testing.T) *world {
	t.Helper()
	return &world{t: t, server: w.server, temporal: w.temporal, alfresco: w.alfresco, kontur: w.kontur, down: w.down, dir: w.dir, home: w.home}
}

func (w *world) startWorker() {
	w.t.Helper()
	cmd := exec.Command(workerFile)
	cmd.Env = w.environment()
	writer := &locked{mu: &w.mu, w: &w.logs}
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(w.t, cmd.Start())
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// sh runs a script as a person's shell does who typed all the scripts before into it: variables stay.
func (w *world) sh(script string) (status int, out string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	kept := filepath.Join(w.home, "variables")
	text := "set -eu -o pipefail\nset -a\n[ ! -f " + kept + " ] || . " + kept + "\n" + script + "\nexport -p > " + kept + "\n"
	cmd := exec.CommandContext(ctx, "bash", "-c", text)
	cmd.Dir, cmd.Env = w.dir, w.environment()
	data, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(w.t, err)
	}
	w.mu.Lock()
	fmt.Fprintf(&w.said, "$ %s%s[%d]\n\n", strings.TrimLeft(script, "\n"), data, cmd.ProcessState.ExitCode())
	w.mu.Unlock()
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

// until waits until a sync is so.
func (w *world) until(id, what string, is func(syncs.Status) bool) syncs.Status {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		status := w.status(id)
		if is(status) {
			return status
		}
		if time.Now().After(deadline) {
			require.FailNow(w.t, "never: "+what, "%+v", status)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func ended(how string) func(syncs.Status) bool {
	return func(s syncs.Status) bool { return s.Pass != nil && s.Pass.FinishedAt != nil && s.Pass.Ended == how }
}
