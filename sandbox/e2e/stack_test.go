package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// patience bounds every wait of a test: far above what is needed, so that only what never happens fails.
const patience = 90 * time.Second

// The servers and the worker's binary are shared by all tests; each test has a task queue of its own.
var (
	shared      *temporalserver.Server
	sharedCHASM *temporalserver.Server
	workerFile  string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// atOnce is how many tests run at a time, unless -parallel says otherwise: they mostly wait.
const atOnce = "4"

func run(m *testing.M) int {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	workerFile = filepath.Join(dir, "worker")
	build := exec.Command("go", "build", "-o", workerFile, "./worker")
	build.Dir = "../.."
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
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

	mu   sync.Mutex
	logs bytes.Buffer // of all workers
	said bytes.Buffer // of the starter
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9]+`)

func newStack(t *testing.T, server *temporalserver.Server) *stack {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: server.FrontendAddress(), Logger: log.NewStructuredLogger(quiet())})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	id := strings.ToLower(unsafe.ReplaceAllString(t.Name(), "-"))
	s := &stack{
		t: t, id: id, queue: "queue-" + id, server: server, temporal: c,
		alfresco: alfrescotest.NewServer(t),
		kontur:   konturtest.NewServer(t),
	}
	s.manager = &syncs.Manager{Temporal: c, TaskQueue: s.queue, Now: time.Now}
	t.Cleanup(func() {
		// What still runs would go on asking simulators that are gone.
		ctx := context.Background()
		if status, err := s.manager.Status(ctx, id); err == nil && status.Pass != nil && status.Pass.FinishedAt == nil {
			_ = c.TerminateWorkflow(ctx, status.Pass.WorkflowID, "", "test is over")
		}
		_ = c.ScheduleClient().GetHandle(ctx, pass.ScheduleID(id)).Delete(ctx)
		if t.Failed() {
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Logf("worker logs:\n%s\nstarter:\n%s", s.logs.String(), s.said.String())
		}
	})
	return s
}

// env is the worker's and the starter's environment.
func (s *stack) env(more map[string]string) map[string]string {
	env := map[string]string{
		"TEMPORAL_ADDRESS":     s.server.FrontendAddress(),
		"TEMPORAL_CONFIG_FILE": filepath.Join(s.t.TempDir(), "none"),
		"TASK_QUEUE":           s.queue,
		"ALFRESCO_URL":         s.alfresco.URL(),
		"ALFRESCO_USER":        alfrescotest.DefaultUser,
		"ALFRESCO_PASSWORD":    alfrescotest.DefaultPassword,
		"KONTUR_URL":           s.kontur.URL(),
		"KONTUR_KEY":           s.kontur.Key(),
		"KONTUR_RPS":           "1000",
		"HTTP_ADDR":            "off",
		"LOG_FORMAT":           "json",
		"LOG_LEVEL":            "debug",
		"PATH":                 os.Getenv("PATH"),
		"HOME":                 s.t.TempDir(),
	}
	for name, value := range more {
		env[name] = value
	}
	return env
}

// process is a worker in a process of its own.
type process struct {
	s    *stack
	cmd  *exec.Cmd
	done chan error
}

func (s *stack) startWorker(more ...map[string]string) *process {
	s.t.Helper()
	var extra map[string]string
	if len(more) > 0 {
		extra = more[0]
	}
	cmd := exec.Command(workerFile)
	for name, value := range s.env(extra) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	writer := &locked{mu: &s.mu, w: &s.logs}
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(s.t, cmd.Start())
	p := &process{s: s, cmd: cmd, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	s.t.Cleanup(p.kill)
	return p
}

// kill ends the worker as a crash does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	select {
	case <-p.done:
		p.done <- nil
	case <-time.After(patience):
	}
}

// stop asks the worker to stop and waits until it has.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(patience):
		return fmt.Errorf("the worker did not stop")
	}
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

// fill puts n nodes into Alfresco, each with a company in Kontur.Focus, and returns the nodes' ids in order of dbid.
func (s *stack) fill(n int) []string {
	nodes := make([]alfrescotest.Node, n)
	for i := range n {
		company := company(i + 1)
		s.kontur.AddCompany(company)
		nodes[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": company.INN}}
	}
	return s.alfresco.Add(nodes...)
}

func company(n int) konturtest.Company {
	return konturtest.Company{
		INN: konturtest.INN(n), OGRN: konturtest.OGRN(n), KPP: fmt.Sprintf("0012%05d", n),
		FullName:  fmt.Sprintf("Общество с ограниченной ответственностью \"Пример %d\"", n),
		ShortName: fmt.Sprintf("ООО \"Пример %d\"", n), RegistrationDate: "2010-01-01",
	}
}

// rename changes every company, so that every node differs from the register again.
func (s *stack) rename(n int, suffix string) {
	for i := range n {
		s.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = fmt.Sprintf("ООО \"Пример %d %s\"", i+1, suffix) })
	}
}

// yaml is a sync for tests: no waiting for seconds, small batches.
func (s *stack) yaml(more string) string {
	base := map[string]string{"id": s.id, "name": "Test", "batchSize": "10", "retryDelays": "[1s, 1s, 1s]"}
	for _, line := range strings.Split(strings.TrimSpace(more), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			base[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	var b strings.Builder
	for name, value := range base {
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}
	return b.String()
}

// starter runs a command and returns its exit status and output.
func (s *stack) starter(stdin string, args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	return s.starterIn(nil, stdin, args...)
}

// starterIn runs a command in an environment with some variables more.
func (s *stack) starterIn(more map[string]string, stdin string, args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	status = cli.Run(s.t.Context(), args, cli.IO{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: environment(s.env(more)), ReadFile: os.ReadFile, Now: time.Now,
	})
	s.mu.Lock()
	fmt.Fprintf(&s.said, "$ starter %s\n%s%s[%d]\n", strings.Join(args, " "), out.String(), errs.String(), status)
	s.mu.Unlock()
	return status, out.String(), errs.String()
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

// environment is a map as the environment of a process.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) { v, ok := e[name]; return v, ok }

func (e environment) Environ() []string {
	list := make([]string, 0, len(e))
	for name, value := range e {
		list = append(list, name+"="+value)
	}
	return list
}
