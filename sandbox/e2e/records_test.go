package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/syncs"
)

var recordsEnv = map[string]string{"ALFRESCO_API": "records"}

// withRecords gives the stack an Alfresco that has Citeck's Records API and all of its habits.
func (s *stack) withRecords() *stack {
	s.alfresco = alfrescotest.NewServer(s.t, alfrescotest.WithRecords(alfrescotest.Unsure{}), alfrescotest.WithCiteckNames())
	return s
}

// judged are the outcomes that the pass tells node by node. Alfresco words its refusals differently with each API.
func (s *stack) judged(status syncs.Status) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	activities := map[int64]string{}
	events := s.temporal.GetWorkflowHistory(s.t.Context(), status.Pass.WorkflowID+"/segment-1", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(s.t, err)
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil {
			activities[event.EventId] = scheduled.ActivityType.Name
		}
		completed := event.GetActivityTaskCompletedEventAttributes()
		if completed == nil || activities[completed.ScheduledEventId] != string(pass.DiffAndUpdate) {
			continue
		}
		var result pass.DiffAndUpdateResult
		require.NoError(s.t, converter.GetDefaultDataConverter().FromPayloads(completed.Result, &result))
		for _, node := range result.Nodes {
			if node.Outcome == counterparty.Rejected {
				require.NotEmpty(s.t, node.Reason)
				node.Reason = ""
			}
			text, err := json.Marshal(node)
			require.NoError(s.t, err)
			all[node.NodeID] = string(text)
		}
	}
	return all
}

// One pass over the sample with each API: the same outcomes node by node, and the same nodes afterwards, to the letter.
func TestRecordsComeToTheSameAsREST(t *testing.T) {
	t.Parallel()
	const nodes = 700
	type left struct {
		counts     counterparty.Counts
		outcomes   map[string]string
		properties map[string]map[string]any
		dbids      []int64
	}
	run := func(t *testing.T, env map[string]string) (left, *stack) {
		s := newStack(t, shared).withRecords()
		sample.Fill(s.alfresco, s.kontur, nodes, 7)
		s.startWorker(env)
		s.apply("batchSize: 100\nsources: [req, egrDetails, contacts]")
		first := s.trigger()
		require.Equal(t, "COMPLETED", first.Pass.Ended)
		l := left{counts: first.Pass.Counts, outcomes: s.judged(first), properties: map[string]map[string]any{}}
		for _, n := range s.alfresco.Nodes("idocs:contractor") {
			l.properties[n.ID] = n.Properties
			l.dbids = append(l.dbids, n.Dbid)
		}
		writes := len(s.alfresco.Writes())
		require.Equal(t, first.Pass.Counts.Updated, writes)
		second := s.trigger()
		require.Equal(t, "COMPLETED", second.Pass.Ended)
		require.Zero(t, second.Pass.Counts.Updated)
		require.Len(t, s.alfresco.Writes(), writes, "the second pass writes nothing")
		return l, s
	}
	var rest, records left
	t.Run("REST", func(t *testing.T) {
		var s *stack
		rest, s = run(t, nil)
		require.Zero(t, s.alfresco.Count(alfrescotest.Mutate)+s.alfresco.Count(alfrescotest.Query))
	})
	t.Run("records", func(t *testing.T) {
		var s *stack
		records, s = run(t, recordsEnv)
		for _, op := range []alfrescotest.Operation{alfrescotest.Search, alfrescotest.Metadata, alfrescotest.Get, alfrescotest.Put} {
			require.Zero(t, s.alfresco.Count(op), op)
		}
	})
	require.Equal(t, nodes, rest.counts.Total())
	require.Positive(t, rest.counts.Rejected)
	require.NotEmpty(t, rest.outcomes)
	require.Equal(t, rest, records)
}

// A batch whose answer is lost has been written all the same: it is found equal, and counts as UPDATED once.
func TestRecordsLoseTheAnswerToABatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give alfrescotest.Fault
	}{
		{"to the write", alfrescotest.Fault{Operation: alfrescotest.Mutate, After: true, Cut: true, Skip: 1, Times: 1}},
		{"to the look whether it stands", alfrescotest.Fault{Operation: alfrescotest.Query, Cut: true, Skip: 9, Times: 1}},
		{"of a proxy in between", alfrescotest.Fault{Operation: alfrescotest.Mutate, After: true, Status: 502, HTML: true, Times: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			s.fill(35)
			s.alfresco.Inject(tt.give)
			s.startWorker(recordsEnv)
			s.apply("retryDelays: [100ms]")
			done := s.trigger()
			require.Equal(t, "COMPLETED", done.Pass.Ended)
			require.Equal(t, 35, done.Pass.Counts.Updated)
			require.Len(t, s.alfresco.Writes(), 35, "nothing is written twice")
		})
	}
}

// Whatever goes wrong now and then, each node is written once and counts once.
func TestRecordsUnderFaults(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared).withRecords()
	ids := s.fill(40)
	for i := 5; i < len(ids); i += 20 {
		s.alfresco.SetFlags(ids[i], false, true, false)
	}
	s.startWorker(recordsEnv)
	s.untilLogged(preflightOver)
	faults := []alfrescotest.Fault{
		{Status: 503}, {Cut: true}, {After: true, Cut: true}, {HTML: true}, {After: true, Body: "{"}, {Status: 500, Summary: "broken"},
		{Body: `{"records":[],"messages":[{"level":"ERROR","type":"t","msg":{"type":"PSQLException","msg":"connection lost"}}]}`},
	}
	// Gaps that differ, so that no fault hits the same request of each try.
	gaps := []int{8, 9, 11}
	var mu sync.Mutex
	hits, left := 0, gaps[0]
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if left--; left <= 0 && (op == alfrescotest.Query || op == alfrescotest.Mutate) {
			fault := faults[hits%len(faults)]
			fault.Operation, fault.Times = op, 1
			s.alfresco.Inject(fault)
			hits++
			left = gaps[hits%len(gaps)]
		}
	})
	s.apply("batchSize: 5\nlookahead: 1\nretryDelays: [50ms, 50ms, 50ms, 50ms, 50ms, 50ms, 50ms, 50ms]")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, counterparty.Counts{Updated: 38, Rejected: 2}, done.Pass.Counts)
	require.Len(t, s.alfresco.Writes(), 38, "nothing is written twice")
}

func TestRecordsSurviveAKilledWorker(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared).withRecords()
	s.fill(60)
	first := s.startWorker(recordsEnv)
	var once sync.Once
	killed := make(chan struct{})
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Mutate && s.alfresco.Count(op) == 3 {
			once.Do(func() { first.Kill(); close(killed) })
		}
	})
	s.apply("")
	s.must("", "trigger", s.id)
	<-killed
	s.startWorker(recordsEnv)
	done := s.until("the end", finished)
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 60, done.Pass.Counts.Total())
	var written []string
	for _, w := range s.alfresco.Writes() {
		written = append(written, w.NodeID)
	}
	slices.Sort(written)
	require.Len(t, slices.Compact(written), 60, "nobody is skipped")
	require.NotContains(t, s.history(done.Pass.WorkflowID), "RETRY_WAITING", "a lost worker uses up no try")
}

func TestRecordsTroubleIsToldAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(t *testing.T, s *stack) (env map[string]string)
		want    []string
	}{
		{"stock Alfresco", func(t *testing.T, s *stack) map[string]string {
			s.alfresco = alfrescotest.NewServer(t)
			return nil
		}, []string{"alfresco query: status 404", "set ALFRESCO_API to rest"}},
		{"Elasticsearch", func(t *testing.T, s *stack) map[string]string {
			s.alfresco = alfrescotest.NewServer(t, alfrescotest.WithRecords(alfrescotest.Unsure{}), alfrescotest.WithEngine(alfrescotest.Elasticsearch))
			s.fill(1)
			return nil
		}, []string{"sys:node-dbid", "Alfresco has to search with Solr"}},
		{"attribute that the content model lacks", func(t *testing.T, _ *stack) map[string]string {
			return map[string]string{"MAPPING_FILE": mappingFile(t, "idocs:noSuchAttribute")}
		}, []string{"Unknown property: idocs:noSuchAttribute", "add it to Alfresco's content model or take it out of the mapping"}},
		{"read-only repository", func(_ *testing.T, s *stack) map[string]string {
			s.alfresco.SetReadOnly(true)
			return nil
		}, []string{"read-only mode", "an administrator has to end the read-only mode"}},
		{"account without rights", func(_ *testing.T, s *stack) map[string]string {
			for _, n := range s.alfresco.Nodes("idocs:contractor") {
				s.alfresco.SetFlags(n.ID, true, false, false)
			}
			return nil
		}, []string{"all 5 nodes that were to be changed were refused", "give the account of ALFRESCO_USER the right"}},
		{"wrong password", func(*testing.T, *stack) map[string]string {
			return map[string]string{"ALFRESCO_PASSWORD": "not-the-password"}
		}, []string{"alfresco query: status 401", "check ALFRESCO_USER and ALFRESCO_PASSWORD"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared).withRecords()
			s.fill(5)
			env := map[string]string{"ALFRESCO_API": "records"}
			for name, value := range tt.prepare(t, s) {
				env[name] = value
			}
			s.startWorker(env)
			s.apply("retryDelays: []")
			failed := s.trigger()
			require.Equal(t, pass.Error, failed.State.Status)
			_, text, _ := s.starter("", "status", s.id)
			for _, want := range tt.want {
				require.Contains(t, strings.Join(strings.Fields(text), " "), want)
			}
			require.Empty(t, s.alfresco.Writes())
		})
	}
}
