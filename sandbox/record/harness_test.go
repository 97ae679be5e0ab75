package record_test

import (
	"bytes"
	"encoding/json"
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

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

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
	env      rig.Environment

	logs rig.Log

	mu   sync.Mutex
	told []string // events that the webhooks were told
}

func newStage(t *testing.T, id string, b binaries, server *temporalserver.Server) *stage {
	t.Helper()
	c, err := rig.Connect(server.FrontendAddress(), "recorder")
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
	s.env = rig.Settings(server.FrontendAddress(), s.queue, s.alfresco, s.kontur, map[string]string{
		"KONTUR_CONCURRENCY": "8", "REPORT_TYPES_FILE": types, "REPORTS_WEBHOOK_HOSTS": webhookHost,
		"REPORTS_WEBHOOK_HTTP": "true", "REPORTS_WEBHOOK_SECRET": "a-secret-of-the-recordings", "HTTP_PROXY": proxy.URL,
		"LOG_FORMAT": "json", "LOG_LEVEL": "debug",
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("worker logs:\n%s", &s.logs)
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

func (s *stage) logged() string { return s.logs.String() }

// startWorker starts a worker and waits until it sends no requests of its own. The returned function kills it, as a crash does.
func (s *stage) startWorker() (kill func()) {
	s.t.Helper()
	before := strings.Count(s.logged(), preflightOver)
	worker, err := rig.Start(s.binaries.worker, s.env, &s.logs)
	require.NoError(s.t, err)
	s.t.Cleanup(worker.Kill)
	s.until("the worker is ready", func() bool { return strings.Count(s.logged(), preflightOver) > before })
	return worker.Kill
}

// until waits for something.
func (s *stage) until(what string, is func() bool) { s.t.Helper(); rig.Until(s.t, what, is) }

// fill puts n nodes into Alfresco, each with a company in Kontur.Focus that can be reached, and returns the nodes' ids in
// order of dbid.
func (s *stage) fill(n int) []string {
	return rig.Fill(s.alfresco, s.kontur, n, reachable)
}

// reachable gives a company what a source of a report tells.
func reachable(c *konturtest.Company) {
	c.Phones, c.Sites = []string{"+70000000000"}, []string{"https://example.test"}
}

// company is the n-th invented company.
func company(n int) konturtest.Company {
	c := konturtest.Invented(n)
	reachable(&c)
	return c
}

// starter runs a command that has to succeed, unless it only says how a pass ended.
func (s *stage) starter(stdin string, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), s.binaries.starter, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.env.Environ(), strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if args[0] != "trigger" {
		require.NoError(s.t, err, "starter %v: %s%s", args, out.String(), errs.String())
	}
	return out.String()
}

// apply applies the sync. Batches are small and waits are short unless the lines say otherwise.
func (s *stage) apply(lines ...string) {
	s.t.Helper()
	s.starter(rig.Sync(s.id, "name: Recorded\nbatchSize: 4\n"+strings.Join(lines, "\n")), "apply", "-f", "-")
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
