package host

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/pass"
)

// nextTry is when the waits of the passes would end.
var nextTry = time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)

// running is a pass that runs, with its status in the memo; empty: it has no memo yet.
func running(t *testing.T, id string, status pass.Status, wakes ...int) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	result := pass.Result{State: pass.State{Status: status}}
	if status == pass.RetryWaiting {
		result.NextTry = &nextTry
	}
	for _, n := range wakes {
		result.Wakes = n
	}
	info := &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run-of-" + id}}
	if status == "" {
		return info
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(result)
	require.NoError(t, err)
	info.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{pass.StateMemo: payload}}
	return info
}

// lists makes the client list pages of passes.
func lists(c *mocks.Client, pages ...[]*workflowpb.WorkflowExecutionInfo) {
	token := func(page int) []byte {
		if page == 0 || page == len(pages) {
			return nil
		}
		return []byte{byte(page)}
	}
	for i, executions := range pages {
		c.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
			return string(r.NextPageToken) == string(token(i)) &&
				r.Query == "WorkflowType = 'CounterpartySync' AND TaskQueue = 'queue' AND ExecutionStatus = 'Running'"
		})).Once().Return(&workflowservice.ListWorkflowExecutionsResponse{Executions: executions, NextPageToken: token(i + 1)}, nil)
	}
}

func expectSignal(c *mocks.Client, id string, err error) {
	c.On("SignalWorkflow", mock.Anything, id, "run-of-"+id, "retry", pass.Retry{ResetTries: true, NextTry: &nextTry}).Once().Return(err)
}

func TestWakeSignalsOnlyPassesInRetryWaiting(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	unreadable := running(t, "unreadable", pass.RetryWaiting)
	unreadable.Memo.Fields[pass.StateMemo] = &commonpb.Payload{Data: []byte("?")}
	lists(c,
		[]*workflowpb.WorkflowExecutionInfo{running(t, "at-work", pass.InProgress), running(t, "waiting-1", pass.RetryWaiting), running(t, "new", "")},
		[]*workflowpb.WorkflowExecutionInfo{},
		[]*workflowpb.WorkflowExecutionInfo{unreadable, running(t, "waiting-2", pass.RetryWaiting), running(t, "failed", pass.Error)},
	)
	expectSignal(c, "waiting-1", nil)
	expectSignal(c, "waiting-2", nil)
	require.NoError(t, wake(t.Context(), c, "queue", zap.NewNop()))
}

func TestWakeOfAPassThatEndedMeanwhileIsNoError(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	c := mocks.NewClient(t)
	lists(c, []*workflowpb.WorkflowExecutionInfo{running(t, "ended", pass.RetryWaiting), running(t, "waiting", pass.RetryWaiting)})
	expectSignal(c, "ended", serviceerror.NewNotFound("workflow execution already completed"))
	expectSignal(c, "waiting", nil)
	require.NoError(t, wake(t.Context(), c, "queue", zap.New(core)))
	require.Equal(t, 1, logs.Len(), "only who was woken is said to be")
	require.Equal(t, map[string]any{"pass": "waiting"}, logs.All()[0].ContextMap())
}

// Workers that crash again and again would fill its history with signals that it does not hear.
func TestWakeLeavesAPassThatWasWokenOftenEnough(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	c := mocks.NewClient(t)
	lists(c, []*workflowpb.WorkflowExecutionInfo{running(t, "often", pass.RetryWaiting, pass.MaxWakes), running(t, "less", pass.RetryWaiting, pass.MaxWakes-1)})
	expectSignal(c, "less", nil)
	require.NoError(t, wake(t.Context(), c, "queue", zap.New(core)))
	require.Equal(t, 1, logs.FilterMessage("pass woken from RETRY_WAITING").Len())
	left := logs.FilterLevelExact(zap.WarnLevel).All()
	require.Len(t, left, 1)
	require.Equal(t, "pass not woken: workers have started too often since its last commit", left[0].Message)
	require.Equal(t, map[string]any{"pass": "often", "wakes": int64(pass.MaxWakes), "next": nextTry}, left[0].ContextMap())
}

func TestWakeTakesATaskQueueWithAnyPrintableCharacter(t *testing.T) {
	t.Parallel()
	c := mocks.NewClient(t)
	c.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
		return strings.Contains(r.Query, `TaskQueue = 'it\'s\\here' AND`)
	})).Once().Return(&workflowservice.ListWorkflowExecutionsResponse{}, nil)
	require.NoError(t, wake(t.Context(), c, `it's\here`, zap.NewNop()))
}

func TestWakeFails(t *testing.T) {
	t.Parallel()
	t.Run("listing", func(t *testing.T) {
		t.Parallel()
		c := mocks.NewClient(t)
		c.On("ListWorkflow", mock.Anything, mock.Anything).Once().Return(nil, errors.New("no visibility"))
		require.EqualError(t, wake(t.Context(), c, "queue", zap.NewNop()), "list running passes: no visibility")
	})
	t.Run("signalling", func(t *testing.T) {
		t.Parallel()
		c := mocks.NewClient(t)
		lists(c, []*workflowpb.WorkflowExecutionInfo{running(t, "waiting", pass.RetryWaiting)})
		expectSignal(c, "waiting", errors.New("no connection"))
		require.EqualError(t, wake(t.Context(), c, "queue", zap.NewNop()), "wake pass waiting: no connection")
	})
}
