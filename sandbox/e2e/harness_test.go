package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

const (
	patience = rig.Patience
	// atOnce is how many tests run at a time, unless -parallel says otherwise: they mostly wait, for one
	// server.
	atOnce = "3"
)

// The servers and the worker's binary are shared by all tests; each test has a task queue of its own.
var (
	shared      *temporalserver.Server
	sharedCHASM *temporalserver.Server
	workerFile  string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if err := rig.AtOnce(atOnce); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if workerFile, err = rig.Binary("worker"); err != nil {
		panic(err)
	}
	for _, s := range []struct {
		server *(*temporalserver.Server)
		name   string
		chasm  bool
	}{{&shared, "v1.db", false}, {&sharedCHASM, "chasm.db", true}} {
		server, err := temporalserver.Start(context.Background(), temporalserver.Options{
			File: filepath.Join(dir, s.name), CHASMSchedules: s.chasm,
		})
		if err != nil {
			panic(err)
		}
		defer server.Stop()
		*s.server = server
	}
	return m.Run()
}

// stack is everything that one test works with.
type stack struct {
	t        *testing.T
	id       string // of the sync
	queue    string
	server   *temporalserver.Server
	temporal client.Client
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	manager  *syncs.Manager
	logs     rig.Log // of all workers
	said     rig.Log // of the starter
	// payloads are the variables by which all of the stack encode what Temporal keeps.
	payloads rig.Environment
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9]+`)

func newStack(t *testing.T, server *temporalserver.Server) *stack {
	t.Helper()
	id := strings.ToLower(unsafe.ReplaceAllString(t.Name(), "-"))
	s := &stack{t: t, id: id, queue: "queue-" + id, alfresco: alfrescotest.NewServer(t), kontur: konturtest.NewServer(t)}
	s.connect(server)
	c, manager := s.temporal, s.manager // the first ones
	t.Cleanup(func() {
		// What still runs would go on asking simulators that are gone.
		ctx := context.Background()
		if status, err := manager.Status(ctx, id); err == nil && status.Pass != nil && status.Pass.FinishedAt == nil {
			_ = c.TerminateWorkflow(ctx, status.Pass.WorkflowID, "", "test is over")
		}
		_ = c.ScheduleClient().GetHandle(ctx, pass.ScheduleID(id)).Delete(ctx)
		if t.Failed() {
			t.Logf("worker logs:\n%s\nstarter:\n%s", &s.logs, &s.said)
		}
	})
	return s
}

// connect makes a server that of the stack.
func (s *stack) connect(server *temporalserver.Server) {
	s.t.Helper()
	s.server, s.temporal = server, rig.Dial(s.t, server.FrontendAddress(), s.payloads)
	s.manager = &syncs.Manager{Temporal: s.temporal, TaskQueue: s.queue, Now: time.Now}
}

// filledStack is a stack with n nodes and a worker.
func filledStack(t *testing.T, server *temporalserver.Server, n int) *stack {
	t.Helper()
	s := newStack(t, server)
	s.fill(n)
	s.startWorker()
	return s
}

// env is the worker's and the starter's environment.
func (s *stack) env(more map[string]string) rig.Environment {
	return rig.Settings(s.server.FrontendAddress(), s.queue, s.alfresco, s.kontur,
		map[string]string{"LOG_FORMAT": "json", "LOG_LEVEL": "debug"}, s.payloads, more)
}

// startWorker starts a worker in a process of its own, with some variables more.
func (s *stack) startWorker(more ...map[string]string) *rig.Process {
	s.t.Helper()
	var extra map[string]string
	if len(more) > 0 {
		extra = more[0]
	}
	started, err := rig.Start(workerFile, s.env(extra), &s.logs)
	require.NoError(s.t, err)
	s.t.Cleanup(started.Kill)
	return started
}

// fill puts n nodes into Alfresco, each with a company in Kontur.Focus, and returns the nodes' ids in order of dbid.
func (s *stack) fill(n int) []string { return rig.Fill(s.alfresco, s.kontur, n) }

// rename changes every company, so that every node differs from the register again.
func (s *stack) rename(n int, suffix string) {
	for i := range n {
		s.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = fmt.Sprintf("ООО \"Пример %d %s\"", i+1, suffix) })
	}
}

// yaml is a sync for tests: no waiting for seconds, small batches.
func (s *stack) yaml(more string) string { return rig.Sync(s.id, more) }

// starter runs a command and returns its exit status and output.
func (s *stack) starter(stdin string, args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	return s.starterIn(nil, stdin, args...)
}

// starterIn runs a command in an environment with some variables more.
func (s *stack) starterIn(more map[string]string, stdin string, args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	status, stdout, stderr = rig.Starter(s.t.Context(), s.env(more), stdin, args...)
	fmt.Fprintf(&s.said, "$ starter %s\n%s%s[%d]\n", strings.Join(args, " "), stdout, stderr, status)
	return status, stdout, stderr
}

// must runs a command that has to succeed.
func (s *stack) must(stdin string, args ...string) string {
	s.t.Helper()
	status, out, errs := s.starter(stdin, args...)
	require.Equal(s.t, cli.Done, status, "starter %v: %s%s", args, out, errs)
	return out
}

func (s *stack) apply(more string, flags ...string) string {
	s.t.Helper()
	return s.must(s.yaml(more), append([]string{"apply", "-f", "-"}, flags...)...)
}

// status is `starter status ID -o json`, decoded.
func (s *stack) status() syncs.Status {
	s.t.Helper()
	var status syncs.Status
	require.NoError(s.t, json.Unmarshal([]byte(s.must("", "status", s.id, "-o", "json")), &status))
	return status
}

// until waits for a status.
func (s *stack) until(what string, is func(syncs.Status) bool) syncs.Status {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		status := s.status()
		if is(status) {
			return status
		}
		if time.Now().After(deadline) {
			require.FailNow(s.t, "never: "+what, "%+v", status)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// trigger starts a pass and waits until it has ended.
func (s *stack) trigger(flags ...string) syncs.Status {
	s.t.Helper()
	_, out, errs := s.starter("", append([]string{"trigger", s.id, "--wait", "-o", "json", "-q"}, flags...)...)
	var status syncs.Status
	require.NoError(s.t, json.Unmarshal([]byte(out), &status), "%s%s", out, errs)
	return status
}

func finished(s syncs.Status) bool { return s.Pass != nil && s.Pass.FinishedAt != nil }

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func portOf(t testing.TB, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}
