package e2e_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/journal"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// plan is `starter plan ID -o json`, decoded.
func (s *stack) plan(flags ...string) []journal.Entry {
	s.t.Helper()
	return s.entries(s.must("", append([]string{"plan", s.id, "-o", "json", "-q"}, flags...)...))
}

// whatOnly leaves of entries what a plan and a pass must agree about, in order of the nodes.
func whatOnly(entries []journal.Entry) []journal.Entry {
	list := slices.Clone(entries)
	for i := range list {
		list[i].Time, list[i].Pass, list[i].RunID, list[i].Planned = time.Time{}, "", "", false
	}
	slices.SortFunc(list, func(a, b journal.Entry) int { return strings.Compare(a.NodeID, b.NodeID) })
	return list
}

// requireNoWrite requires that nothing that changes anything has reached Alfresco.
func (s *stack) requireNoWrite() {
	s.t.Helper()
	require.Empty(s.t, s.alfresco.Writes())
	require.Zero(s.t, s.alfresco.Count(alfrescotest.Put)+s.alfresco.Count(alfrescotest.Mutate)+s.alfresco.Count(alfrescotest.Create))
}

// All kinds of the sample data. What Alfresco alone refuses no plan can know: there it says what would be tried.
func TestPlanAndPassAgreeToTheLetter(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"rest", "records"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			sample.Fill(s.alfresco, s.kontur, 300, 11)
			s.startWorker(map[string]string{"ALFRESCO_API": api})
			s.apply("batchSize: 40\nsources: [req, egrDetails, contacts]\nmaxChanged: 5")
			before := s.status()
			planned := s.plan()
			s.requireNoWrite()
			require.Equal(t, before.State, s.status().State, "the state of the sync is not the plan's")
			require.Nil(t, s.status().Pass)
			for _, e := range planned {
				require.True(t, e.Planned)
				require.Equal(t, pass.Planned, pass.KindOf(e.Pass))
			}

			s.apply("batchSize: 40\nsources: [req, egrDetails, contacts]")
			require.Equal(t, string(pass.Completed), s.trigger().Pass.Ended)
			done := whatOnly(s.journalOf())
			would := whatOnly(planned)
			refused := nodesOf(done, counterparty.Rejected)
			byAlfresco := func(e journal.Entry) bool { return slices.Contains(refused, e.NodeID) }
			for _, e := range would {
				if byAlfresco(e) {
					require.Equal(t, counterparty.Updated, e.Outcome)
				}
			}
			require.Equal(t, slices.DeleteFunc(done, byAlfresco), slices.DeleteFunc(would, byAlfresco))
			require.NotEmpty(t, nodesOf(would, counterparty.Updated))
			require.NotEmpty(t, nodesOf(would, counterparty.NotFound))
			require.NotEmpty(t, nodesOf(would, counterparty.InvalidID))
			require.NotEmpty(t, nodesOf(would, counterparty.Ambiguous))
		})
	}
}

func TestPlanWritesNothingUnderAnyFault(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"rest", "records"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			ids := s.fill(25)
			s.startWorker(map[string]string{"ALFRESCO_API": api})
			s.apply("retryDelays: [10ms, 10ms, 10ms]")
			reading := []alfrescotest.Operation{alfrescotest.Search, alfrescotest.Get, alfrescotest.Metadata}
			if api == "records" {
				reading = []alfrescotest.Operation{alfrescotest.Query}
			}
			faults := map[string]alfrescotest.Fault{
				"error": {Status: 500}, "cut": {Cut: true}, "page of a proxy": {HTML: true}, "garbage": {Body: "{"},
				"slow down": {Status: 429, Header: map[string]string{"Retry-After": "1"}},
			}
			for name, fault := range faults {
				for _, op := range reading {
					fault.Operation, fault.Skip, fault.Times = op, 1, 2
					remove := s.alfresco.Inject(fault)
					planned := s.plan()
					remove()
					s.requireNoWrite()
					require.ElementsMatch(t, ids, nodesOf(planned, counterparty.Updated), "%s %s", name, op)
				}
			}
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500, Match: konturtest.Questions(2)})
			require.Len(t, s.plan(), len(ids))
			s.requireNoWrite()
			// For ever, so that the plan gives up.
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: 500})
			status, _, errs := s.starter("", "plan", s.id)
			require.Equal(t, cli.Failed, status)
			require.Contains(t, errs, "did not walk all nodes")
			s.requireNoWrite()
		})
	}
}

func TestPlanRunsBesideAPassAndTellsByItsExitStatus(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(25)
	s.startWorker()
	s.apply("retryDelays: [1h]")
	heal := s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: 500})
	s.must("", "trigger", s.id)
	waiting := s.until("RETRY_WAITING", func(st syncs.Status) bool { return st.State.Status == pass.RetryWaiting })
	tried := s.alfresco.Count(alfrescotest.Put)
	require.ElementsMatch(t, ids, nodesOf(s.plan(), counterparty.Updated))
	require.Equal(t, tried, s.alfresco.Count(alfrescotest.Put))
	require.Equal(t, waiting.State, s.status().State)
	require.Equal(t, waiting.Pass.RunID, s.status().Pass.RunID)

	status, out, _ := s.starter("", "plan", s.id, "--detailed-exitcode", "--attribute", "idocs:kpp")
	require.Equal(t, cli.Differs, status)
	require.Contains(t, out, "WOULD CHANGE  "+ids[0])
	require.Contains(t, out, "idocs:kpp: 25 changes")
	status, _, _ = s.starter("", "plan", s.id, "--detailed-exitcode", "--attribute", "idocs:nothing")
	require.Equal(t, cli.Done, status, "the filters decide")

	heal()
	s.must("", "retry", s.id)
	s.until("its end", finished)
	status, out, _ = s.starter("", "plan", s.id, "--detailed-exitcode")
	require.Equal(t, cli.Done, status)
	require.Equal(t, "nothing\n", out)
	s.fill(1)
	require.NotContains(t, s.must("", "changes", s.id, "-o", "json"), "plan-", "changes are what was done")
	require.Contains(t, s.must("", "changes", s.id, "--passes"), "  plan  ")
	require.Empty(t, s.plan("--from-checkpoint", "--id", konturtest.INN(3)))
}

func TestPlanOfTheCostAsksNobody(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(24)
	s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(1)}}, alfrescotest.Node{Properties: map[string]any{"idocs:inn": "1"}})
	s.startWorker()
	s.apply("sources: [req, contacts]")
	var cost map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.must("", "plan", s.id, "--cost", "-o", "json")), &cost))
	require.Equal(t, map[string]any{"id": s.id, "nodes": 26.0, "withoutIdentifier": 1.0, "identifiers": 25.0, "different": 24.0, "sources": []any{"req", "contacts"}}, cost)
	for _, r := range s.kontur.Requests() {
		require.Equal(t, "stat", r.Method, "but for what the worker's own check asks, which is free")
	}
	s.requireNoWrite()
	require.Contains(t, s.must("", "plan", s.id, "--cost"), "a pass asks about 25 identifiers (24 different ones) at each of: req, contacts")
}
