package connect_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	schedulepb "go.temporal.io/api/schedule/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/connect"
)

// keysFile is a file with a key; env names it.
func keysFile(t *testing.T, ids ...string) connect.Variables {
	t.Helper()
	text := "keys:\n"
	for _, id := range ids {
		line, err := codec.NewKey(id)
		require.NoError(t, err)
		text += line + "\n"
	}
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return connect.Variables{"PAYLOAD_KEYS_FILE": path}
}

func TestPayloadsTakesWhatTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	c, err := connect.Payloads(connect.Variables{})
	require.NoError(t, err)
	require.True(t, c.Compress)
	require.Nil(t, c.Keys)
	env := keysFile(t, "2026-11", "2026-10")
	env["PAYLOAD_COMPRESSION"] = "off"
	c, err = connect.Payloads(env)
	require.NoError(t, err)
	require.False(t, c.Compress)
	require.Equal(t, []string{"2026-11", "2026-10"}, c.Keys.IDs())
}

func TestPayloadsRefusesWhatIsNotAllowed(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none")
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	_, err := connect.Options(connect.Variables{"PAYLOAD_COMPRESSION": "zstd", "PAYLOAD_KEYS_FILE": missing, "TEMPORAL_ADDRESS": "nowhere"})
	require.ErrorContains(t, err, `PAYLOAD_COMPRESSION: "zstd" is not allowed; allowed: on or off`)
	require.ErrorContains(t, err, `PAYLOAD_KEYS_FILE: "`+missing+`" is not allowed; allowed: a file of payload keys; no such file or directory`)
	require.ErrorContains(t, err, "TEMPORAL_ADDRESS", "all at once")
	_, err = connect.Options(connect.Variables{"PAYLOAD_KEYS_FILE": empty})
	require.ErrorContains(t, err, `PAYLOAD_KEYS_FILE: "`+empty+`" is not allowed; allowed: a file of payload keys; keys is missing; allowed: a list of at least one key`)
}

// frontend is a Temporal that keeps what it is told, and says what it has been given to say.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	started *workflowservice.StartWorkflowExecutionRequest
	encoded []*commonpb.Payload
	failure *failurepb.Failure
}

func (f *frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (f *frontend) StartWorkflowExecution(_ context.Context, r *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	f.started = r
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "r"}, nil
}

func (f *frontend) GetWorkflowExecutionHistoryReverse(
	context.Context, *workflowservice.GetWorkflowExecutionHistoryReverseRequest,
) (*workflowservice.GetWorkflowExecutionHistoryReverseResponse, error) {
	return &workflowservice.GetWorkflowExecutionHistoryReverseResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{
		{Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
			ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{Result: &commonpb.Payloads{Payloads: f.encoded}}}},
		{Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
			ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{Failure: f.failure}}},
	}}}, nil
}

func (f *frontend) DescribeWorkflowExecution(context.Context, *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{"result": f.encoded[0]}}}}, nil
}

func (f *frontend) DescribeSchedule(context.Context, *workflowservice.DescribeScheduleRequest) (*workflowservice.DescribeScheduleResponse, error) {
	return &workflowservice.DescribeScheduleResponse{Schedule: &schedulepb.Schedule{Action: &schedulepb.ScheduleAction{
		Action: &schedulepb.ScheduleAction_StartWorkflow{StartWorkflow: &workflowpb.NewWorkflowExecutionInfo{Input: &commonpb.Payloads{Payloads: f.encoded}}}}}}, nil
}

// connected is a client with the environment's settings, and its server.
func connected(t *testing.T, env connect.Variables) (client.Client, *frontend, *codec.Codec) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f, server := &frontend{}, grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, f)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	all := connect.Variables{"TEMPORAL_ADDRESS": listener.Addr().String(), "TEMPORAL_CONFIG_FILE": os.DevNull}
	for name, value := range env {
		all[name] = value
	}
	options, err := connect.Options(all)
	require.NoError(t, err)
	c, err := client.NewLazyClient(options)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	payloads, err := connect.Payloads(all)
	require.NoError(t, err)
	f.failure = options.FailureConverter.ErrorToFailure(os.ErrNotExist)
	secret, err := options.DataConverter.ToPayload("7707083893")
	require.NoError(t, err)
	f.encoded = []*commonpb.Payload{secret}
	return c, f, payloads
}

func TestClientsEncodeWhatTheySend(t *testing.T) {
	t.Parallel()
	c, f, payloads := connected(t, keysFile(t, "2026-11"))
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "w", TaskQueue: "q", Memo: map[string]any{"memo": "7707083893"}, StaticSummary: "7707083893", StaticDetails: "7707083893",
	}, "Work", "7707083893")
	require.NoError(t, err)
	for what, payload := range map[string]*commonpb.Payload{
		"input": f.started.GetInput().GetPayloads()[0], "memo": f.started.GetMemo().GetFields()["memo"],
		"summary": f.started.GetUserMetadata().GetSummary(), "details": f.started.GetUserMetadata().GetDetails(),
	} {
		require.Equal(t, "2026-11", codec.KeyID(payload), what)
		plain, err := payloads.Decode([]*commonpb.Payload{payload})
		require.NoError(t, err, what)
		require.Equal(t, `"7707083893"`, string(plain[0].GetData()), what)
	}
}

func TestClientsDecodeWhatTheyRead(t *testing.T) {
	t.Parallel()
	c, f, _ := connected(t, keysFile(t, "2026-11"))
	require.Equal(t, "Encoded failure", f.failure.GetMessage())
	requireRead(t, c, func(payload *commonpb.Payload) { require.Equal(t, `"7707083893"`, string(payload.GetData())) })
	history, err := c.WorkflowService().GetWorkflowExecutionHistoryReverse(t.Context(), &workflowservice.GetWorkflowExecutionHistoryReverseRequest{})
	require.NoError(t, err)
	require.Equal(t, os.ErrNotExist.Error(), history.GetHistory().GetEvents()[1].GetActivityTaskFailedEventAttributes().GetFailure().GetMessage())
}

// What lacks a key is left as it is, so that the rest is seen, and says so when it is needed.
func TestClientsLeaveWhatTheyCannotDecode(t *testing.T) {
	t.Parallel()
	_, other, _ := connected(t, keysFile(t, "2026-10"))
	for name, env := range map[string]connect.Variables{"no keys": nil, "another key": keysFile(t, "2026-11")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, f, _ := connected(t, env)
			f.encoded, f.failure = other.encoded, other.failure
			requireRead(t, c, func(payload *commonpb.Payload) {
				var text string
				require.ErrorContains(t, codec.Decoded.FromPayload(payload, &text), `encrypted with key "2026-10", which PAYLOAD_KEYS_FILE does not have`)
			})
		})
	}
}

// requireRead requires something of each payload that comes with what is only read.
func requireRead(t *testing.T, c client.Client, is func(*commonpb.Payload)) {
	t.Helper()
	service := c.WorkflowService()
	history, err := service.GetWorkflowExecutionHistoryReverse(t.Context(), &workflowservice.GetWorkflowExecutionHistoryReverseRequest{})
	require.NoError(t, err)
	is(history.GetHistory().GetEvents()[0].GetActivityTaskCompletedEventAttributes().GetResult().GetPayloads()[0])
	described, err := service.DescribeWorkflowExecution(t.Context(), &workflowservice.DescribeWorkflowExecutionRequest{})
	require.NoError(t, err)
	is(described.GetWorkflowExecutionInfo().GetMemo().GetFields()["result"])
	schedule, err := service.DescribeSchedule(t.Context(), &workflowservice.DescribeScheduleRequest{})
	require.NoError(t, err)
	is(schedule.GetSchedule().GetAction().GetStartWorkflow().GetInput().GetPayloads()[0])
}
