package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// visible is a run as visibility shows it.
func visible(id string, minute int, status enums.WorkflowExecutionStatus) *workflowpb.WorkflowExecutionInfo {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: report.WorkflowID("full_" + id + "@counterparty-sync")},
		StartTime: timestamppb.New(began.Add(time.Duration(minute) * time.Minute)), Status: status,
	}
	if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		info.CloseTime = timestamppb.New(info.StartTime.AsTime().Add(time.Second))
	}
	return info
}

func TestList(t *testing.T) {
	t.Parallel()
	const (
		running   = enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		completed = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
		failed    = enums.WORKFLOW_EXECUTION_STATUS_FAILED
		a, b, c   = "0000000001", "0000000002", "0000000003"
	)
	first := &workflowservice.ListWorkflowExecutionsResponse{NextPageToken: []byte("more"), Executions: []*workflowpb.WorkflowExecutionInfo{
		visible(a, 30, running), visible(c, 20, completed), visible("0000000004", 25, failed),
	}}
	second := &workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflowpb.WorkflowExecutionInfo{
		visible(b, 10, completed), visible(a, 0, completed), {Execution: &commonpb.WorkflowExecution{WorkflowId: "something else"}},
	}}
	tests := []struct {
		name string
		give desk.Page
		want []string
	}{
		{"newest first, by the first run", desk.Page{Size: 20}, []string{c, b, a}},
		{"oldest first", desk.Page{Size: 20, Order: desk.OldestFirst}, []string{a, b, c}},
		{"latest change first", desk.Page{Size: 20, Order: desk.LatestChangeFirst}, []string{a, c, b}},
		{"longest unchanged first", desk.Page{Size: 20, Order: desk.LongestUnchanged}, []string{b, c, a}},
		{"a page", desk.Page{Size: 1, Offset: 1}, []string{b}},
		{"beyond the end", desk.Page{Size: 5, Offset: 3}, nil},
		{"nonsense", desk.Page{Size: -1, Offset: -1}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, client := newWorld(t)
			w.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
				return r.Query == "WorkflowType = 'CounterpartyReport'" && len(r.NextPageToken) == 0
			})).Return(first, nil).Once()
			w.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
				return string(r.NextPageToken) == "more"
			})).Return(second, nil).Once()
			for _, id := range tt.want {
				w.ready("full_" + id + "@counterparty-sync")
			}
			listing, err := client.List(t.Context(), tt.give)
			require.NoError(t, err)
			require.Equal(t, 3, listing.Total)
			var got []string
			for _, reading := range listing.Readings {
				got = append(got, reading.Document.ID)
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// ready makes a report that is complete.
func (w world) ready(uid string) {
	d := &client.WorkflowExecutionDescription{}
	d.WorkflowExecution.RunID, d.Status, d.WorkflowStartTime, d.WorkflowCloseTime = uid, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, began, &ended
	w.On("DescribeWorkflow", mock.Anything, report.WorkflowID(uid), "").Return(d, nil)
	w.leftAt(uid, uid, report.Document{UID: uid, ID: uid[5:15]}, nil)
}
