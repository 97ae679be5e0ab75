package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// journalOf is `starter changes ID -o json`, decoded.
func (s *stack) journalOf(flags ...string) []journal.Entry {
	s.t.Helper()
	return s.entries(s.must("", append([]string{"changes", s.id, "-o", "json"}, flags...)...))
}

// entries reads JSON lines.
func (s *stack) entries(out string) []journal.Entry {
	s.t.Helper()
	var all []journal.Entry
	for line := range strings.Lines(out) {
		var e journal.Entry
		require.NoError(s.t, json.Unmarshal([]byte(line), &e), line)
		all = append(all, e)
	}
	return all
}

// nodesOf are the nodes of entries with an outcome.
func nodesOf(entries []journal.Entry, outcome counterparty.Outcome) []string {
	nodes := []string{}
	for _, e := range entries {
		if e.Outcome == outcome {
			nodes = append(nodes, e.NodeID)
		}
	}
	return nodes
}

func TestChangesTellsWhatAPassDidToEachNode(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(24)
	wrong := s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": "0012345"}},
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(900)}})
	s.startWorker()
	s.apply("")
	status, _, errs := s.starter("", "changes", s.id)
	require.Equal(t, cli.Failed, status)
	require.Contains(t, errs, "never ran")

	first := s.trigger()
	got := s.journalOf()
	require.ElementsMatch(t, ids, nodesOf(got, counterparty.Updated))
	require.Equal(t, wrong[:1], nodesOf(got, counterparty.InvalidID))
	require.Equal(t, wrong[1:], nodesOf(got, counterparty.NotFound))
	for _, e := range got {
		require.Equal(t, first.Pass.WorkflowID, e.Pass)
		require.NotEmpty(t, e.INN)
		require.False(t, e.Unsure)
		for _, c := range e.Changes {
			require.Equal(t, "req", c.Source)
		}
	}
	rejected := s.journalOf("--rejected")
	require.Len(t, rejected, 2)
	require.NotEmpty(t, rejected[0].Hint)

	t.Run("as a table for spreadsheets", func(t *testing.T) {
		out := s.must("", "changes", s.id, "-o", "csv", "--attribute", "idocs:kpp")
		reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff")))
		reader.Comma = ';'
		rows, err := reader.ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 1+len(ids))
		var became []string
		for _, row := range rows[1:] {
			became = append(became, strings.TrimPrefix(row[9], "\t"))
		}
		require.Contains(t, became, "001200001", "batches end in any order")
	})
	t.Run("after a second pass that found nothing to do", func(t *testing.T) {
		s.kontur.Update(konturtest.OGRN(3), func(c *konturtest.Company) { c.ShortName = `ООО "Ёлка"` })
		s.nextSecond(first)
		s.trigger()
		got := s.journalOf()
		require.Equal(t, ids[2:3], nodesOf(got, counterparty.Updated))
		updated := slices.IndexFunc(got, func(e journal.Entry) bool { return e.Outcome == counterparty.Updated })
		require.Equal(t, []counterparty.Change{{Attribute: "idocs:shortOrganizationName", Was: `ООО "Пример 3"`, Became: `ООО "Ёлка"`, Source: "req"}}, got[updated].Changes)
		require.Contains(t, s.must("", "changes", s.id), `idocs:shortOrganizationName: "ООО \"Пример 3\"" → "ООО \"Ёлка\"" (req)`)

		require.Len(t, s.journalOf("--pass", first.Pass.WorkflowID), 26, "older passes stay")
		require.Len(t, s.journalOf("--pass", first.Pass.WorkflowID+"/"+first.Pass.RunID), 26)
		require.Len(t, s.journalOf("--last", "2", "--outcome", "updated"), 25)
		require.Len(t, s.journalOf("--last", "5", "--limit", "4"), 4)
		var passes []syncs.PassRef
		for line := range strings.Lines(s.must("", "changes", s.id, "--passes", "-o", "json")) {
			var p syncs.PassRef
			require.NoError(t, json.Unmarshal([]byte(line), &p))
			passes = append(passes, p)
		}
		require.Len(t, passes, 2)
		require.Equal(t, first.Pass.WorkflowID, passes[1].WorkflowID)
		require.Equal(t, pass.Scheduled, passes[1].Kind)
		require.Equal(t, 24, passes[1].Counts.Updated)
	})
	t.Run("what Temporal no longer keeps is named", func(t *testing.T) {
		s.forget(first.Pass.WorkflowID + "/segment-1")
		status, out, errs := s.starter("", "changes", s.id, "--pass", first.Pass.WorkflowID, "-o", "json")
		require.Equal(t, cli.Failed, status)
		require.Empty(t, out)
		require.Contains(t, errs, first.Pass.WorkflowID+"/segment-1 is no longer kept")
		s.forget(first.Pass.WorkflowID)
		_, _, errs = s.starter("", "changes", s.id, "--pass", first.Pass.WorkflowID)
		require.Contains(t, errs, "pass "+first.Pass.WorkflowID+" is no longer kept: the namespace's retention is over")
	})
}

// nextSecond waits until a new pass gets a workflow id of its own: it has the second in which the pass starts.
func (s *stack) nextSecond(last syncs.Status) {
	s.t.Helper()
	second := last.Pass.StartedAt.Truncate(time.Second).Add(time.Second)
	require.Eventually(s.t, func() bool { return time.Now().After(second) }, patience, 20*time.Millisecond)
}

// forget deletes a workflow, as the end of its retention does.
func (s *stack) forget(workflowID string) {
	s.t.Helper()
	_, err := s.temporal.WorkflowService().DeleteWorkflowExecution(s.t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
	})
	require.NoError(s.t, err)
	require.Eventually(s.t, func() bool {
		_, err := s.temporal.DescribeWorkflowExecution(s.t.Context(), workflowID, "")
		return err != nil
	}, patience, 50*time.Millisecond)
}

// A pass that waits has told what it did; after its end each write is told once, although its batch was tried twice.
func TestChangesTellsAPassThatRunsAndOneThatFailed(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(25)
	heal := s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Skip: 13, Status: 500})
	s.startWorker()
	s.apply("retryDelays: [1h]\nlookahead: 1")
	s.must("", "trigger", s.id)
	s.until("RETRY_WAITING", func(st syncs.Status) bool { return st.State.Status == pass.RetryWaiting })
	during := s.journalOf()
	sure, unsure := 0, 0
	for _, e := range during {
		if e.Unsure {
			unsure++
		} else {
			sure++
		}
	}
	require.Equal(t, 13, sure, "the first batch is done, and three of the second one were written")
	require.GreaterOrEqual(t, unsure, 1, "the answers to others were broken")

	heal()
	s.must("", "retry", s.id)
	require.Equal(t, 25, s.until("its end", finished).Pass.Counts.Updated)
	after := s.journalOf()
	require.ElementsMatch(t, ids, nodesOf(after, counterparty.Updated), "each write once")
	for _, e := range after {
		require.False(t, e.Unsure)
	}
}
