package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// Reports are known by whom they are about, all over the server: those of these tests are about companies of their own.
const (
	waitedFor = 3000
	hookedOn  = 3999
	boundedBy = 4000
)

// TestAPassMovesOnThoughHundredsOfReportsWait looks at the order of the requests: a batch asks about several companies, a
// report about one.
func TestAPassMovesOnThoughHundredsOfReportsWait(t *testing.T) {
	t.Parallel()
	const waiting, batches, each = 200, 4, 3
	s := newStack(t, shared)
	s.fill(batches * each)
	for i := range waiting {
		s.kontur.AddCompany(konturtest.Invented(waitedFor + i))
	}
	// So slow that reports wait for longer than a busy machine takes to begin a pass.
	s.startWorker(map[string]string{"KONTUR_RPS": "2"})
	s.apply("sources: [req]\nbatchSize: 3")
	s.wait(waiting)
	require.Eventually(t, func() bool { return len(s.kontur.Requests()) > 5 }, patience, 10*time.Millisecond)

	status := s.trigger()
	require.Equal(t, "COMPLETED", status.Pass.Ended)
	asked := []bool{} // whether it was a batch
	for _, r := range s.kontur.Requests() {
		if r.Method == "req" {
			asked = append(asked, len(r.IDs) > 1)
		}
	}
	require.Less(t, len(asked), waiting, "reports still wait")
	found, meanwhile := 0, 0
	for _, batch := range asked {
		switch {
		case batch:
			found++
		case found > 0:
			meanwhile++
		}
	}
	require.Equal(t, batches, found)
	require.Positive(t, meanwhile, "and reports move on, too")
}

// wait starts reports that ask one source each, and ends those that are left when the test is over.
func (s *stack) wait(n int) {
	s.t.Helper()
	client := &desk.Client{Temporal: s.temporal, TaskQueue: s.queue, Now: time.Now}
	for i := range n {
		request, err := desk.Identify("requisites", konturtest.INN(waitedFor+i))
		require.NoError(s.t, err)
		made, err := client.Make(s.t.Context(), request)
		require.NoError(s.t, err)
		s.t.Cleanup(func() {
			_ = s.temporal.TerminateWorkflow(context.Background(), report.WorkflowID(made.UID), made.RunID, "test is over")
		})
	}
}

// TestAPassMovesOnThoughWebhooksHang: each call of a webhook waits for its answer, and there are far more of them than slots.
func TestAPassMovesOnThoughWebhooksHang(t *testing.T) {
	t.Parallel()
	const made = 100
	s := newStack(t, shared)
	s.fill(10)
	var hanging atomic.Int64
	over := make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hanging.Add(1)
		defer hanging.Add(-1)
		_, _ = io.Copy(io.Discard, r.Body) // only then does the context say that the caller gave up
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(hook.Close)
	t.Cleanup(func() { close(over) })
	s.kontur.AddCompany(konturtest.Invented(hookedOn))
	s.startWorker(map[string]string{
		"REPORTS_WEBHOOK_HOSTS": strings.TrimPrefix(hook.URL, "http://"), "REPORTS_WEBHOOK_HTTP": "true", "REPORTS_WEBHOOK_SECRET": "a-secret-of-tests-of-shares",
	})
	s.apply("sources: [req]")
	client := &desk.Client{Temporal: s.temporal, TaskQueue: s.queue, Now: time.Now}
	for i := range made {
		request, err := desk.Identify("requisites", konturtest.INN(hookedOn))
		require.NoError(t, err)
		request.IdempotenceKey, request.Webhook = fmt.Sprint(i), &report.Webhook{OnUpdate: hook.URL}
		started, err := client.Make(t.Context(), request)
		require.NoError(t, err)
		t.Cleanup(func() {
			_ = s.temporal.TerminateWorkflow(context.Background(), report.WorkflowID(started.UID), started.RunID, "test is over")
		})
	}
	require.Eventually(t, func() bool { return s.kontur.Count("req") >= made && hanging.Load() > 0 }, patience, 10*time.Millisecond)
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	require.Positive(t, hanging.Load(), "webhooks still wait for those that hang")
}
