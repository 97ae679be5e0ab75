package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
)

// patience bounds every wait: far above what is needed, so that only what never happens fails.
const patience = 2 * time.Minute

// webhookHost is a host that nobody has. The worker calls it through a proxy, so that no port comes into a history.
const webhookHost = "crm.example.org"

// preflightOver is in the worker's log when it sends no more requests that no pass has asked for.
const preflightOver = `"subject":"mapping"`

// reportTypes has one type with a source that is easily spoilt: contacts.
const reportTypes = `
types:
  - id: recorded
    name: Recorded
    sources:
      - {id: kontur.req, method: req, timeLimit: 10s}
      - {id: kontur.contacts, method: contacts, needs: ogrn, optional: true, timeLimit: 10s, content: '.contactPhones'}
      - {id: kontur.sites, method: sites, needs: ogrn, timeLimit: 3s, content: '.'}
`

// binaries are the worker and the starter of the code that is recorded.
type binaries struct{ worker, starter string }

// stage is everything that one scenario is played on.
type stage struct {
	t        *testing.T
	id       string // of the sync
	queue    string
	binaries binaries
	server   *temporalserver.Server
	temporal client.Client
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	env      []string

	mu   sync.Mutex
	logs bytes.Buffer
	told []string // events that the webhooks were told
}

func newStage(t *testing.T, id string, b binaries, server *temporalserver.Server) *stage {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: server.FrontendAddress(), Identity: "recorder", Logger: sdklog.NewStructuredLogger(quiet())})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	s := &stage{
		t: t, id: id, queue: "recorded-" + id, binaries: b, server: server, temporal: c,
		alfresco: alfrescotest.NewServer(t), kontur: konturtest.NewServer(t),
	}
	proxy := httptest.NewServer(http.HandlerFunc(s.webhook))
	t.Cleanup(proxy.Close)
	types := filepath.Join(t.TempDir(), "types.yaml")
	require.NoError(t, os.WriteFile(types, []byte(reportTypes), 0o600))
	for name, value := range map[string]string{
		"TEMPORAL_ADDRESS": server.FrontendAddress(), "TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "TASK_QUEUE": s.queue,
		"ALFRESCO_URL": s.alfresco.URL(), "ALFRESCO_USER": alfrescotest.DefaultUser, "ALFRESCO_PASSWORD": alfrescotest.DefaultPassword,
		"KONTUR_URL": s.kontur.URL(), "KONTUR_KEY": s.kontur.Key(), "KONTUR_RPS": "1000", "KONTUR_CONCURRENCY": "8",
		"REPORT_TYPES_FILE": types, "REPORTS_WEBHOOK_HOSTS": webhookHost,
		"REPORTS_WEBHOOK_HTTP": "true", "REPORTS_WEBHOOK_SECRET": "a-secret-of-the-recordings", "HTTP_PROXY": proxy.URL,
		"HTTP_ADDR": "off", "LOG_FORMAT": "json", "LOG_LEVEL": "debug", "PATH": os.Getenv("PATH"), "HOME": t.TempDir(),
	} {
		s.env = append(s.env, name+"="+value)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("worker logs:\n%s", s.logged())
		}
	})
	return s
}

func (s *stage) webhook(_ http.ResponseWriter, r *http.Request) {
	var body struct{ Event string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, body.Event)
}

func (s *stage) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs.String()
}

func (s *stage) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs.Write(b)
}

// startWorker starts a worker and waits until it sends no requests of its own. The returned function kills it, as a crash does.
func (s *stage) startWorker() (kill func()) {
	s.t.Helper()
	before := strings.Count(s.logged(), preflightOver)
	cmd := exec.Command(s.binaries.worker)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, s, s
	require.NoError(s.t, cmd.Start())
	var once sync.Once
	kill = func() { once.Do(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) }
	s.t.Cleanup(kill)
	s.until("the worker is ready", func() bool { return strings.Count(s.logged(), preflightOver) > before })
	return kill
}

// until waits for something.
func (s *stage) until(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			require.FailNow(s.t, "never: "+what)
		}
	}
}

// fill puts n nodes into Alfresco, each with a company in Kontur.Focus, and returns the nodes' ids in order of dbid.
func (s *stage) fill(n int) []string {
	nodes := make([]alfrescotest.Node, n)
	for i := range n {
		c := company(i + 1)
		s.kontur.AddCompany(c)
		nodes[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": c.INN}}
	}
	return s.alfresco.Add(nodes...)
}

// company is the n-th invented company.
func company(n int) konturtest.Company {
	return konturtest.Company{
		INN: konturtest.INN(n), OGRN: konturtest.OGRN(n), KPP: fmt.Sprintf("0012%05d", n),
		FullName:  fmt.Sprintf("Общество с ограниченной ответственностью \"Пример %d\"", n),
		ShortName: fmt.Sprintf("ООО \"Пример %d\"", n), RegistrationDate: "2010-01-01",
		Phones: []string{"+70000000000"}, Sites: []string{"https://example.test"},
	}
}

// starter runs a command that has to succeed, unless it only says how a pass ended.
func (s *stage) starter(stdin string, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), s.binaries.starter, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.env, strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if args[0] != "trigger" {
		require.NoError(s.t, err, "starter %v: %s%s", args, out.String(), errs.String())
	}
	return out.String()
}

// apply applies the sync. Batches are small and waits are short unless the lines say otherwise.
func (s *stage) apply(lines ...string) {
	s.t.Helper()
	fields := map[string]string{"id": s.id, "name": "Recorded", "batchSize": "4", "retryDelays": "[1s, 1s, 1s]"}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	var yaml strings.Builder
	for name, value := range fields {
		fmt.Fprintf(&yaml, "%s: %s\n", name, value)
	}
	s.starter(yaml.String(), "apply", "-f", "-")
}

// status is what `starter status` says, as far as scenarios look at it.
type status struct {
	State pass.State
	Pass  *struct {
		WorkflowID, RunID, Ended string
		FinishedAt               *time.Time
	}
}

func (s *stage) status() status {
	s.t.Helper()
	var st status
	require.NoError(s.t, json.Unmarshal([]byte(s.starter("", "status", s.id, "-o", "json")), &st))
	return st
}

// pass starts a pass and waits until it has ended.
func (s *stage) pass() run {
	s.t.Helper()
	s.starter("", "trigger", s.id, "--wait", "-q")
	return s.ended()
}

// ended is the latest pass, once it has ended.
func (s *stage) ended() run {
	s.t.Helper()
	var st status
	s.until("the pass ends", func() bool { st = s.status(); return st.Pass != nil && st.Pass.FinishedAt != nil })
	return run{st.Pass.WorkflowID, st.Pass.RunID}
}

// running starts a pass and returns it as soon as its state is as wanted.
func (s *stage) running(what string, is func(pass.State) bool) run {
	s.t.Helper()
	before := s.status().Pass
	s.starter("", "trigger", s.id)
	var st status
	s.until(what, func() bool {
		st = s.status()
		return st.Pass != nil && (before == nil || st.Pass.RunID != before.RunID) && is(st.State)
	})
	return run{st.Pass.WorkflowID, st.Pass.RunID}
}

func waits(s pass.State) bool      { return s.Status == pass.RetryWaiting }
func hasStarted(s pass.State) bool { return s.CountProcessedNodes > 0 }
