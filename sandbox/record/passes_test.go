package record_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

const (
	activityStarted  = enums.EVENT_TYPE_ACTIVITY_TASK_STARTED
	cancelAsked      = enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
	signalled        = enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
	childTerminated  = enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED
	timerCancelled   = enums.EVENT_TYPE_TIMER_CANCELED
	timerFired       = enums.EVENT_TYPE_TIMER_FIRED
	memoChanged      = enums.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED
	progressSignal   = enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
	activityCanceled = enums.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED
)

// down is an outage for so many questions; 0: for all.
func down(questions int) konturtest.Fault {
	f := konturtest.Fault{Method: "req", Status: http.StatusServiceUnavailable, Text: "Service Unavailable"}
	if questions > 0 {
		f.Match = konturtest.Questions(questions)
	}
	return f
}

// after lets the first n requests pass.
func after(n int64, f konturtest.Fault) konturtest.Fault {
	var seen atomic.Int64
	matches := f.Match
	f.Match = func(r konturtest.Request) bool { return seen.Add(1) > n && (matches == nil || matches(r)) }
	return f
}

// firstBatch fails the question about the first four companies once, after a delay, and the parts in which it is asked again.
func firstBatch(delay time.Duration) []konturtest.Fault {
	holds := func(r konturtest.Request) bool {
		return slices.ContainsFunc(r.IDs, func(id string) bool {
			return slices.Contains([]string{konturtest.INN(1), konturtest.INN(2), konturtest.INN(3), konturtest.INN(4)}, id)
		})
	}
	whole, parts := down(0), down(0)
	whole.Times, whole.Delay, whole.Match = 1, delay, holds
	parts.Match = func(r konturtest.Request) bool { return len(r.IDs) < 4 && holds(r) }
	return []konturtest.Fault{whole, parts}
}

func passScenarios() []scenario {
	return []scenario{
		{name: "first-pass", play: func(s *stage) run {
			s.fill(10)
			// Its progress is to arrive before its end does.
			s.alfresco.SetLatency(alfrescotest.Latency{Search: 300 * time.Millisecond})
			s.startWorker()
			s.apply()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"all is updated", h.result().Counts.Updated == 10 && h.result().Ended == pass.Completed},
				{"it looks for the pass before", h.activities("FindPreviousPass") == 1},
				{"three batches are written", segments[0].activities("DiffAndUpdate") == 3},
				{"the end is found", segments[0].activities("FetchBatch") == 3 && segments[0].segment().Done},
				{"progress is told", h.events(signalled) > 0 && segments[0].events(progressSignal) > 0},
				{"the state is in the memo", h.events(memoChanged) >= 2},
				{"and in the search attributes", h.has(`"` + pass.StatusAttribute + `"`)},
			}
		}},
		{name: "without-search-attributes", on: bare, play: func(s *stage) run {
			s.fill(5)
			s.startWorker()
			s.apply()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it asks and sets none", h.activities(string(pass.CheckSearchAttributes)) == 1 && !h.has(`"`+pass.StatusAttribute+`"`) && !segments[0].has(`"`+pass.SyncIDAttribute+`"`)},
				{"all is updated", h.result().Ended == pass.Completed && h.result().Counts.Updated == 5},
			}
		}},
		{name: "nothing-to-do", play: func(s *stage) run {
			s.fill(10)
			s.startWorker()
			s.apply()
			s.pass()
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"all is well", h.result().Counts.Unchanged == 10 && h.result().Counts.Updated == 0},
				{"it starts from the beginning", h.result().ResumedFrom == nil},
				{"the schedule hands over a result", h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetLastCompletionResult() != nil},
			}
		}},
		{name: "no-nodes", play: func(s *stage) run {
			s.startWorker()
			s.apply()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"nothing is walked", h.result().Ended == pass.Completed && h.result().Counts.Total() == 0},
				{"nobody is asked", segments[0].activities("QuerySource") == 0 && segments[0].activities("FetchBatch") == 1},
			}
		}},
		{name: "many-segments", on: impatient, play: func(s *stage) run {
			s.fill(40)
			s.startWorker()
			s.apply("lookahead: 2")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"all is updated", h.result().Counts.Updated == 40},
				{"three segments or more", len(segments) >= 3},
				{"all but the last end because the server suggests to continue as new", slices.ContainsFunc(segments[0].Events, suggests) &&
					!segments[0].segment().Done && segments[0].segment().Failure == nil && segments[len(segments)-1].segment().Done},
			}
		}},
		{name: "by-ogrn", play: func(s *stage) run {
			ids := s.fill(5)
			for i, id := range ids {
				require.NoError(s.t, s.alfresco.Edit(id, map[string]any{"idocs:ogrn": konturtest.OGRN(i + 1)}))
			}
			s.startWorker()
			s.apply("searchParam: ogrn", "sources: [req, egrDetails, contacts]")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"all is updated", h.result().Counts.Updated == 5},
				{"three sources are asked", segments[0].activities("QuerySource") == 6},
				{"by OGRN", segments[0].has(`"by":"ogrn"`)},
			}
		}},
		{name: "from-the-checkpoint", play: func(s *stage) run {
			s.fill(6)
			s.startWorker()
			s.apply()
			s.pass()
			s.apply("start: checkpoint")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it goes on from the last node", h.result().Ended == pass.Completed && h.result().ResumedFrom != nil},
				{"young nodes are left for later", segments[0].has(`"createdBefore":"`)},
			}
		}},
		{name: "by-hand", play: func(s *stage) run {
			s.fill(5)
			s.startWorker()
			return s.byHand(map[string]any{})
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"defaults do", h.result().Ended == pass.Completed && h.result().Counts.Updated == 5},
				{"no schedule, no pass before", h.activities("FindPreviousPass") == 0},
			}
		}},
		{name: "invalid-configuration", play: func(s *stage) run {
			s.startWorker()
			return s.byHand(map[string]any{"batchSize": 1000})
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it fails at once", h.ends() == "Failed" && len(segments) == 0},
				{"and says why", h.result().Error != nil && strings.Contains(*h.result().Error, "batchSize")},
			}
		}},
		{name: "retry-and-recovery", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply("lookahead: 1")
			s.kontur.Inject(after(1, down(2)))
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"two waits", h.timers("retry 1 of 3") == 1 && h.timers("retry 2 of 3") == 1},
				{"a segment for each try", len(segments) == 3 && segments[0].segment().Failure != nil && segments[2].segment().Done},
				{"all is updated in the end", h.result().Counts.Updated == 12 && h.result().TryCount == 0},
			}
		}},
		{name: "written-ahead", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply()
			s.kontur.Inject(firstBatch(4 * time.Second)...)
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"later batches are written before the one that failed", len(segments) == 2 && len(segments[0].segment().Ahead) > 0},
				{"and are not walked again", segments[1].activities("DiffAndUpdate") < 3 && segments[1].has(`"ahead":[`)},
				{"all is updated", h.result().Counts.Updated == 12},
			}
		}},
		{name: "called-off", play: func(s *stage) run {
			s.fill(16)
			s.startWorker()
			s.apply()
			s.kontur.Inject(firstBatch(time.Second)...)
			s.kontur.Inject(konturtest.Fault{Method: "req", Delay: 4 * time.Second, Times: 3})
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"what comes behind the failed batch is called off", segments[0].events(activityCanceled) > 0},
				{"all is updated", h.result().Counts.Updated == 16},
			}
		}},
		{name: "half-written", play: func(s *stage) run {
			ids := s.fill(8)
			s.startWorker()
			s.apply("lookahead: 1")
			s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[3], Status: http.StatusTooManyRequests, Times: 3})
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"what a failed try has written is handed on", len(segments) > 1 && segments[0].segment().Failure != nil &&
					len(segments[0].segment().Written) > 0 && segments[1].has(`"written":[`)},
				{"and counts", h.result().Counts.Updated == 8},
			}
		}},
		{name: "gave-up", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply("lookahead: 1", "retryDelays: [1s, 1s]")
			s.kontur.Inject(after(1, down(0)))
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"every try is used", h.timers("retry ") == 2},
				{"it fails and hands on its checkpoint", h.ends() == "Failed" && h.result().Status == pass.Error && h.result().LastModifiedNodeDbid != nil},
			}
		}},
		{name: "gave-up-at-once", play: func(s *stage) run {
			s.fill(5)
			s.startWorker()
			s.apply()
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusForbidden, Text: "Forbidden"})
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"what waiting can't mend is not waited for", h.timers("retry ") == 0 && h.ends() == "Failed"},
				{"and says what to do", h.result().Error != nil && strings.Contains(*h.result().Error, "hint: ")},
			}
		}},
		{name: "resume-after-error", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply("lookahead: 1", "retryDelays: []")
			s.kontur.Inject(after(1, down(0)))
			s.pass()
			s.kontur.ClearFaults()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the schedule hands over a failure", h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedFailure() != nil},
				{"it goes on from the checkpoint", h.result().ResumedFrom != nil && len(segments) == 1 && segments[0].activities("DiffAndUpdate") == 2},
				{"and goes on counting", h.result().CountProcessedNodes == 12},
			}
		}},
		{name: "resume-from-the-memo", play: func(s *stage) run {
			s.fill(40)
			s.startWorker()
			s.apply()
			s.kontur.SetLatency(300 * time.Millisecond)
			cut := s.running("a part is done", hasStarted)
			require.NoError(s.t, s.temporal.TerminateWorkflow(s.t.Context(), cut.workflowID, cut.runID, "recorded"))
			s.ended()
			s.kontur.SetLatency(0)
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"the schedule hands over nothing", h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetLastCompletionResult() == nil},
				{"the memo of the terminated pass does", h.result().ResumedFrom != nil && h.result().CountProcessedNodes == 40},
			}
		}},
		{name: "rate-limited", play: func(s *stage) run {
			s.fill(8)
			s.startWorker()
			s.apply("retryDelays: []")
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusTooManyRequests, RetryAfter: "1", Text: "Too Many Requests", Times: 3})
			s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: http.StatusServiceUnavailable, Header: map[string]string{"Retry-After": "1"}, Times: 1})
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it waits as Kontur.Focus asks", segments[0].timers("Kontur.Focus asks to wait") >= 2},
				{"and as Alfresco asks", segments[0].timers("Alfresco asks to wait") >= 1},
				{"it uses up no try", h.result().Ended == pass.Completed && h.timers("retry ") == 0 && len(segments) == 1},
			}
		}},
		{name: "per-node-rejects", play: perNodeRejects, shows: func(h history, segments []history) []claim {
			c := h.result().Counts
			return []claim{
				{"one node of each kind", c.Updated == 1 && c.NotFound == 1 && c.Ambiguous == 1 && c.InvalidID == 2 && c.Rejected == 1 && c.Gone == 1},
				{"none of them fails the batch", h.result().Ended == pass.Completed && len(segments) == 1},
				{"a batch without a usable identifier asks nobody", segments[0].activities("QuerySource") < segments[0].activities("DiffAndUpdate")},
			}
		}},
		{name: "stopped", play: func(s *stage) run {
			s.fill(40)
			s.startWorker()
			s.apply()
			s.kontur.SetLatency(time.Second) // so that somebody is being asked when it is stopped
			stopped := s.running("a part is done", hasStarted)
			s.starter("", "stop", s.id)
			return stopped
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it is cancelled and ends in order", h.events(cancelAsked) == 1 && h.ends() == "Completed" && h.result().Ended == pass.Stopped},
				{"so does its segment", segments[0].segment().Stopped && segments[0].events(activityCanceled) > 0},
				{"a part is done", h.result().CountProcessedNodes > 0 && h.result().CountProcessedNodes < 40},
			}
		}},
		{name: "stopped-while-waiting", play: func(s *stage) run {
			s.fill(4)
			s.startWorker()
			s.apply("retryDelays: [1h]")
			s.kontur.Inject(down(0))
			stopped := s.running("it waits", waits)
			s.starter("", "stop", s.id)
			return stopped
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"the wait is called off", h.timers("retry 1 of 1") == 1 && h.events(timerCancelled) >= 1},
				{"it ends in order", h.ends() == "Completed" && h.result().Ended == pass.Stopped},
			}
		}},
		{name: "retried-at-once", play: func(s *stage) run {
			s.fill(4)
			s.startWorker()
			s.apply("retryDelays: [1h]")
			s.kontur.Inject(down(1))
			s.running("it waits", waits)
			s.starter("", "retry", s.id)
			return s.ended()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"a signal ends the waiting", h.has(`"signalName":"retry"`) && h.events(timerFired) == 0},
				{"it completes", h.result().Ended == pass.Completed},
			}
		}},
		{name: "woken-by-a-worker", play: func(s *stage) run {
			s.fill(4)
			kill := s.startWorker()
			s.apply("retryDelays: [1h]")
			s.kontur.Inject(down(2))
			s.running("it waits", waits)
			asked := s.kontur.Count("req")
			kill()
			s.startWorker()
			s.until("it waits again", func() bool { return s.kontur.Count("req") > asked && waits(s.status().State) })
			s.starter("", "retry", s.id)
			return s.ended()
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"the new worker resets the tries", h.has(`{"resetTries":true,"nextTry":`) && h.timers("retry 1 of 1") == 2},
				{"it completes", h.result().Ended == pass.Completed},
			}
		}},
		{name: "waiting", play: func(s *stage) run {
			s.fill(8)
			s.startWorker()
			s.apply("retryDelays: [1h]", "lookahead: 1")
			s.kontur.Inject(after(1, down(0)))
			return s.running("it waits", waits)
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"it is open, and waits", h.ends() == "open" && h.timers("retry 1 of 1") == 1}}
		}},
		{name: "configuration-changed", play: func(s *stage) run {
			s.fill(40)
			s.startWorker()
			s.apply()
			s.kontur.SetLatency(time.Second)
			first := s.running("a part is done", hasStarted)
			s.apply("batchSize: 10")
			s.kontur.SetLatency(0)
			s.until("the next pass", func() bool { return s.status().Pass.WorkflowID != first.workflowID })
			return s.ended()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the new pass starts from the beginning", h.result().Ended == pass.Completed && h.result().ResumedFrom == nil},
				{"under the new configuration", segments[0].has("next 10 nodes after dbid 0")},
				{"and knows of the stopped one", h.has(`"ended":"STOPPED"`)},
			}
		}},
		{name: "worker-lost", play: func(s *stage) run {
			s.fill(12)
			kill := s.startWorker()
			s.apply()
			var puts atomic.Int64
			s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
				if op == alfrescotest.Put && puts.Add(1) == 6 {
					kill() // it never gets the answer
				}
			})
			s.starter("", "trigger", s.id)
			s.until("the worker is lost", func() bool { return puts.Load() >= 6 })
			s.startWorker()
			return s.ended()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"an activity is started again after its worker was lost", slices.ContainsFunc(segments[0].Events, startedAgain)},
				{"it uses up no try", h.result().Ended == pass.Completed && h.timers("retry ") == 0},
				{"nobody is lost", h.result().Counts.Total() == 12},
			}
		}},
		{name: "segment-lost", play: func(s *stage) run {
			s.fill(40)
			s.startWorker()
			s.apply()
			s.kontur.SetLatency(300 * time.Millisecond)
			r := s.running("a part is done", hasStarted)
			require.NoError(s.t, s.temporal.TerminateWorkflow(s.t.Context(), r.workflowID+"/segment-1", "", "recorded"))
			s.kontur.SetLatency(0)
			return s.ended()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the segment is terminated and another one goes on", h.events(childTerminated) == 1 && len(segments) == 2},
				{"its history is read", h.activities(string(pass.ReadProgress)) == 1},
				{"what it told stands", h.result().Ended == pass.Completed && h.result().Counts.Total() == 40},
			}
		}},
		{name: "nobody-known", play: func(s *stage) run {
			s.fill(25)
			s.startWorker()
			s.apply("batchSize: 25", "retryDelays: [100ms]")
			s.pass()
			s.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.Nothing, Times: 2})
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"those that were known before are asked about", segments[0].has("req: does it know any of 3 others?") && segments[0].activities("QuerySource") == 2},
				{"it is an outage", h.timers("retry ") == 1 && segments[0].activities("DiffAndUpdate") == 0},
				{"and over then", h.result().Ended == pass.Completed && h.result().Counts.Unchanged == 25},
			}
		}},
		{name: "nobody-known-yet", play: func(s *stage) run {
			s.fill(60)
			for n := range 30 {
				s.kontur.Remove(konturtest.OGRN(n + 1))
			}
			s.startWorker()
			s.apply("batchSize: 20", "lookahead: 1")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"those of other nodes are asked about", segments[0].has("req: does it know any of 20 others?") && segments[0].activities("QuerySource") == 4},
				{"and some are known", h.result().Counts.NotFound == 30 && h.result().Counts.Updated == 30},
			}
		}},
		{name: "source-left-out", play: func(s *stage) run {
			s.fill(8)
			s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1000})
			s.startWorker()
			s.apply("sources: [req, contacts]", "lookahead: 1")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it goes on without the source", h.result().Ended == pass.Completed && len(segments) == 2},
				{"and says so to those who write", segments[1].has(`"leftOut":["contacts"]`)},
				{"the source is asked once", segments[0].has("contacts: ") && !segments[1].has(`"source":"contacts"`)},
			}
		}},
	}
}

// byHand starts a pass without a schedule, as people do with `temporal workflow start`.
func (s *stage) byHand(input any) run {
	s.t.Helper()
	started, err := s.temporal.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{ID: s.id, TaskQueue: s.queue}, string(pass.SyncWorkflow), input)
	require.NoError(s.t, err)
	_ = started.Get(s.t.Context(), nil)
	return run{started.GetID(), started.GetRunID()}
}

// perNodeRejects has one node of each outcome; the last batch has no identifier that may be asked.
func perNodeRejects(s *stage) run {
	ids := s.fill(4) // the first one is updated
	s.kontur.Remove(konturtest.OGRN(2))
	rival := company(50)
	rival.INN = konturtest.INN(3)
	s.kontur.AddCompany(rival)
	s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[3], Status: http.StatusUnprocessableEntity, Key: "integrity", Summary: "refused"})
	s.kontur.AddCompany(company(5))
	ids = append(ids, s.alfresco.Add(
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(5)}},
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": "12"}},
		alfrescotest.Node{Properties: map[string]any{}},
	)...)
	var once atomic.Bool
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Get && once.CompareAndSwap(false, true) {
			s.alfresco.Delete(ids[4])
		}
	})
	s.startWorker()
	s.apply("batchSize: 5")
	return s.pass()
}
