package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/syncs"
)

// Secrets with everything that URLs, JSON, HTML and shells escape.
const (
	leakKey      = `k+y/%&=ü"<'\Qz9Xw3Vb1-Nm5Tc7Rd2Lp8;#?`
	leakUser     = `sync.bot`
	leakPassword = `p w+d/%&=ß">'\ Gh4Jk6Ls8-Zx2Cv0Bn5;#?`
)

// leaks is a stack with secrets worth looking for, whose calls of Kontur.Focus go through a wire tap.
type leaks struct {
	*stack
	hunt hunt
	wire *httptest.Server
	env  map[string]string
	runs []string // of the passes

	// kontur answers behind the tap.
	target atomic.Pointer[konturtest.Server]

	mu   sync.Mutex
	urls strings.Builder // as they arrived
}

func newLeaks(t *testing.T, env map[string]string, options ...alfrescotest.Option) *leaks {
	t.Helper()
	l := &leaks{stack: newStack(t, shared), hunt: newHunt(leakKey, leakUser, leakPassword)}
	l.alfresco = alfrescotest.NewServer(t, append(options, alfrescotest.WithUser(leakUser, leakPassword))...)
	l.kontur = konturtest.NewServer(t, konturtest.WithKey(leakKey))
	l.target.Store(l.kontur)
	l.wire = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.urls.WriteString(r.URL.String() + "\n")
		l.mu.Unlock()
		l.target.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(l.wire.Close)
	l.env = map[string]string{
		"ALFRESCO_USER": leakUser, "ALFRESCO_PASSWORD": leakPassword, "KONTUR_URL": l.wire.URL, "KONTUR_KEY": leakKey,
		"ALFRESCO_URL": l.alfresco.URL(), "HTTP_ADDR": rig.FreeAddress(t), "LOG_LEVEL": "debug",
	}
	for name, value := range env {
		l.env[name] = value
	}
	return l
}

// pass runs a pass to its end, and shows it as people do. The node differs before each.
func (l *leaks) pass(ended pass.Ended) {
	l.t.Helper()
	l.rename(1, fmt.Sprint("after pass ", len(l.runs)))
	var started struct{ RunID string }
	require.NoError(l.t, json.Unmarshal([]byte(l.must("", "trigger", l.id, "-o", "json")), &started))
	done := l.until("the end", func(s syncs.Status) bool { return finished(s) && s.Pass.RunID == started.RunID })
	require.Equal(l.t, string(ended), done.Pass.Ended, "%v", done)
	l.runs = append(l.runs, done.Pass.RunID)
	l.must("", "status", l.id)
}

// retried runs a pass that waits for a retry, with somebody who looks on, and completes.
func (l *leaks) retried() {
	l.t.Helper()
	l.apply("retryDelays: [10ms, 10ms, 10ms]")
	l.must("", "trigger", l.id, "--wait")
	done := l.status()
	l.runs = append(l.runs, done.Pass.RunID)
	require.Contains(l.t, l.history(done.Pass.WorkflowID), "RETRY_WAITING")
	l.apply("retryDelays: []")
}

// check runs `starter check` in the worker's environment.
func (l *leaks) check() {
	for _, output := range []string{"text", "json"} {
		l.starterIn(l.env, "", "check", "-o", output)
	}
}

// evidence is everything that anybody can read afterwards, by the place where it stands.
func (l *leaks) evidence() map[string]string {
	l.t.Helper()
	_, metrics := get(l.t, "http://"+l.env["HTTP_ADDR"]+"/metrics")
	var schedules, memos, descriptions, histories bytes.Buffer
	add := func(place *bytes.Buffer, message proto.Message) {
		raw, err := proto.Marshal(message)
		require.NoError(l.t, err)
		place.Write(decoded(l.t, message))
		place.Write(raw)
		place.WriteByte('\n')
	}
	ctx, service := l.t.Context(), l.temporal.WorkflowService()
	schedule, err := service.DescribeSchedule(ctx, &workflowservice.DescribeScheduleRequest{Namespace: "default", ScheduleId: pass.ScheduleID(l.id)})
	require.NoError(l.t, err)
	add(&schedules, schedule)

	listed := map[string]bool{}
	wanted := slices.Clone(l.runs)
	require.Eventually(l.t, func() bool { // visibility lags behind
		list, err := l.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: 1000, Query: fmt.Sprintf("TaskQueue = '%s'", l.queue),
		})
		require.NoError(l.t, err)
		for _, info := range list.Executions {
			if listed[info.Execution.RunId] {
				continue
			}
			listed[info.Execution.RunId] = true
			add(&memos, info)
			description, err := service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{Namespace: "default", Execution: info.Execution})
			require.NoError(l.t, err)
			add(&descriptions, description)
			events := l.temporal.GetWorkflowHistory(ctx, info.Execution.WorkflowId, info.Execution.RunId, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			for events.HasNext() {
				event, err := events.Next()
				require.NoError(l.t, err)
				add(&histories, event)
				if child := event.GetChildWorkflowExecutionStartedEventAttributes(); child != nil {
					wanted = append(wanted, child.WorkflowExecution.RunId)
				}
			}
		}
		return !slices.ContainsFunc(wanted, func(run string) bool { return !listed[run] })
	}, patience, 100*time.Millisecond, "all passes and segments are listed")
	return map[string]string{
		"metrics": metrics, "log": l.logs.String(), "starter": l.said.String(), "schedule": schedules.String(),
		"memo": memos.String(), "description": descriptions.String(), "history": histories.String(),
	}
}

// requireClean searches everything, after it has shown that the secrets were in use.
func (l *leaks) requireClean() {
	l.t.Helper()
	sent := ""
	for _, request := range l.alfresco.Requests() {
		header := request.Header.Get("Authorization")
		credentials, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(header, "Basic "))
		require.NoError(l.t, err)
		sent += header + " " + string(credentials) + " " + string(request.Body) + "\n"
		if user, ticket, _ := strings.Cut(string(credentials), ":"); user == "ROLE_TICKET" {
			// Whole ones only: the simulator's have pieces that are found everywhere.
			l.hunt.forms["ticket"] = ticket
			l.hunt.forms["ticket in base64"] = strings.TrimPrefix(header, "Basic ")
		}
	}
	require.NotEmpty(l.t, l.hunt.find(sent), "Alfresco was sent a secret, and the search finds it")
	l.mu.Lock()
	urls := l.urls.String()
	l.mu.Unlock()
	require.Contains(l.t, l.hunt.find(urls), "key in a query", "Kontur.Focus was sent the key, and the search finds it")
	for place, text := range l.evidence() {
		require.NotEmpty(l.t, text, place)
		require.Empty(l.t, l.hunt.find(text), "in %s", place)
	}
}

// echoes are texts of error answers that repeat a secret in every form, few enough in each text that none is cut off.
func echoes(secret string) []string {
	var list []string
	for forms := range slices.Chunk(slices.Sorted(maps.Values(writings(secret))), 2) {
		list = append(list, "no: "+strings.Join(forms, " | "))
	}
	return list
}

func TestNoSecretLeaksWhateverKonturDoes(t *testing.T) {
	t.Parallel()
	t.Run("what passes wait for", func(t *testing.T) {
		t.Parallel()
		l := newLeaks(t, nil)
		l.fill(1)
		l.kontur.Inject(konturtest.Fault{Method: "stat", Trouble: konturtest.EchoKey, Times: 3})
		l.startWorker(l.env)
		l.untilLogged(preflightOver)
		l.check()
		waitable := []konturtest.Fault{
			{Trouble: konturtest.CutConnection}, {Trouble: konturtest.CutBody}, {Trouble: konturtest.Garbage}, {Trouble: konturtest.HTMLPage},
			{Trouble: konturtest.TruncatedJSON}, {Trouble: konturtest.NotArray}, {Trouble: konturtest.Redirect}, {Trouble: konturtest.EchoKey},
			{Trouble: konturtest.EchoKey, Status: 503, Text: "Service Unavailable"}, {Trouble: konturtest.HugeBody, Bytes: 80 << 20}, {Status: 500}, {Status: 503},
		}
		for _, echo := range echoes(leakKey) {
			waitable = append(waitable, konturtest.Fault{Status: 500, Text: echo})
		}
		l.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.EchoKey, Times: 2})
		l.retried()
		for _, fault := range waitable {
			fault.Method = "req"
			l.kontur.Inject(fault)
			l.pass(pass.Failed)
			l.kontur.ClearFaults()
		}
		l.pass(pass.Completed)
		l.requireClean()
	})
	t.Run("what ends a pass", func(t *testing.T) {
		t.Parallel()
		l := newLeaks(t, nil)
		l.fill(1)
		l.startWorker(l.env)
		l.untilLogged(preflightOver)
		l.apply("retryDelays: []")
		for _, status := range []int{400, 401, 403, 404} {
			heal := l.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.EchoKey, Status: status})
			l.pass(pass.Failed)
			heal()
		}
		l.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.EchoKey, Status: 429, RetryAfter: "1", Times: 1})
		l.pass(pass.Completed)
		// A key that is wrong.
		other := konturtest.NewServer(t, konturtest.WithKey("another key"))
		l.target.Store(other)
		l.pass(pass.Failed)
		l.check()
		// Nobody who listens.
		l.wire.Close()
		l.pass(pass.Failed)
		l.check()
		l.requireClean()
	})
}

func TestNoSecretLeaksWhateverAlfrescoDoes(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte(leakUser + ":" + leakPassword))
	for name, operations := range map[string][]alfrescotest.Operation{
		"in reading": {alfrescotest.Search, alfrescotest.Metadata},
		"in writing": {alfrescotest.Get, alfrescotest.Put},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLeaks(t, nil)
			l.fill(1)
			l.startWorker(l.env)
			l.untilLogged(preflightOver)
			remove := l.alfresco.Inject(alfrescotest.Fault{Operation: operations[0], Status: 500, Summary: leakPassword, Times: 2})
			l.retried()
			remove()
			faults := []alfrescotest.Fault{
				{Status: 500}, {HTML: true}, {Status: 502, HTML: true}, {Cut: true}, {Body: "{"}, {Status: 500, Key: leakPassword, Summary: basic},
				{Status: 502, Body: "<html>Authorization: Basic " + basic + leakPassword},
			}
			for _, echo := range echoes(leakPassword) {
				faults = append(faults, alfrescotest.Fault{Status: 500, Summary: echo})
			}
			for _, status := range []int{401, 403, 409, 422} {
				faults = append(faults, alfrescotest.Fault{Status: status, Summary: "no: " + leakPassword + " " + basic})
			}
			for i, fault := range faults {
				// What is echoed takes the same way whatever the operation; the rest differs.
				for _, operation := range operations {
					if strings.HasPrefix(fault.Summary, "no: ") && fault.Status == 500 && operation != operations[i%2] {
						continue
					}
					fault.Operation = operation
					remove := l.alfresco.Inject(fault)
					ended := pass.Failed
					if refusal := fault.Status > 401 && fault.Status < 500; refusal && (operation == alfrescotest.Get || operation == alfrescotest.Put) {
						ended = pass.Completed // it is that node's outcome
					}
					l.pass(ended)
					remove()
				}
			}
			l.alfresco.SetReadOnly(true)
			l.pass(pass.Failed)
			l.check()
			l.requireClean()
		})
	}
	t.Run("with tickets", func(t *testing.T) {
		t.Parallel()
		l := newLeaks(t, map[string]string{"ALFRESCO_AUTH": "ticket"})
		l.fill(1)
		failing := func() {
			for _, fault := range []alfrescotest.Fault{{Status: 500, Summary: leakPassword}, {HTML: true}, {Cut: true}} {
				fault.Operation, fault.Times = alfrescotest.Ticket, 1
				l.alfresco.Inject(fault)
			}
		}
		failing()
		l.startWorker(l.env)
		l.untilLogged(preflightOver)
		l.alfresco.ClearFaults()
		failing() // for the pass: the worker's start may have used up the first ones
		l.alfresco.ExpireTickets()
		var asked atomic.Int64
		l.alfresco.OnRequest(func(operation alfrescotest.Operation, r *http.Request) {
			if operation != alfrescotest.Ticket && asked.Add(1)%3 == 0 {
				l.alfresco.ExpireTickets()
			}
			if operation == alfrescotest.Put {
				// The answer repeats the ticket of the request.
				header := r.Header.Get("Authorization")
				credentials, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(header, "Basic "))
				l.alfresco.Inject(alfrescotest.Fault{Operation: operation, Status: 409, Summary: header + " " + string(credentials), Times: 1})
			}
		})
		l.retried()
		l.pass(pass.Completed)
		l.check()
		l.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Ticket, Status: 403, Summary: leakPassword})
		l.alfresco.ExpireTickets()
		l.pass(pass.Failed)
		l.check()
		l.requireClean()
		require.Contains(t, l.hunt.forms, "ticket in base64")
	})
	t.Run("with a wrong password and Elasticsearch", func(t *testing.T) {
		t.Parallel()
		l := newLeaks(t, nil, alfrescotest.WithEngine(alfrescotest.Elasticsearch))
		l.fill(1)
		right := l.startWorker(l.env)
		l.untilLogged(preflightOver)
		l.apply("retryDelays: []")
		l.pass(pass.Failed)
		l.check()
		require.NoError(t, right.Stop())
		l.env["ALFRESCO_PASSWORD"] = leakPassword + "wrong"
		l.startWorker(l.env)
		l.pass(pass.Failed)
		l.check()
		l.env["ALFRESCO_PASSWORD"] = "" // and settings that are wrong
		l.env["KONTUR_KEY_FILE"] = leakKey
		l.check()
		l.requireClean()
	})
}

// The control: a secret that is planted in any of the places is found there.
func TestLeakSearchLooksIntoEveryPlace(t *testing.T) {
	t.Parallel()
	l := newLeaks(t, nil)
	metrics := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "calls{url=%q} 1\n", "/?key="+leakKey)
	}))
	t.Cleanup(metrics.Close)
	l.env["HTTP_ADDR"] = strings.TrimPrefix(metrics.URL, "http://")
	l.logs.WriteString(`{"msg":"asked","url":"/?key=` + writings(leakKey)["in a query"] + `"}`)
	l.said.WriteString(leakPassword)
	_, err := l.temporal.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID: pass.ScheduleID(l.id), Paused: true, Note: leakKey, Action: &client.ScheduleWorkflowAction{Workflow: "Planted", TaskQueue: l.queue, Args: []any{leakPassword}},
	})
	require.NoError(t, err)
	run, err := l.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "planted-" + l.id, TaskQueue: l.queue, Memo: map[string]any{pass.StateMemo: map[string]string{"error": leakKey}},
	}, "Planted", "input: "+leakPassword)
	require.NoError(t, err)
	require.NoError(t, l.temporal.TerminateWorkflow(t.Context(), run.GetID(), "", "because of "+writings(leakKey)["in HTML"]))
	l.runs = []string{run.GetRunID()}

	places := l.evidence()
	require.Len(t, places, 7)
	for place, text := range places {
		require.NotEmpty(t, l.hunt.find(text), "in %s", place)
	}
	require.Contains(t, l.hunt.find(places["history"]), "key from character 0", "the reason of the termination")
	require.Contains(t, l.hunt.find(places["history"]), "password in JSON", "the input")
}
