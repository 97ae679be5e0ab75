// Package webui_test opens the pages of Temporal's Web UI in a real browser and reads there what an operator reads.
//
// It is not for what the software does: e2e is. One server, one browser and a handful of passes in different states are
// shared by all tests; tests only look. A site is one sync with an Alfresco, a Kontur.Focus and a worker of its own.
package webui_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/codecserver"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/inbound"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// shared is nil if there is no browser.
var shared *world

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if flag.Parse(); testing.Short() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "webui")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w, err := makeWorld(dir, os.Getenv(encrypted) != "")
	switch {
	case errors.Is(err, errNoBrowser) && !browserIsRequired():
		fmt.Fprintln(os.Stderr, "skipped:", err)
		return m.Run()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared = w
	status := m.Run()
	w.close()
	if status == 0 && os.Getenv(encrypted) == "" && os.Getenv("WEBUI_ONCE") == "" {
		return againEncrypted()
	}
	return status
}

// encrypted is set where all that Temporal keeps is encrypted: the same is to be seen then.
const encrypted = "WEBUI_ENCRYPTED"

// againEncrypted runs the same tests once more.
func againEncrypted() int {
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), encrypted+"=1"), os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "encrypted:", err)
		return 1
	}
	return 0
}

// theWorld is what the tests look at; without a browser the test is skipped.
func theWorld(t *testing.T) *world {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("it needs a browser: make check")
	case shared == nil:
		t.Skip(errNoBrowser)
	}
	return shared
}

// world is a Temporal server with its UI, a browser, and the sites.
type world struct {
	server  *temporalserver.Server
	browser *browser
	// codec decodes for the UI what the sites' workers encode; payloads are its settings.
	codec    *inbound.Server
	payloads rig.Environment
	origins  atomic.Pointer[[]string]
	// codecDown has the codec server answer nobody.
	codecDown atomic.Bool

	mu    sync.Mutex
	sites map[string]*site // by the id of the sync
}

func makeWorld(dir string, encrypt bool) (*world, error) {
	w := &world{sites: map[string]*site{}, payloads: rig.Environment{}}
	var err error
	if w.browser, err = startBrowser(dir); err != nil {
		return nil, err
	}
	if encrypt {
		item, err := codec.NewKey("2026-11")
		if err != nil {
			return nil, err
		}
		w.payloads[connect.EnvPayloadKeys] = filepath.Join(dir, "keys.yaml")
		if err := os.WriteFile(w.payloads[connect.EnvPayloadKeys], []byte("keys:\n"+item+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	if err := w.startCodec(); err != nil {
		w.close()
		return nil, err
	}
	w.server, err = temporalserver.Start(context.Background(), temporalserver.Options{
		File: filepath.Join(dir, temporalserver.FileName()), UI: true, CodecEndpoint: "http://" + w.codec.Addr().String(),
	})
	if err != nil {
		w.close()
		return nil, err
	}
	w.origins.Store(&[]string{w.server.UIURL()})
	if err := w.tell(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// startCodec starts the codec server that a worker has. The UI is told its address, and it the origin of the UI when that is known.
func (w *world) startCodec() error {
	payloads, err := connect.Payloads(w.payloads)
	if err != nil {
		return err
	}
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.codecDown.Load() {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return
		}
		codecserver.New(codecserver.Options{Codec: payloads, Namespace: "default", Origins: *w.origins.Load(), Now: time.Now, Log: zap.NewNop()}).ServeHTTP(rw, r)
	})
	w.origins.Store(&[]string{})
	limits := inbound.Limits{Connections: 64, Read: time.Minute, Idle: time.Minute, HeaderBytes: 1 << 20}
	if w.codec, err = inbound.Listen("127.0.0.1:0", handler, limits, nil, nil); err != nil {
		return err
	}
	go func() { _ = w.codec.Serve() }()
	return nil
}

func (w *world) close() {
	if w.codec != nil {
		_ = w.codec.Close()
	}
	for _, s := range w.sites {
		s.close()
	}
	if w.browser != nil {
		w.browser.close()
	}
	if w.server != nil {
		_ = w.server.Stop()
	}
}

// site is one sync and all it works with.
type site struct {
	id       string
	env      rig.Environment
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	temporal client.Client
	manager  *syncs.Manager
	stop     func()
}

// addSite starts simulators and a worker for a sync, and applies the sync.
func (w *world) addSite(yaml string, more map[string]string) (*site, error) {
	id, _, _ := strings.Cut(strings.TrimPrefix(yaml, "id: "), "\n")
	a, err := alfrescotest.Start("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k, err := konturtest.Start("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{id: id, alfresco: a, kontur: k, stop: func() {}, env: rig.Settings(w.server.FrontendAddress(), "counterparty-sync-"+id, a, k,
		map[string]string{"KONTUR_CONCURRENCY": "4"}, w.payloads, more)}
	w.mu.Lock()
	w.sites[id] = s
	w.mu.Unlock()
	// The name is shown beside each step; by default it names the machine.
	if s.temporal, err = rig.Connect(w.server.FrontendAddress(), "worker-1", w.payloads); err != nil {
		return nil, err
	}
	s.manager = &syncs.Manager{Temporal: s.temporal, TaskQueue: s.env["TASK_QUEUE"], Now: time.Now}
	// Once would do; again it changes nothing.
	if err := s.starter("", "setup"); err != nil {
		return nil, err
	}
	if s.stop, err = rig.RunWorker(s.temporal, s.env); err != nil {
		return nil, err
	}
	return s, s.starter(yaml, "apply", "-f", "-")
}

func (s *site) close() {
	s.stop()
	if s.temporal != nil {
		s.temporal.Close()
	}
	s.alfresco.Close()
	s.kontur.Close()
}

// starter runs a command that has to succeed.
func (s *site) starter(stdin string, args ...string) error {
	status, out, errs := rig.Starter(context.Background(), s.env, stdin, args...)
	if status != cli.Done {
		return fmt.Errorf("starter %v: %s%s", args, out, errs)
	}
	return nil
}

// status is that of the sync.
func (s *site) status() (syncs.Status, error) { return s.manager.Status(context.Background(), s.id) }

// until waits until the sync is as wanted.
func (s *site) until(what string, is func(syncs.Status) bool) error {
	var last syncs.Status
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(lookEvery) {
		if last, err = s.status(); err == nil && is(last) {
			return nil
		}
	}
	shown, _ := json.Marshal(last)
	return fmt.Errorf("%s: never %s: %s %w", s.id, what, shown, err)
}
