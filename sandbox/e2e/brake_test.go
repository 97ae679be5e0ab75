package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// held walks until the brake holds the pass, in its fourth batch of ten, and kills the worker while it waits.
func (s *stack) held(more string) syncs.Status {
	s.t.Helper()
	s.fill(100)
	worker := s.startWorker()
	s.apply("maxChanged: 35\n" + more)
	s.must("", "trigger", s.id)
	status := s.until("a hold", isHeld)
	worker.Kill()
	require.Len(s.t, s.alfresco.Writes(), 30, "nothing of the batch that is held, nor of those behind it, was written")
	return status
}

func isHeld(s syncs.Status) bool { return s.State.Status == pass.ApprovalWaiting }

// noMore requires that no node was written since the hold.
func (s *stack) noMore() {
	s.t.Helper()
	require.Len(s.t, s.alfresco.Writes(), 30)
}

func TestBrakeTrippedAndApproved(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	status := s.held("")
	require.Equal(t, 1, status.Pass.Hold.Number)
	require.Equal(t, 10, status.Pass.Hold.Evidence.Changed)
	require.Contains(t, *status.State.Error, "40 nodes in all would be changed and maxChanged is 35")
	require.WithinDuration(t, time.Now().Add(24*time.Hour), *status.State.NextTry, time.Hour)

	// Without a worker the answer is kept for the pass.
	_, out, errs := s.starter("", "approve", s.id)
	require.Contains(t, out, "approved: hold 1 of "+status.Pass.WorkflowID)
	require.Contains(t, errs, "no worker has taken the answer yet")
	s.noMore()

	s.startWorker()
	status = s.until("the end", finished)
	require.Equal(t, "COMPLETED", status.Pass.Ended)
	require.Equal(t, 100, status.Pass.Counts.Updated)
	require.Equal(t, pass.Approved, status.Pass.Hold.Answer)
	require.Len(t, s.alfresco.Writes(), 100)
	code, _, errs := s.starter("", "approve", s.id)
	require.Equal(t, cli.Failed, code)
	require.Contains(t, errs, "no pass is waiting for approval: the status is TRIGGER_WAITING")
}

func TestBrakeTrippedAndRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.held("")
	s.startWorker()
	s.untilLogged(preflightOver)
	require.True(t, isHeld(s.status()), "the start of a worker does not approve")
	code, _, errs := s.starter("", "retry", s.id)
	require.Equal(t, cli.Failed, code)
	require.Contains(t, errs, "APPROVAL_WAITING")
	text := s.must("", "status", s.id)
	for _, part := range []string{"gives up", "would change 10 of 10 nodes of the batch", "idocs:shortOrganizationName", "(nothing) → ООО"} {
		require.Contains(t, text, part)
	}

	require.Contains(t, s.must("", "refuse", s.id, "--reason", "a wrong mapping"), "refused: hold 1")
	status := s.until("the end", finished)
	require.Equal(t, "FAILED", status.Pass.Ended)
	require.Equal(t, pass.Error, status.State.Status)
	require.Contains(t, *status.State.Error, "refused by an operator (a wrong mapping)")
	s.noMore()

	// The next pass goes on from the checkpoint, and with what the walk has changed.
	s.must("", "trigger", s.id)
	status = s.until("the next hold", func(x syncs.Status) bool { return isHeld(x) && x.Pass.WorkflowID != status.Pass.WorkflowID })
	require.EqualValues(t, 30, status.State.CountProcessedNodes)
	s.noMore()
	s.must("", "stop", s.id)
	require.Equal(t, "STOPPED", s.status().Pass.Ended)
	s.noMore()
}

func TestBrakeTrippedAndForgotten(t *testing.T) {
	t.Parallel()
	s := newStack(t, sharedCHASM)
	s.held("approvalTimeout: 10s")
	s.startWorker()
	status := s.until("the end", finished)
	require.Equal(t, "FAILED", status.Pass.Ended)
	require.Equal(t, pass.Forgotten, status.Pass.Hold.Answer)
	require.Contains(t, *status.State.Error, "not approved within 10s")
	s.noMore()
}

// Whoever waits for a pass in a script is told that it waits for a person.
func TestWaitingForAHeldPassSaysSo(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 20)
	s.apply("maxChanged: 0\napprovalTimeout: 6s")
	code, _, errs := s.starter("", "trigger", s.id, "--wait")
	require.Equal(t, cli.Failed, code)
	require.Contains(t, errs, "APPROVAL_WAITING  starter approve "+s.id)
	require.Empty(t, s.alfresco.Writes())
}

func TestPlanSaysWhetherThePassWouldBeHeld(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 30)
	s.apply("maxChangedShare: 50%")
	_, _, errs := s.starter("", "plan", s.id)
	require.Contains(t, errs, "a pass would be held by its brake: 30 of about 30 nodes in all would be changed and maxChangedShare is 50%")
	require.Empty(t, s.alfresco.Writes())
	s.apply("maxChangedShare: 100%")
	_, _, errs = s.starter("", "plan", s.id)
	require.NotContains(t, errs, "brake")
}

// A worker that dies in the midst of a batch leaves writes that its successor must count: once, and all of them.
func TestBrakeCountsTheWritesOfAWorkerThatDied(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(30)
	slow := map[string]string{"ALFRESCO_CONCURRENCY": "1"}
	worker := s.startWorker(slow)
	s.apply("maxChanged: 30")
	died := make(chan struct{})
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put && s.alfresco.Count(op) == 15 {
			worker.Kill()
			close(died)
		}
	})
	s.must("", "trigger", s.id)
	select {
	case <-died:
	case <-time.After(patience):
		require.Fail(t, "the worker does not get there")
	}
	s.startWorker(slow)
	status := s.until("the end", func(x syncs.Status) bool { return finished(x) || isHeld(x) })
	require.Equal(t, "COMPLETED", status.Pass.Ended)
	require.Equal(t, 30, status.Pass.Counts.Updated)
	require.Nil(t, status.Pass.Hold)
}

// Another configuration needs no answer: the pass that waits is stopped, and a new one starts.
func TestAppliedChangeEndsAHold(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.held("")
	s.startWorker()
	s.apply("maxChanged: 1000")
	status := s.until("a pass under the new file", func(x syncs.Status) bool { return finished(x) && x.Pass.Ended == "COMPLETED" })
	require.Equal(t, 70, status.Pass.Counts.Updated)
}

func TestWalkThatFindsNothingMoreIsAnError(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(20)
	s.startWorker()
	s.apply("")
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	for _, id := range ids {
		s.alfresco.Delete(id)
	}
	for range 2 {
		status := s.trigger()
		require.Equal(t, pass.Error, status.State.Status)
		require.True(t, strings.HasPrefix(*status.State.Error, "there are no nodes of type idocs:contractor, and the last walk found 20; hint: "), *status.State.Error)
	}
	s.apply("allowEmpty: true")
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
}
