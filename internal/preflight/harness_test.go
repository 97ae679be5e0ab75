package preflight_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/grpc"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
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
