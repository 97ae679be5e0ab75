package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

// ownServer is a server of one test, in memory: a namespace without search attributes.
func ownServer(t *testing.T) *temporalserver.Server {
	t.Helper()
	return rig.Temporal(t, temporalserver.Options{})
}

// listed are the ids of the workflows that a query finds, once it finds any.
func (s *stack) listed(query string) []string {
	s.t.Helper()
	var ids []string
	require.Eventually(s.t, func() bool {
		list, err := s.temporal.ListWorkflow(s.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: s.server.Namespace(), Query: query})
		if err != nil {
			return false
		}
		ids = nil
		for _, found := range list.Executions {
			ids = append(ids, found.Execution.WorkflowId)
		}
		return len(ids) > 0
	}, patience, 50*time.Millisecond, query)
	return ids
}

func (s *stack) addAttribute(name string, kind enums.IndexedValueType) {
	s.t.Helper()
	_, err := s.temporal.OperatorService().AddSearchAttributes(s.t.Context(), &operatorservice.AddSearchAttributesRequest{
		Namespace: s.server.Namespace(), SearchAttributes: map[string]enums.IndexedValueType{name: kind},
	})
	require.NoError(s.t, err)
}

// requireNeverStuck requires that a pass was never held up by search attributes, and has none of ours. A workflow task may
// fail for other reasons: a signal that came while the pass ended.
func (s *stack) requireNeverStuck(workflowID string) {
	s.t.Helper()
	require.False(s.t, strings.Contains(s.history(workflowID), "BAD_SEARCH_ATTRIBUTES"))
	description, err := s.temporal.DescribeWorkflow(s.t.Context(), workflowID, "")
	require.NoError(s.t, err)
	for _, name := range []string{pass.SyncIDAttribute, pass.StatusAttribute} {
		require.False(s.t, description.TypedSearchAttributes.ContainsKey(temporal.NewSearchAttributeKeyKeyword(name)), name)
	}
}

// A pass runs with search attributes and without; it is never they that hold it up.
func TestSearchAttributesAreAComfort(t *testing.T) {
	t.Parallel()
	s := newStack(t, ownServer(t))
	s.fill(15)
	s.startWorker()
	s.apply("retryDelays: []")

	status, out, errs := s.starter("", "setup", "--check")
	require.Equal(t, 1, status)
	require.Equal(t, "CounterpartySyncId      Keyword  missing\nCounterpartySyncStatus  Keyword  missing\n", out)
	require.Contains(t, errs, "starter setup registers them")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	s.requireNeverStuck(done.Pass.WorkflowID)

	require.Equal(t, "CounterpartySyncId      Keyword  added\nCounterpartySyncStatus  Keyword  added\n", s.must("", "setup"))
	const ready = "CounterpartySyncId      Keyword  ready\nCounterpartySyncStatus  Keyword  ready\n"
	require.Equal(t, ready, s.must("", "setup"), "it may be repeated")
	require.Equal(t, ready, s.must("", "setup", "--check"))
	require.JSONEq(t, `{"namespace":"default","searchAttributes":[{"name":"CounterpartySyncId","type":"Keyword","state":"ready"},
		{"name":"CounterpartySyncStatus","type":"Keyword","state":"ready"}]}`, s.must("", "setup", "-o", "json"))

	done = s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, []string{done.Pass.WorkflowID}, s.listed(fmt.Sprintf(`CounterpartySyncId = %q AND CounterpartySyncStatus = "COMPLETED"`, s.id)))
	require.ElementsMatch(t, []string{done.Pass.WorkflowID, done.Pass.WorkflowID + "/segment-1"}, s.listed(fmt.Sprintf("CounterpartySyncId = %q", s.id)))

	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Text: "broken"})
	require.Equal(t, "FAILED", s.trigger().Pass.Ended)
	require.Len(t, s.listed(`CounterpartySyncStatus = "ERROR"`), 1)
}

func TestSearchAttributesOfAnotherType(t *testing.T) {
	t.Parallel()
	s := newStack(t, ownServer(t))
	s.addAttribute("CounterpartySyncStatus", enums.INDEXED_VALUE_TYPE_TEXT)
	s.fill(15)
	s.startWorker()
	s.apply("retryDelays: []")
	for _, command := range []string{"--check=true", "--check=false"} {
		status, out, errs := s.starter("", "setup", command)
		require.Equal(t, 1, status)
		require.Regexp(t, `(?m)^CounterpartySyncStatus +Keyword +wrong type Text$`, out)
		require.Contains(t, errs, "search-attribute remove --name CounterpartySyncStatus")
	}
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	s.requireNeverStuck(done.Pass.WorkflowID)
}

func TestSearchAttributesWithoutRoom(t *testing.T) {
	t.Parallel()
	s := newStack(t, ownServer(t))
	for i := range 9 {
		s.addAttribute(fmt.Sprintf("Other%d", i), enums.INDEXED_VALUE_TYPE_KEYWORD)
	}
	status, out, errs := s.starter("", "setup")
	require.Equal(t, 1, status)
	require.Empty(t, out)
	require.Contains(t, errs, "cannot have more than 10 search attribute of type Keyword")
	require.Contains(t, errs, "hint: the namespace has room for 10 attributes of type Keyword")
	status, out, _ = s.starter("", "setup", "--check")
	require.Equal(t, 1, status)
	require.NotContains(t, out, "ready", "all or none are added")
}
