package overview_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// temporal is a server with schedules and passes, as its lists show them.
type temporal struct {
	*mocks.Client
	now       time.Time
	schedules []*client.ScheduleListEntry
	passes    []*workflowpb.WorkflowExecutionInfo
	queries   []string
	down      error
}

func newTemporal(t *testing.T) *temporal {
	s := &temporal{Client: mocks.NewClient(t), now: noon}
	schedules := mocks.NewScheduleClient(t)
	s.On("ScheduleClient").Maybe().Return(schedules)
	schedules.On("List", mock.Anything, mock.Anything).Maybe().Return(func(context.Context, client.ScheduleListOptions) (client.ScheduleListIterator, error) {
		return &iterator{left: s.schedules}, s.down
	})
	return s
}

type iterator struct{ left []*client.ScheduleListEntry }

func (i *iterator) HasNext() bool { return len(i.left) > 0 }
func (i *iterator) Next() (*client.ScheduleListEntry, error) {
	first := i.left[0]
	i.left = i.left[1:]
	return first, nil
}

// ListWorkflow answers the three queries of a reader, one pass a page, the newest first.
func (s *temporal) ListWorkflow(_ context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	if len(request.NextPageToken) == 0 {
		s.queries = append(s.queries, request.Query)
	}
	var found []*workflowpb.WorkflowExecutionInfo
	for _, info := range s.passes {
		running := info.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		scheduledBy := string(info.SearchAttributes.GetIndexedFields()["TemporalScheduledById"].GetData())
		switch {
		case strings.Contains(request.Query, "ExecutionStatus = 'Running'") && running,
			strings.Contains(request.Query, "TemporalScheduledById = '"+strings.Trim(scheduledBy, `"`)+"'") && !running:
			found = append(found, info)
		case strings.Contains(request.Query, "CloseTime >= ") && !running:
			since, err := time.Parse(time.RFC3339Nano, strings.Trim(strings.Split(request.Query, "CloseTime >= ")[1], "'"))
			if err != nil {
				return nil, err
			}
			if !info.CloseTime.AsTime().Before(since) {
				found = append(found, info)
			}
		}
	}
	at := len(request.NextPageToken)
	if at >= len(found) {
		return &workflowservice.ListWorkflowExecutionsResponse{}, s.down
	}
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: found[at : at+1], NextPageToken: make([]byte, at+1)}, s.down
}

func (s *temporal) schedule(id string, change ...func(*client.ScheduleListEntry)) {
	entry := &client.ScheduleListEntry{ID: id}
	entry.WorkflowType.Name = string(pass.SyncWorkflow)
	for _, c := range change {
		c(entry)
	}
	s.schedules = append(s.schedules, entry)
}

// pass adds one, newer than those before. A zero end means that it runs; an empty how leaves the memo silent about it.
func (s *temporal) pass(t *testing.T, scheduleID, run string, end time.Time, how pass.Ended, state pass.State) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	by, err := converter.GetDefaultDataConverter().ToPayload(scheduleID)
	require.NoError(t, err)
	memo, err := converter.GetDefaultDataConverter().ToPayload(pass.Result{State: state, Ended: how, Counts: counterparty.Counts{Updated: 7}})
	require.NoError(t, err)
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: scheduleID + "-at", RunId: run},
		StartTime: timestamppb.New(s.now.Add(-time.Hour)), Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"TemporalScheduledById": by}},
		Memo:             &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: memo}},
	}
	if !end.IsZero() {
		info.CloseTime, info.Status = timestamppb.New(end), enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	}
	s.passes = append([]*workflowpb.WorkflowExecutionInfo{info}, s.passes...)
	return info
}

func (s *temporal) reader() *overview.Reader {
	return overview.NewReader(s, func() time.Time { return s.now })
}

// one looks, and returns the only sync.
func one(t *testing.T, r *overview.Reader) overview.Sync {
	t.Helper()
	view, err := r.Look(t.Context())
	require.NoError(t, err)
	require.Len(t, view.Syncs, 1)
	return view.Syncs[0]
}

var ready = pass.State{Status: pass.TriggerWaiting}

func TestLookReadsTheSchedule(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	friday := noon.AddDate(0, 0, 4)
	s.schedule("counterparty-sync-main", func(e *client.ScheduleListEntry) {
		e.NextActionTimes = []time.Time{friday, friday.AddDate(0, 0, 3), friday.AddDate(0, 0, 4)}
		e.RecentActions = []client.ScheduleActionResult{{}, {ScheduleTime: noon, ActualTime: noon.Add(90 * time.Second)}}
	})
	s.schedule("somebody-elses")
	s.schedule("counterparty-sync-foreign", func(e *client.ScheduleListEntry) { e.WorkflowType.Name = "Other" })
	got := one(t, s.reader())
	require.Equal(t, "main", got.ID)
	require.False(t, got.Paused)
	require.Equal(t, friday, got.Next)
	require.Equal(t, 96*time.Hour, got.Interval, "from the newest start, at noon, to Friday")
	require.Equal(t, 90*time.Second, *got.StartLag)
	require.Equal(t, pass.InitialState(), got.State)
	require.Nil(t, got.Last)
}

func TestLookTellsNoNextStartOfAPausedSync(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	s.schedule("counterparty-sync-main", func(e *client.ScheduleListEntry) {
		e.Paused, e.NextActionTimes = true, []time.Time{noon, noon.Add(time.Hour)}
		e.Spec = &client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}}
	})
	got := one(t, s.reader())
	require.True(t, got.Paused)
	require.Zero(t, got.Next)
	require.Zero(t, got.Interval)
	require.Nil(t, got.StartLag)
}

func TestLookCallsASyncThatStartsByHandOnlyNotPaused(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	s.schedule("counterparty-sync-main", func(e *client.ScheduleListEntry) { e.Paused, e.Spec = true, &client.ScheduleSpec{} })
	require.False(t, one(t, s.reader()).Paused)
}

// On a Saturday the next five starts of a sync that rests on weekends are a day apart.
func TestLookKnowsTheIntervalOverAWeekend(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	friday := time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)
	s.schedule("counterparty-sync-main", func(e *client.ScheduleListEntry) {
		e.RecentActions = []client.ScheduleActionResult{{ScheduleTime: friday, ActualTime: friday}}
		for day := range 5 {
			e.NextActionTimes = append(e.NextActionTimes, friday.AddDate(0, 0, 3+day))
		}
	})
	require.Equal(t, 72*time.Hour, one(t, s.reader()).Interval)
}

func TestLookFindsTheStateOfTheNewestPass(t *testing.T) {
	t.Parallel()
	waiting := pass.State{Status: pass.RetryWaiting, TryCount: 2, CountProcessedNodes: 40}
	failed := pass.State{Status: pass.Error, TryCount: 3}
	hourAgo, dayAgo := noon.Add(-time.Hour), noon.AddDate(0, 0, -1)
	tests := []struct {
		name          string
		give          func(*temporal)
		wantState     pass.State
		wantRunning   bool
		wantLast      string
		wantCompleted string
	}{
		{"one runs", func(s *temporal) {
			s.pass(t, "counterparty-sync-main", "before", hourAgo, pass.Failed, failed)
			s.pass(t, "counterparty-sync-main", "now", time.Time{}, "", waiting)
		}, waiting, true, "before", ""},
		{"one has just begun", func(s *temporal) {
			s.pass(t, "counterparty-sync-main", "now", time.Time{}, "", waiting).Memo = nil
		}, pass.State{Status: pass.InProgress}, true, "", ""},
		{"the last one failed, the one before completed", func(s *temporal) {
			s.pass(t, "counterparty-sync-main", "good", dayAgo, pass.Completed, ready)
			s.pass(t, "counterparty-sync-main", "bad", hourAgo, pass.Failed, failed)
		}, failed, false, "bad", "good"},
		{"stopped ones do not count as completed", func(s *temporal) {
			s.pass(t, "counterparty-sync-main", "good", dayAgo, pass.Completed, ready)
			s.pass(t, "counterparty-sync-main", "stopped", hourAgo, pass.Stopped, ready)
		}, ready, false, "stopped", "good"},
		{"terminated while it waited", func(s *temporal) {
			s.pass(t, "counterparty-sync-main", "cut", hourAgo, "", waiting).Status = enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
		}, pass.State{Status: pass.TriggerWaiting, CountProcessedNodes: 40}, false, "cut", ""},
		{"of another sync", func(s *temporal) {
			s.pass(t, "counterparty-sync-other", "other", hourAgo, pass.Completed, ready)
		}, pass.InitialState(), false, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newTemporal(t)
			s.schedule("counterparty-sync-main")
			test.give(s)
			got := one(t, s.reader())
			require.Equal(t, test.wantState, got.State)
			require.Equal(t, test.wantRunning, !got.RunningSince.IsZero())
			require.Equal(t, test.wantLast, runOf(got.Last))
			require.Equal(t, test.wantCompleted, runOf(got.Completed))
		})
	}
}

func runOf(p *overview.Pass) string {
	if p == nil {
		return ""
	}
	return p.RunID
}

func TestLookCountsEachPassOnceFromItsBeginningOn(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	s.schedule("counterparty-sync-main")
	s.pass(t, "counterparty-sync-main", "before", noon.Add(-time.Minute), pass.Completed, ready)
	r := s.reader()
	none := map[string]int{"COMPLETED": 0, "STOPPED": 0, "FAILED": 0, "CANCELED": 0, "TERMINATED": 0, "TIMED_OUT": 0}
	require.Equal(t, none, one(t, r).Ended, "what ended before the reader was made")

	s.pass(t, "counterparty-sync-main", "first", noon.Add(time.Minute), pass.Completed, ready)
	timedOut := s.pass(t, "counterparty-sync-main", "second", noon.Add(2*time.Minute), "", ready)
	timedOut.Status = enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT
	for range 3 {
		s.now = s.now.Add(3 * time.Minute)
		got := one(t, r)
		require.Equal(t, 1, got.Ended["COMPLETED"])
		require.Equal(t, 1, got.Ended["TIMED_OUT"])
	}
	s.now = s.now.Add(time.Hour)
	require.Equal(t, 1, one(t, r).Ended["COMPLETED"])
}

func TestLookCountsAllPassesOfASyncThatIsNew(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	r := s.reader()
	s.schedule("counterparty-sync-main")
	for i, run := range []string{"first", "second", "third"} {
		s.pass(t, "counterparty-sync-main", run, noon.Add(time.Duration(i+1)*time.Second), pass.Completed, ready)
	}
	require.Equal(t, 3, one(t, r).Ended["COMPLETED"])
}

func TestLookRemembersWhatTemporalForgets(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	s.schedule("counterparty-sync-main")
	s.pass(t, "counterparty-sync-main", "good", noon.AddDate(0, 0, -1), pass.Completed, ready)
	r := s.reader()
	one(t, r)
	s.passes, s.now = nil, noon.AddDate(0, 0, 5)
	require.Equal(t, "good", runOf(one(t, r).Completed))

	s.schedules = nil
	view, err := r.Look(t.Context())
	require.NoError(t, err)
	require.Empty(t, view.Syncs, "a deleted sync is gone at once")
	s.schedule("counterparty-sync-main")
	require.Nil(t, one(t, r).Completed, "one of the same id begins anew")
}

func TestLookAfterAnOutageFindsWhatEndedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	s.schedule("counterparty-sync-main")
	r := s.reader()
	one(t, r)
	s.down = errors.New("no connection")
	for range 5 {
		s.now = s.now.Add(10 * time.Minute)
		_, err := r.Look(t.Context())
		require.ErrorContains(t, err, "no connection")
	}
	s.down = nil
	s.pass(t, "counterparty-sync-main", "meanwhile", noon.Add(5*time.Minute), pass.Completed, ready)
	require.Equal(t, "meanwhile", runOf(one(t, r).Completed))
}

// A look costs one list of schedules and two of passes, however many syncs there are; only new ones cost one more each.
func TestLookIsCheap(t *testing.T) {
	t.Parallel()
	s := newTemporal(t)
	for _, id := range []string{"a", "b", "c"} {
		s.schedule("counterparty-sync-" + id)
	}
	r := s.reader()
	for range 2 {
		s.queries = nil
		_, err := r.Look(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, []string{
		"WorkflowType = 'CounterpartySync' AND ExecutionStatus = 'Running'",
		"WorkflowType = 'CounterpartySync' AND CloseTime >= '2026-03-02T11:50:00Z'",
	}, s.queries)
}
