package e2e_test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

// What the worker's log says in JSON at certain points.
const (
	workerStarted = `"msg":"worker started"`
	// preflightOver is the last of the findings: from then on a worker sends no request that no pass has asked for.
	preflightOver = `"subject":"mapping"`
)

// untilLogged waits until one of the workers has logged the text.
func (s *stack) untilLogged(text string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return strings.Contains(s.logged(), text) }, patience, 10*time.Millisecond, text)
}

// logged is what all workers have logged so far.
func (s *stack) logged() string {
	return s.logs.String()
}

// runWorker runs the worker's binary to its end.
func (s *stack) runWorker(more map[string]string, args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), workerFile, args...)
	cmd.Env = s.env(more).Environ()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	stop := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// terminate sends SIGTERM, as orchestrators do, and returns the exit status and how long the stop took.
func terminate(t *testing.T, p *rig.Process) (status int, took time.Duration) {
	t.Helper()
	began := time.Now()
	require.NoError(t, p.Signal(syscall.SIGTERM))
	require.NotErrorIs(t, p.Wait(), rig.ErrStays)
	return p.Status(), time.Since(began)
}

func TestWorkerServesHealthReadinessAndMetrics(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(20)
	address := rig.FreeAddress(t)
	s.startWorker(map[string]string{"HTTP_ADDR": address})
	probe := func(path string) (int, string) { return get(t, "http://"+address+path) }
	require.Eventually(t, func() bool { status, _ := probe("/readyz"); return status == http.StatusOK }, patience, 20*time.Millisecond)
	status, body := probe("/healthz")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "ok\n", body)
	status, _ = probe("/elsewhere")
	require.Equal(t, http.StatusNotFound, status)

	s.apply("retryDelays: [10ms]")
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: "Service Unavailable", Times: 1})
	s.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.CutConnection, Times: 0, Match: once()})
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	_, metrics := probe("/metrics")
	asked, ok := series(metrics, "counterparty_sync_calls_seconds_count", `operation="req"`, `status="200"`, `system="kontur"`)
	require.True(t, ok, metrics)
	require.GreaterOrEqual(t, asked, 2.0)
	for _, labels := range [][]string{
		{`operation="req"`, `status="503"`, `system="kontur"`},
		{`operation="search"`, `status="200"`, `system="alfresco"`},
		{`operation="get"`, `status="200"`, `system="alfresco"`},
	} {
		_, ok := series(metrics, "counterparty_sync_calls_seconds_count", labels...)
		require.True(t, ok, "%s in\n%s", labels, metrics)
	}
	written, _ := series(metrics, "counterparty_sync_calls_seconds_count", `operation="put"`, `status="200"`, `system="alfresco"`)
	require.Equal(t, 20.0, written)
	ids, _ := series(metrics, "counterparty_sync_kontur_ids_total")
	require.GreaterOrEqual(t, ids, 20.0)
	for _, name := range []string{"temporal_workflow_completed", "temporal_activity_execution_latency", "go_goroutines", "process_"} {
		require.Contains(t, metrics, "\n"+name)
	}

	// Trouble at the outside systems is for the passes: a restart of the worker would not mend it.
	s.alfresco.Close()
	s.kontur.Close()
	status, _ = probe("/readyz")
	require.Equal(t, http.StatusOK, status)
}

// once matches the first request only.
func once() func(konturtest.Request) bool {
	var seen atomic.Bool
	return func(konturtest.Request) bool { return seen.CompareAndSwap(false, true) }
}

// series is the value of a series with all the labels.
func series(metrics, name string, labels ...string) (value float64, ok bool) {
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, name) {
			continue
		}
		all := true
		for _, label := range labels {
			all = all && strings.Contains(line, label)
		}
		text := strings.TrimSpace(line[strings.LastIndexByte(strings.TrimSpace(line), ' ')+1:])
		if value, err := strconv.ParseFloat(text, 64); all && err == nil {
			return value, true
		}
	}
	return 0, false
}

func TestWorkerThatMayNotRunSaysWhyAndExits(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	none := filepath.Join(t.TempDir(), "none")
	tests := []struct {
		name   string
		env    map[string]string
		args   []string
		status int
		want   string // all of standard error
	}{
		{
			name: "HTTP_ADDR is taken", env: map[string]string{"HTTP_ADDR": taken.Addr().String(), "LOG_LEVEL": "error"}, status: 1,
			want: "listen on HTTP_ADDR " + taken.Addr().String() + ": listen tcp " + taken.Addr().String() + ": bind: address already in use\n",
		},
		{
			name: "no such namespace", env: map[string]string{"TEMPORAL_NAMESPACE": "nowhere"}, status: 1,
			want: "Temporal at " + shared.FrontendAddress() + " has no namespace nowhere\n" +
				"hint: set TEMPORAL_NAMESPACE, or create it: temporal operator namespace create -n nowhere\n",
		},
		{
			name: "all settings that are wrong, at once", status: 2,
			env: map[string]string{
				"ALFRESCO_URL": "http://127.0.0.1/share", "ALFRESCO_USER": "", "ALFRESCO_PASSWORD": "", "ALFRESCO_AUTH": "kerberos",
				"ALFRESCO_CONCURRENCY": "0", "KONTUR_KEY": "", "KONTUR_KEY_FILE": none, "KONTUR_RPS": "fast", "HTTP_ADDR": "8080", "LOG_LEVEL": "loud",
				"STOP_TIMEOUT": "30", "TEMPORAL_ADDRESS": "temporal",
			},
			want: `ALFRESCO_URL: "http://127.0.0.1/share" is not allowed; allowed: an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query
ALFRESCO_USER is missing; allowed: a user name on one line, without a colon
ALFRESCO_PASSWORD is missing; allowed: a password on one line, here or in a file that ALFRESCO_PASSWORD_FILE names
ALFRESCO_AUTH: "kerberos" is not allowed; allowed: basic or ticket
ALFRESCO_CONCURRENCY: "0" is not allowed; allowed: a whole number from 1 to 64
KONTUR_KEY_FILE: "` + none + `" is not allowed; allowed: a file with a key on one line; there is no such file
KONTUR_RPS: "fast" is not allowed; allowed: a number from 0.1 to 1000
HTTP_ADDR: "8080" is not allowed; allowed: host:port such as :8080 or 127.0.0.1:8080, or off
LOG_LEVEL: "loud" is not allowed; allowed: debug, info, warn or error
STOP_TIMEOUT: "30" is not allowed; allowed: a duration from 1s to 1h such as 30s
and 1 more
`,
		},
		{
			name: "no such mapping", env: map[string]string{"MAPPING_FILE": none}, status: 2,
			want: `MAPPING_FILE: "` + none + `" is not allowed; allowed: a file that can be read; no such file or directory` + "\n",
		},
		{
			name: "a flag", args: []string{"--verbose"}, status: 2,
			want: "--verbose is not allowed; allowed: --healthcheck, --help, --version; settings are environment variables\n",
		},
	}
	s := newStack(t, shared)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := s.runWorker(tt.env, tt.args...)
			require.Equal(t, tt.want, stderr)
			require.Equal(t, tt.status, status)
			require.Empty(t, stdout)
		})
	}
}

func TestWorkerHelpAndVersionNeedNoSettings(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	nothing := map[string]string{"ALFRESCO_URL": "", "ALFRESCO_USER": "", "ALFRESCO_PASSWORD": "", "KONTUR_KEY": "", "TEMPORAL_ADDRESS": ""}
	status, help, stderr := s.runWorker(nothing, "--help")
	require.Zero(t, status)
	require.Empty(t, stderr)
	for name := range s.env(nil) {
		if regexp.MustCompile(`^(TASK|ALFRESCO|KONTUR|HTTP|LOG)_`).MatchString(name) {
			require.Contains(t, help, name)
		}
	}
	require.Contains(t, help, "TEMPORAL_ADDRESS")
	require.Contains(t, help, "Exit status: 0 stopped as asked, 1 failed, 2 wrong settings")
	status, version, stderr := s.runWorker(nothing, "--version")
	require.Zero(t, status)
	require.Empty(t, stderr)
	require.Regexp(t, `^worker \S+\n$`, version)
}

// Services start in any order: a worker waits for Temporal, saying so, and a stop ends the waiting.
func TestWorkerWaitsForTemporal(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(5)
	address := rig.FreeAddress(t)
	env := map[string]string{"TEMPORAL_ADDRESS": address}
	impatient := s.startWorker(env)
	s.untilLogged("Temporal at " + address + " does not answer")
	status, took := terminate(t, impatient)
	require.Zero(t, status)
	require.Less(t, took, 3*time.Second)
	s.logs.Reset()

	health := rig.FreeAddress(t)
	worker := s.startWorker(map[string]string{"TEMPORAL_ADDRESS": address, "HTTP_ADDR": health})
	s.untilLogged("Temporal at " + address + " does not answer")
	code, _ := get(t, "http://"+health+"/healthz")
	require.Equal(t, http.StatusOK, code, "it lives although it waits")
	code, _ = get(t, "http://"+health+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, s.logged(), `"level":"warn"`)
	require.Contains(t, s.logged(), `"hint":"check that the server runs, and TEMPORAL_ADDRESS"`)
	require.NotContains(t, s.logged(), workerStarted)
	late, err := temporalserver.Start(t.Context(), temporalserver.Options{FrontendPort: portOf(t, address)})
	require.NoError(t, err)
	// Cleanups run last in, first out, and the worker's came first: its polls are what a stop of the server waits for.
	t.Cleanup(func() { worker.Kill(); _ = late.Stop() })
	s.untilLogged(workerStarted)

	s.connect(late)
	s.apply("")
	require.Equal(t, 5, s.trigger().Pass.Counts.Updated)
}

// A worker that is told to stop finishes what it writes, hands over the rest, and uses up no try.
func TestStoppedWorkerHandsOver(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(60)
	s.alfresco.SetLatency(alfrescotest.Latency{Put: 20 * time.Millisecond})
	first := s.startWorker(map[string]string{"STOP_TIMEOUT": "20s", "ALFRESCO_CONCURRENCY": "2"})
	var puts atomic.Int64
	midst := make(chan struct{})
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put && puts.Add(1) == 15 {
			close(midst)
		}
	})
	s.apply("retryDelays: [1h]")
	s.must("", "trigger", s.id)
	<-midst
	status, took := terminate(t, first)
	require.Zero(t, status)
	require.Less(t, took, 10*time.Second)
	written := len(s.alfresco.Writes())
	require.Less(t, written, 60)
	require.GreaterOrEqual(t, written, 15)

	s.startWorker()
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.EqualValues(t, 60, done.State.CountProcessedNodes)
	require.Equal(t, 60, done.Pass.Counts.Updated)
	require.NotContains(t, s.history(done.Pass.WorkflowID), "RETRY_WAITING")
	s.requireWrittenOnce(ids)
}

// A call that hangs is cut when STOP_TIMEOUT is over, and made again by the next worker.
func TestStopTimeoutCutsWhatHangs(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(20)
	s.kontur.Inject(konturtest.Fault{Method: "req", Delay: time.Hour, Times: 1})
	worker := s.startWorker(map[string]string{"STOP_TIMEOUT": "1s"})
	s.apply("retryDelays: [1h]\nbatchSize: 100")
	s.must("", "trigger", s.id)
	// All else is done: a task that Temporal hands out to a worker in the moment of its stop may get lost for 10 or 20 s.
	id := s.status().Pass.WorkflowID
	require.Eventually(t, func() bool {
		history := s.history(id)
		count := func(event string) int { return strings.Count(history, `"EVENT_TYPE_`+event+`"`) }
		return s.kontur.Count("req") == 1 && count("ACTIVITY_TASK_SCHEDULED") == count("ACTIVITY_TASK_COMPLETED")+1 &&
			strings.Count(history, "after dbid") >= 3 && count("WORKFLOW_TASK_SCHEDULED") == count("WORKFLOW_TASK_COMPLETED")
	}, patience, 50*time.Millisecond)
	status, took := terminate(t, worker)
	require.Zero(t, status)
	require.GreaterOrEqual(t, took, 900*time.Millisecond)
	require.Less(t, took, 5*time.Second)

	began := time.Now()
	s.startWorker()
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 20, done.Pass.Counts.Updated)
	require.Less(t, time.Since(began), 8*time.Second, "the stopped worker has given the call back: no heartbeat had to be missed")
	require.NotContains(t, s.history(done.Pass.WorkflowID), "RETRY_WAITING")
	s.requireWrittenOnce(ids)
}

// Workers on one queue share the work: every batch is asked about once and every node is written once.
func TestTwoWorkersShareAQueue(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(200)
	s.kontur.SetLatency(20 * time.Millisecond)
	addresses := []string{rig.FreeAddress(t), rig.FreeAddress(t)}
	for _, address := range addresses {
		s.startWorker(map[string]string{"HTTP_ADDR": address})
	}
	for _, address := range addresses {
		require.Eventually(t, func() bool { status, _ := get(t, "http://"+address+"/readyz"); return status == http.StatusOK }, patience, 20*time.Millisecond)
	}
	s.apply("retryDelays: []")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 200, done.Pass.Counts.Updated)
	require.Equal(t, 20, s.kontur.Count("req"), "one call for each batch")
	s.requireWrittenOnce(ids)
	asked := 0.0
	for _, address := range addresses {
		_, metrics := get(t, "http://"+address+"/metrics")
		n, _ := series(metrics, "counterparty_sync_calls_seconds_count", `operation="req"`)
		asked += n
	}
	require.Equal(t, 20.0, asked)
}

func (s *stack) requireWrittenOnce(ids []string) {
	s.t.Helper()
	written := map[string]int{}
	for _, write := range s.alfresco.Writes() {
		written[write.NodeID]++
	}
	for _, id := range ids {
		require.Equal(s.t, 1, written[id], "writes of node %s", id)
	}
}
