// Package e2e_test runs whole passes: real worker processes, the real Temporal server, real HTTP to the simulators, and
// the starter as people use it.
package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// both runs a test under either of Temporal's schedulers.
func both(t *testing.T, test func(t *testing.T, server *temporalserver.Server)) {
	t.Run("V1", func(t *testing.T) { t.Parallel(); test(t, shared) })
	t.Run("CHASM", func(t *testing.T) { t.Parallel(); test(t, sharedCHASM) })
}

func TestScheduleFiresAndTheSecondPassWritesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := newStack(t, server)
		ids := s.fill(35)
		s.startWorker()
		s.apply(`cron: "*/2 * * * * *"`)
		first := s.until("first pass", finished)
		require.Equal(t, "COMPLETED", first.Pass.Ended)
		require.Equal(t, 35, first.Pass.Counts.Updated)
		require.EqualValues(t, 35, first.State.CountProcessedNodes)
		require.Equal(t, pass.TriggerWaiting, first.State.Status)
		last, _ := s.alfresco.Get(ids[34])
		require.Equal(t, last.Dbid, *first.State.LastModifiedNodeDbid)
		require.Equal(t, `ООО "Пример 35"`, last.Properties["idocs:shortOrganizationName"])
		require.Len(t, s.alfresco.Writes(), 35)

		second := s.until("second pass", func(x syncs.Status) bool {
			return finished(x) && x.Pass.WorkflowID != first.Pass.WorkflowID
		})
		require.Equal(t, 35, second.Pass.Counts.Unchanged)
		require.EqualValues(t, 35, second.State.CountProcessedNodes)
		require.Nil(t, second.Pass.ResumedFrom)
		require.Len(t, s.alfresco.Writes(), 35, "the second pass writes nothing")
	})
}

func TestKonturDownIsRetriedGivenUpAndResumed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := filledStack(t, server, 50)
		s.apply("retryDelays: [2s, 3s, 4s]\nlookahead: 1")
		// Two batches are answered, then Kontur.Focus is down.
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: "Service Unavailable", Match: after(2)})
		s.must("", "trigger", s.id)
		for i, delay := range []time.Duration{2 * time.Second, 3 * time.Second, 4 * time.Second} {
			waiting := s.until("RETRY_WAITING", func(x syncs.Status) bool {
				return x.State.Status == pass.RetryWaiting && x.State.TryCount == i+1
			})
			require.NotNil(t, waiting.State.NextTry)
			require.WithinDuration(t, time.Now().Add(delay), *waiting.State.NextTry, delay)
			require.Contains(t, *waiting.State.Error, "503")
			require.EqualValues(t, 20, waiting.State.CountProcessedNodes)
		}
		failed := s.until("ERROR", finished)
		require.Equal(t, pass.Error, failed.State.Status)
		require.Equal(t, "FAILED", failed.Pass.Ended)
		require.Equal(t, 3, failed.State.TryCount)
		require.Nil(t, failed.State.NextTry)
		checkpoint := *failed.State.LastModifiedNodeDbid

		s.kontur.ClearFaults()
		next := s.trigger()
		require.Equal(t, "COMPLETED", next.Pass.Ended)
		require.Equal(t, checkpoint, *next.Pass.ResumedFrom)
		require.EqualValues(t, 50, next.State.CountProcessedNodes)
		require.Equal(t, 50, next.Pass.Counts.Updated)
		require.Nil(t, next.State.Error)
		require.Len(t, s.alfresco.Writes(), 50)

		full := s.trigger()
		require.Nil(t, full.Pass.ResumedFrom, "after a completed pass the next one starts from the beginning")
		require.Equal(t, 50, full.Pass.Counts.Unchanged)
	})
}

// after matches all requests but the first n.
func after(n int64) func(konturtest.Request) bool {
	var seen atomic.Int64
	return func(konturtest.Request) bool { return seen.Add(1) > n }
}

func TestKilledWorkerLosesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(60)
	first := s.startWorker()
	var puts atomic.Int64
	var once sync.Once
	killed := make(chan struct{})
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put && puts.Add(1) == 25 {
			once.Do(func() { first.Kill(); close(killed) })
		}
	})
	s.apply("")
	s.must("", "trigger", s.id)
	<-killed
	require.Less(t, len(s.alfresco.Writes()), 60)
	s.startWorker()
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.EqualValues(t, 60, done.State.CountProcessedNodes)
	require.Equal(t, 60, done.Pass.Counts.Total())
	require.Zero(t, done.State.TryCount)

	values := map[string]any{}
	for _, write := range s.alfresco.Writes() {
		if earlier, ok := values[write.NodeID]; ok {
			require.Equal(t, earlier, write.Properties["idocs:shortOrganizationName"], "written twice with different values")
		}
		values[write.NodeID] = write.Properties["idocs:shortOrganizationName"]
	}
	for _, id := range ids {
		require.Contains(t, values, id, "nobody is skipped")
	}
	require.NotContains(t, s.history(done.Pass.WorkflowID), "RETRY_WAITING", "a lost worker uses up no try")
}

func TestRestartedWorkerEndsRetryWaiting(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(20)
	worker := s.startWorker()
	s.apply("retryDelays: [1s, 1h]\nlookahead: 1")
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Text: "broken", Match: konturtest.Questions(2)})
	s.must("", "trigger", s.id)
	waiting := s.until("the long wait", func(x syncs.Status) bool { return x.State.TryCount == 2 && x.State.Status == pass.RetryWaiting })
	require.WithinDuration(t, time.Now().Add(time.Hour), *waiting.State.NextTry, time.Minute)
	require.NoError(t, worker.Stop())

	s.kontur.ClearFaults()
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Text: "still broken", Match: konturtest.Questions(1)})
	s.startWorker()
	// It goes on at once, fails, and that is try 1 again: the tries were reset.
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.EqualValues(t, 20, done.State.CountProcessedNodes)
	require.Contains(t, s.history(done.Pass.WorkflowID), "retry 1 of 2: kontur.req: ask Kontur.Focus req: status 500: still broken")
}

func TestChangedConfigurationRestartsTheRunningPass(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := filledStack(t, server, 300)
		s.kontur.SetLatency(500 * time.Millisecond)
		s.apply("")
		s.must("", "trigger", s.id)
		running := s.until("half of it", func(x syncs.Status) bool { return x.State.CountProcessedNodes >= 40 })
		require.Contains(t, s.apply(""), "unchanged")
		require.Equal(t, running.Pass.WorkflowID, s.status().Pass.WorkflowID)

		out := s.apply("batchSize: 50")
		require.Contains(t, out, "batchSize: 10 → 50")
		require.Contains(t, out, "is being stopped at a clean point")
		done := s.until("the new pass", func(x syncs.Status) bool { return finished(x) && x.Pass.WorkflowID != running.Pass.WorkflowID })
		require.Equal(t, "COMPLETED", done.Pass.Ended)
		require.Nil(t, done.Pass.ResumedFrom, "from the beginning")
		require.EqualValues(t, 300, done.State.CountProcessedNodes)
		require.Contains(t, s.history(running.Pass.WorkflowID), "STOPPED")
		require.Contains(t, s.history(done.Pass.WorkflowID), `"batchSize":50`)

		// With none running only the schedule changes.
		require.NotContains(t, s.apply("batchSize: 40"), "stopped")
		require.Equal(t, done.Pass.WorkflowID, s.status().Pass.WorkflowID)
	})
}

func TestResetStateBeginsAtTheBeginning(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 50)
	s.apply("retryDelays: []\nlookahead: 1")
	fail := func() {
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Text: "broken", Match: after(2)})
		failed := s.trigger()
		require.Equal(t, pass.Error, failed.State.Status)
		require.NotNil(t, failed.State.LastModifiedNodeDbid)
		s.kontur.ClearFaults()
	}
	fail()
	done := s.trigger("--reset")
	require.Nil(t, done.Pass.ResumedFrom)
	require.EqualValues(t, 50, done.State.CountProcessedNodes)

	fail()
	require.Contains(t, s.apply("retryDelays: []\nlookahead: 1", "--reset"), "reset")
	done = s.trigger()
	require.Nil(t, done.Pass.ResumedFrom)
	require.EqualValues(t, 50, done.State.CountProcessedNodes)
	fail()
	require.NotNil(t, s.trigger().Pass.ResumedFrom, "a reset counts once")
}

func TestWhatAPersonTypedMeanwhileIsNotOverwrittenByStaleData(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(10)
	// The first node's post address is empty when it is fetched; a person fills it in while Kontur.Focus is asked.
	s.kontur.Update(konturtest.OGRN(1), func(c *konturtest.Company) {
		c.Address = &konturtest.Address{OneLine: "000144, Примерная обл, г Примерск"}
	})
	var once sync.Once
	s.alfresco.OnRequest(func(op alfrescotest.Operation, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if looks := op == alfrescotest.Search && !bytes.Contains(body, []byte("TO MAX]")); looks {
			once.Do(func() {
				_ = s.alfresco.Edit(ids[0], map[string]any{"idocs:postAddress": "а/я 17", "idocs:shortOrganizationName": `ООО "Пример 1"`})
			})
		}
	})
	s.startWorker()
	s.apply("")
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	node, _ := s.alfresco.Get(ids[0])
	require.Equal(t, "а/я 17", node.Properties["idocs:postAddress"])
	for _, write := range s.alfresco.Writes() {
		if write.NodeID == ids[0] {
			require.NotContains(t, write.Properties, "idocs:postAddress")
			require.NotContains(t, write.Properties, "idocs:shortOrganizationName", "what equals already is not written")
		}
	}
}

func TestStoppedPassGoesOnFromTheCheckpoint(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := filledStack(t, server, 300)
		s.kontur.SetLatency(500 * time.Millisecond) // it outlasts the first progress and the next one
		s.apply("")
		require.Contains(t, s.must("", "stop", s.id), "has no running pass")
		s.must("", "trigger", s.id)
		s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes >= 30 })
		status, _, errs := s.starter("", "trigger", s.id)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "a pass is running")
		require.Contains(t, s.must("", "stop", s.id), "stopped")
		stopped := s.status()
		require.Equal(t, "STOPPED", stopped.Pass.Ended)
		require.Equal(t, pass.TriggerWaiting, stopped.State.Status)
		s.kontur.SetLatency(0)
		done := s.trigger()
		require.Equal(t, *stopped.State.LastModifiedNodeDbid, *done.Pass.ResumedFrom)
		require.EqualValues(t, 300, done.State.CountProcessedNodes)
		require.Len(t, s.alfresco.Writes(), 300)
	})
}

func TestTerminatedPassGoesOnFromItsMemo(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := filledStack(t, server, 400)
		s.kontur.SetLatency(400 * time.Millisecond)
		s.apply("")
		s.must("", "trigger", s.id)
		running := s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes >= 100 })
		require.NoError(t, s.temporal.TerminateWorkflow(t.Context(), running.Pass.WorkflowID, "", "by a person"))
		cut := s.until("the end", finished)
		require.Equal(t, "TERMINATED", cut.Pass.Ended)
		require.Equal(t, pass.TriggerWaiting, cut.State.Status)
		require.Contains(t, *cut.State.Error, "cut off (terminated)")
		s.kontur.SetLatency(0)
		done := s.trigger()
		require.NotNil(t, done.Pass.ResumedFrom)
		// The last word of the segment may have come too late for the memo.
		require.GreaterOrEqual(t, *done.Pass.ResumedFrom, *cut.State.LastModifiedNodeDbid)
		require.EqualValues(t, 400, done.State.CountProcessedNodes)
	})
}

// A signal that somebody forged stands in the memo of a pass that is cut off then. The next one walks all nodes all the same.
func TestForgedProgressOfATerminatedPassIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 100)
	s.kontur.Inject(konturtest.Fault{Method: "req", Delay: time.Minute, Match: func(r konturtest.Request) bool {
		return slices.Contains(r.IDs, konturtest.INN(50))
	}})
	s.apply("lookahead: 1")
	s.must("", "trigger", s.id)
	running := s.until("a part", func(x syncs.Status) bool { return x.State.CountProcessedNodes == 40 })
	forged := pass.Progress{Segment: 1, LastDbid: 99_999_999, Batches: 1000}
	require.NoError(t, s.temporal.SignalWorkflow(t.Context(), running.Pass.WorkflowID, "", string(pass.ProgressSignal), forged))
	s.until("forged", func(x syncs.Status) bool { return *x.State.LastModifiedNodeDbid == forged.LastDbid })
	require.NoError(t, s.temporal.TerminateWorkflow(t.Context(), running.Pass.WorkflowID, "", "by a person"))
	cut := s.until("the end", finished)
	require.Equal(t, forged.LastDbid, *cut.State.LastModifiedNodeDbid)
	s.kontur.ClearFaults()
	done := s.trigger()
	require.Equal(t, *running.State.LastModifiedNodeDbid, *done.Pass.ResumedFrom)
	require.EqualValues(t, 100, done.State.CountProcessedNodes)
	require.Len(t, s.alfresco.Writes(), 100)
}

func TestRetryCommandEndsTheWaiting(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 10)
	s.apply("retryDelays: [1h]")
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Text: "broken", Match: konturtest.Questions(1)})
	s.must("", "trigger", s.id)
	s.until("RETRY_WAITING", func(x syncs.Status) bool { return x.State.Status == pass.RetryWaiting })
	s.must("", "retry", s.id)
	require.Equal(t, "COMPLETED", s.until("the end", finished).Pass.Ended)
	status, _, errs := s.starter("", "retry", s.id)
	require.Equal(t, 1, status)
	require.Contains(t, errs, "no pass is waiting for a retry: the status is TRIGGER_WAITING")
}

func TestPausedScheduleDoesNotFireAndIsKeptByApply(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.apply(`cron: "* * * * * *"` + "\nenabled: false")
	require.True(t, s.status().Schedule.Paused)
	s.must("", "resume", s.id)
	s.must("", "pause", s.id, "--note", "the accountants asked")
	s.apply(`cron: "* * * * * *"` + "\nenabled: false\nbatchSize: 20")
	paused := s.status()
	require.True(t, paused.Schedule.Paused)
	require.Equal(t, "the accountants asked", paused.Schedule.Note)
	require.Empty(t, paused.Schedule.Next)
	require.Contains(t, s.apply(`cron: "* * * * * *"`+"\nenabled: true"), "enabled: false → true")
	require.False(t, s.status().Schedule.Paused)
	require.Len(t, s.status().Schedule.Next, 3)
	s.startWorker()
	s.until("a start", func(x syncs.Status) bool { return x.Pass != nil })
	s.must("", "pause", s.id)
	s.until("the end", finished)
	s.must("", "delete", s.id)
	status, _, errs := s.starter("", "status", s.id)
	require.Equal(t, 1, status)
	require.Contains(t, errs, "no such sync")
}

// history is the whole history of a workflow and of its segments, as JSON.
func (s *stack) history(workflowID string) string {
	s.t.Helper()
	var b []byte
	events := s.temporal.GetWorkflowHistory(s.t.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(s.t, err)
		b = append(b, decoded(s.t, event)...)
		b = append(b, '\n')
		if child := event.GetChildWorkflowExecutionStartedEventAttributes(); child != nil {
			b = append(b, s.history(child.WorkflowExecution.WorkflowId)...)
		}
	}
	return string(b)
}
