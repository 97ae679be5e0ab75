package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/webhook"
	"counterparty-sync/internal/secret"
)

func TestLoadReportType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := execute[report.Type](w.environment(), string(report.LoadType), report.LoadTypeRequest{Type: "full"})
	require.NoError(t, err)
	want, _ := w.types.Find("full")
	require.Equal(t, want, got, "with all defaults, through a history and back")

	_, err = execute[report.Type](w.environment(), string(report.LoadType), report.LoadTypeRequest{Type: "fool"})
	require.False(t, requireFailure(t, err, report.FailureUnknownType, false).Waitable)
	require.ErrorContains(t, err, `there is no report type "fool"; there are: requisites, full`)
}

func TestReadPreviousReport(t *testing.T) {
	t.Parallel()
	document := report.Document{UID: "full_0012345673@counterparty-sync", Content: []report.Content{{Source: "kontur.req", Data: json.RawMessage(`{"a":1}`)}}}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(document)
	require.NoError(t, err)
	const completed, terminated = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
	tests := []struct {
		name        string
		status      enums.WorkflowExecutionStatus
		describeErr error
		resultErr   error
		queryErr    error
		want        bool
		wantErr     string
	}{
		{name: "its result", status: completed, want: true},
		{name: "what it still tells if it was cut off", status: terminated, want: true},
		{name: "under way", status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, want: true},
		{name: "it never had a document", status: enums.WORKFLOW_EXECUTION_STATUS_FAILED, queryErr: serviceerror.NewQueryFailed(report.NotLoaded)},
		{name: "its retention is over", describeErr: serviceerror.NewNotFound("not found")},
		{name: "its retention ends just now", status: terminated, queryErr: serviceerror.NewNotFound("not found")},
		{name: "Temporal is down", describeErr: errors.New("refused"), wantErr: "describe report run first: refused"},
		{name: "the result can't be read", status: completed, resultErr: errors.New("broken"), wantErr: "read the result of report run first: broken"},
		{name: "no worker answers", status: terminated, queryErr: context.DeadlineExceeded, wantErr: "query report run first: context deadline exceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			description := &client.WorkflowExecutionDescription{}
			description.Status = tt.status
			c, run := &mocks.Client{}, &mocks.WorkflowRun{}
			c.On("DescribeWorkflow", mock.Anything, "workflow", "first").Return(description, tt.describeErr)
			c.On("GetWorkflow", mock.Anything, "workflow", "first").Return(run)
			c.On("GetWorkflowHistory", mock.Anything, "workflow", "first", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Return(inputOf(t, report.Request{}))
			c.On("QueryWorkflow", mock.Anything, "workflow", "first", string(report.Query)).Return(client.NewValue(payloads), tt.queryErr)
			run.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*report.Document) = document }).Return(tt.resultErr)
			w := newWorld(t)
			w.temporal = c
			got, err := execute[report.ReadPreviousResult](w.environment(), string(report.ReadPrevious), report.ReadPreviousRequest{WorkflowID: "workflow", RunID: "first"})
			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got.Document != nil)
			if tt.want {
				require.Equal(t, document.Content, got.Document.Content)
			}
		})
	}
}

// A refresh that was cut off before a worker saw it must not come between the report and the next refresh.
func TestReadPreviousReportOfTheRunBefore(t *testing.T) {
	t.Parallel()
	document := report.Document{UID: "full_0012345673@counterparty-sync"}
	for name, queryErr := range map[string]error{
		"no worker saw the run":     serviceerror.NewWorkflowNotReady("closed before WorkflowTaskStarted event"),
		"its type was never loaded": serviceerror.NewQueryFailed(report.NotLoaded),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cutOff, whole := &client.WorkflowExecutionDescription{}, &client.WorkflowExecutionDescription{}
			cutOff.Status, whole.Status = enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
			c, run := &mocks.Client{}, &mocks.WorkflowRun{}
			c.On("DescribeWorkflow", mock.Anything, "workflow", "second").Return(cutOff, nil)
			c.On("DescribeWorkflow", mock.Anything, "workflow", "first").Return(whole, nil)
			c.On("QueryWorkflow", mock.Anything, "workflow", "second", string(report.Query)).Return(nil, queryErr)
			c.On("GetWorkflowHistory", mock.Anything, "workflow", "second", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).
				Return(inputOf(t, report.Request{RefreshOf: "first"}))
			c.On("GetWorkflow", mock.Anything, "workflow", "first").Return(run)
			run.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*report.Document) = document }).Return(nil)
			w := newWorld(t)
			w.temporal = c
			got, err := execute[report.ReadPreviousResult](w.environment(), string(report.ReadPrevious), report.ReadPreviousRequest{WorkflowID: "workflow", RunID: "second"})
			require.NoError(t, err)
			require.NotNil(t, got.Document)
			require.Equal(t, document.UID, got.Document.UID)
		})
	}
}

// inputOf is the history of a run that was started with the request.
func inputOf(t *testing.T, request report.Request) client.HistoryEventIterator {
	t.Helper()
	input, err := converter.GetDefaultDataConverter().ToPayloads(request)
	require.NoError(t, err)
	events := &mocks.HistoryEventIterator{}
	events.On("HasNext").Return(true)
	events.On("Next").Return(&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{Input: input},
	}}, nil)
	return events
}

func TestNotifyWebhook(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	request := report.NotifyRequest{
		URL: server.URL + "/hook?token=t0ken", UID: "full_0012345673@counterparty-sync", Event: report.OnCompleteEvent, Complete: true,
		At: time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 3*3600)),
	}
	w := newWorld(t)
	notify := func() error {
		_, err := execute[any](w.environment(), string(report.Notify), request)
		return err
	}
	requireFailure(t, notify(), report.FailureWebhook, false)
	require.ErrorContains(t, notify(), "call the webhook at "+host+": the host is not allowed")
	require.Empty(t, bodies, "no host is allowed unless the operator says so")

	w.webhooks = webhook.New(webhook.Options{Hosts: []string{host}, PlainHTTP: true, Secret: secret.New("k3y-that-signs-the-calls")})
	require.NoError(t, notify())
	require.Equal(t, []string{`{"uid":"full_0012345673@counterparty-sync","event":"on_complete","complete":true,"at":"2026-01-02T00:04:05.678Z"}`}, bodies)

	status = http.StatusServiceUnavailable
	err := notify()
	requireFailure(t, err, report.FailureWebhook, true)
	require.NotContains(t, err.Error(), "t0ken")
	status = http.StatusForbidden
	requireFailure(t, notify(), report.FailureWebhook, false)
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.True(t, failure.HasDetails())
}
