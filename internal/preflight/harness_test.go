package preflight_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/grpc"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/preflight"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/secret"
)

// service answers DescribeNamespace and nothing else.
type service struct {
	workflowservice.WorkflowServiceClient
	err error
}

func (s service) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest, ...grpc.CallOption) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{}, s.err
}

// world is what a subject depends on.
type world struct {
	alfresco *alfrescotest.Server
	kontur   *konturtest.Server
	subject  preflight.Subject
	operator *operator
	// schedules are those of the namespace.
	schedules schedules
}

// schedules are schedules by their ids.
type schedules map[string]*client.ScheduleWorkflowAction

// add adds one whose passes run on a task queue, with the ids of the keys that its input is encrypted with; none for one that is not.
func (s schedules) add(id, taskQueue string, keys ...string) {
	action := &client.ScheduleWorkflowAction{TaskQueue: taskQueue, Memo: map[string]any{}}
	for _, key := range keys {
		payload := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(codec.EncodingEncrypted), "encryption-key-id": []byte(key)}}
		if key == "" {
			payload = &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}}
		}
		if len(action.Args) == 0 {
			action.Args = []any{payload}
		} else {
			action.Memo["sync"] = payload
		}
	}
	s[id] = action
}

type scheduleClient struct {
	client.ScheduleClient
	of schedules
}

func (c scheduleClient) List(context.Context, client.ScheduleListOptions) (client.ScheduleListIterator, error) {
	return &scheduleList{ids: slices.Sorted(maps.Keys(c.of))}, nil
}

func (c scheduleClient) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	return scheduleHandle{action: c.of[id]}
}

type scheduleList struct{ ids []string }

func (l *scheduleList) HasNext() bool { return len(l.ids) > 0 }

func (l *scheduleList) Next() (*client.ScheduleListEntry, error) {
	id := l.ids[0]
	l.ids = l.ids[1:]
	return &client.ScheduleListEntry{ID: id}, nil
}

type scheduleHandle struct {
	client.ScheduleHandle
	action *client.ScheduleWorkflowAction
}

func (h scheduleHandle) Describe(context.Context) (*client.ScheduleDescription, error) {
	return &client.ScheduleDescription{Schedule: client.Schedule{Action: h.action}}, nil
}

// operator answers for the search attributes of the namespace.
type operator struct {
	operatorservice.OperatorServiceClient
	has map[string]enums.IndexedValueType
	err error
}

func (o *operator) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: o.has}, o.err
}

func newWorld(t *testing.T, alfrescoOptions ...alfrescotest.Option) *world {
	t.Helper()
	w := &world{alfresco: alfrescotest.NewServer(t, alfrescoOptions...), kontur: konturtest.NewServer(t)}
	w.alfresco.Add(make([]alfrescotest.Node, 3)...)
	m, err := mapping.Default()
	require.NoError(t, err)
	types, err := report.DefaultTypes()
	require.NoError(t, err)
	w.subject = preflight.Subject{
		World:           outside.World{ReportTypes: types, Mapping: m},
		TemporalOptions: client.Options{HostPort: "127.0.0.1:7233", Namespace: "default"},
		NodeType:        "idocs:contractor", Sources: []string{"req"},
		Payloads: &codec.Codec{Compress: true}, TaskQueue: "counterparty-sync",
	}
	w.temporal(t, nil)
	w.login(t, alfrescotest.DefaultPassword)
	w.key(t, w.kontur.Key())
	return w
}

// temporal makes Temporal answer with an error, or well.
func (w *world) temporal(t *testing.T, err error) {
	c := mocks.NewClient(t)
	c.On("WorkflowService").Return(service{err: err}).Maybe()
	w.operator = &operator{has: map[string]enums.IndexedValueType{
		"CounterpartySyncId": enums.INDEXED_VALUE_TYPE_KEYWORD, "CounterpartySyncStatus": enums.INDEXED_VALUE_TYPE_KEYWORD,
	}}
	c.On("OperatorService").Return(w.operator).Maybe()
	w.schedules = schedules{}
	c.On("ScheduleClient").Return(scheduleClient{of: w.schedules}).Maybe()
	w.subject.Temporal = c
}

func (w *world) login(t *testing.T, password string) {
	t.Helper()
	w.speak(t, password, alfresco.REST)
}

func (w *world) speak(t *testing.T, password string, api alfresco.API) {
	t.Helper()
	c, err := alfresco.New(alfresco.Options{BaseURL: w.alfresco.URL(), User: alfrescotest.DefaultUser, Password: secret.New(password), API: api})
	require.NoError(t, err)
	w.subject.Alfresco = c
}

func (w *world) key(t *testing.T, key string) {
	t.Helper()
	c, err := kontur.New(kontur.Options{BaseURL: w.kontur.URL(), Key: secret.New(key), RequestsPerSecond: 1000})
	require.NoError(t, err)
	w.subject.Kontur = c
}
