package desk_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
)

const (
	inn = "0012345673"
	uid = "full_0012345673@counterparty-sync"
)

var (
	began = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)
	ended = began.Add(3 * time.Second)
	now   = began.Add(time.Hour)
)

var errNobody = serviceerror.NewFailedPrecondition("no poller seen")

// request is the one that the runs of the tests had.
func request() report.Request {
	return report.Request{Type: "full", By: counterparty.INN, ID: inn}
}

func types(t *testing.T) *report.Types {
	t.Helper()
	all, err := report.ParseTypes([]byte(`types:
  - id: full
    name: Everything
    sources:
      - {id: kontur.req, method: req}
      - {id: kontur.egr, method: egrDetails}
      - {id: kontur.contacts, method: contacts, optional: true}
  - id: short
    sources: [{id: kontur.req, method: req}]
`))
	require.NoError(t, err)
	return all
}

// document is a report whose three sources are in the states.
func document(t *testing.T, states ...sourcestate.State) report.Document {
	t.Helper()
	sources, err := sourcestate.New("kontur.req", "kontur.egr", "kontur.contacts")
	require.NoError(t, err)
	for i, s := range sources.Sources() {
		if i < len(states) && states[i] != sourcestate.NotStarted {
			require.NoError(t, sources.Set(s.ID, states[i], ""))
		}
	}
	return report.Document{
		UID: uid, Type: "full", Name: "Everything", By: counterparty.INN, ID: inn, CreatedAt: began, UpdatedAt: began, Sources: sources,
		Content: []report.Content{{Source: "kontur.req", Data: []byte(`{"inn":"0012345673"}`), AnsweredAt: began}}, Missing: []string{},
	}
}

// world is a Temporal server of the tests; expectations that are not met fail them.
type world struct {
	*mocks.Client
	t *testing.T
}

func newWorld(t *testing.T) (world, *desk.Client) {
	t.Helper()
	temporal := &mocks.Client{}
	t.Cleanup(func() { temporal.AssertExpectations(t) })
	return world{temporal, t}, &desk.Client{Temporal: temporal, TaskQueue: "main", Now: func() time.Time { return now }}
}

// has makes the server know a run; with latest it is the one that has no run id in the question.
func (w world) has(runID string, latest bool, status enums.WorkflowExecutionStatus) {
	w.hasWith(runID, latest, status, sourcestate.Sources{})
}

// hasWith is has with the states in the memo.
func (w world) hasWith(runID string, latest bool, status enums.WorkflowExecutionStatus, states sourcestate.Sources) {
	d := &client.WorkflowExecutionDescription{}
	if len(states.Sources()) > 0 {
		payload, err := converter.GetDefaultDataConverter().ToPayload(states)
		require.NoError(w.t, err)
		d.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{report.SourcesMemo: payload}}
	}
	d.WorkflowExecution.ID, d.WorkflowExecution.RunID = report.WorkflowID(uid), runID
	d.Status, d.WorkflowStartTime = status, began
	if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		d.WorkflowCloseTime = &ended
	}
	asked := runID
	if latest {
		asked = ""
	}
	w.On("DescribeWorkflow", mock.Anything, report.WorkflowID(uid), asked).Return(d, nil)
}

func (w world) hasNone() {
	w.On("DescribeWorkflow", mock.Anything, report.WorkflowID(uid), "").Return(nil, serviceerror.NewNotFound("no such workflow"))
}

// began makes the first event of a run's history.
func (w world) began(runID string, r report.Request) {
	input, err := converter.GetDefaultDataConverter().ToPayloads(r)
	require.NoError(w.t, err)
	events := &mocks.HistoryEventIterator{}
	events.On("HasNext").Return(true)
	events.On("Next").Return(&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{Input: input},
	}}, nil)
	w.On("GetWorkflowHistory", mock.Anything, report.WorkflowID(uid), runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Return(events)
}

// left makes the result of a run.
func (w world) left(runID string, d report.Document, err error) { w.leftAt(uid, runID, d, err) }

func (w world) leftAt(uid, runID string, d report.Document, err error) {
	run := &mocks.WorkflowRun{}
	run.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
		if into, ok := args.Get(1).(*report.Document); ok && err == nil {
			w.copy(d, into)
		}
	}).Return(err)
	w.On("GetWorkflow", mock.Anything, report.WorkflowID(uid), runID).Return(run)
}

// answers makes a run answer its query.
func (w world) answers(runID string, d report.Document) {
	payload, err := converter.GetDefaultDataConverter().ToPayloads(d)
	require.NoError(w.t, err)
	w.On("QueryWorkflow", mock.Anything, report.WorkflowID(uid), runID, string(report.Query)).Return(answer{payload}, nil)
}

func (w world) nobodyAnswers(runID string) {
	w.On("QueryWorkflow", mock.Anything, report.WorkflowID(uid), runID, string(report.Query)).Return(nil, errNobody)
}

// starts expects a run to be started with exactly the request and the policy.
func (w world) starts(want report.Request, policy enums.WorkflowIdReusePolicy, err error) {
	run := &mocks.WorkflowRun{}
	run.On("GetRunID").Return("new")
	options := mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return o.ID == report.WorkflowID(want.UID()) && o.TaskQueue == "main" && o.WorkflowIDReusePolicy == policy &&
			o.WorkflowIDConflictPolicy == enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL && o.WorkflowExecutionErrorWhenAlreadyStarted
	})
	call := w.On("ExecuteWorkflow", mock.Anything, options, string(report.Workflow), want).Once()
	if err != nil {
		call.Return(nil, err)
		return
	}
	call.Return(run, nil)
}

func alreadyStarted() error {
	return serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "request", "old")
}

func (w world) copy(d report.Document, into *report.Document) {
	payload, err := converter.GetDefaultDataConverter().ToPayload(d)
	require.NoError(w.t, err)
	require.NoError(w.t, converter.GetDefaultDataConverter().FromPayload(payload, into))
}

// answer is what a query gives.
type answer struct{ payloads *commonpb.Payloads }

func (a answer) HasValue() bool { return true }
func (a answer) Get(into any) error {
	return converter.GetDefaultDataConverter().FromPayloads(a.payloads, into)
}

var errBroken = errors.New("broken")
