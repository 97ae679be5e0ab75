package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// settledStack is a stack with n nodes that are old enough for start: checkpoint, and a worker.
func settledStack(t *testing.T, n int) *stack {
	t.Helper()
	s := newStack(t, shared)
	for i := range n {
		company := konturtest.Invented(i + 1)
		s.kontur.AddCompany(company)
		s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": company.INN}, CreatedAt: time.Now().Add(-time.Hour)})
	}
	s.startWorker()
	return s
}

// What is forgotten is not what never was; and the next pass goes on from it all the same.
func TestStateBetweenPassesWhenThePassIsNoLongerKept(t *testing.T) {
	t.Parallel()
	s := settledStack(t, 25)
	s.apply("start: checkpoint")
	never := s.must("", "status", s.id, "-o", "json")
	require.Contains(t, never, `"state":{"lastModifiedNodeDbid":null,"status":"TRIGGER_WAITING"`)
	require.NotContains(t, never, "stateNote")
	first := s.trigger()
	s.nextSecond(first)
	s.forget(first.Pass.WorkflowID)

	forgotten := s.must("", "status", s.id, "-o", "json")
	require.Contains(t, forgotten, `"state":null,"stateNote":"pass `+first.Pass.WorkflowID+` is no longer kept: the namespace's retention is over; `)
	text := s.must("", "status", s.id)
	require.Regexp(t, `status +not known: pass `+first.Pass.WorkflowID+` is no longer kept`, text)
	status, _, errs := s.starter("", "plan", s.id, "--from-checkpoint")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, errs, "the checkpoint is not known: pass ")

	second := s.trigger()
	require.Equal(t, first.State.LastModifiedNodeDbid, second.Pass.ResumedFrom)
	require.EqualValues(t, 0, second.State.CountProcessedNodes, "they were walked before")
}

func TestRewind(t *testing.T) {
	t.Parallel()
	s := settledStack(t, 30)
	s.apply("start: checkpoint")
	first := s.trigger()
	require.EqualValues(t, 30, first.State.CountProcessedNodes)
	last := *first.State.LastModifiedNodeDbid
	tenth := s.alfresco.Nodes("idocs:contractor")[9].Dbid
	begins := fmt.Sprintf("begins after dbid %d, once", tenth)

	require.Contains(t, s.must("", "rewind", s.id, "--to", fmt.Sprint(tenth)), begins)
	require.Contains(t, s.must("", "status", s.id), begins)
	require.Equal(t, tenth, *s.status().Rewind.To)
	s.nextSecond(first)
	second := s.trigger()
	require.Equal(t, tenth, *second.Pass.ResumedFrom)
	require.True(t, second.Pass.Rewound)
	require.EqualValues(t, 20, second.State.CountProcessedNodes)
	require.Equal(t, last, *second.State.LastModifiedNodeDbid)
	require.Nil(t, s.status().Rewind, "it is used")
	require.Contains(t, s.must("", "status", s.id), "where starter rewind put the checkpoint")
	require.Contains(t, fmt.Sprint(&s.logs), "pass begins where the checkpoint was set by hand")

	s.nextSecond(second)
	third := s.trigger()
	require.Equal(t, last, *third.Pass.ResumedFrom, "once")
	require.False(t, third.Pass.Rewound)

	var done struct {
		syncs.Rewind
		ID string
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("", "rewind", s.id, "--to", "beginning", "-o", "json")), &done))
	require.Equal(t, s.id, done.ID)
	require.Nil(t, done.To)
	s.nextSecond(third)
	heal := s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503})
	s.apply("start: checkpoint\nretryDelays: [1h]")
	s.must("", "trigger", s.id)
	s.until("it waits", func(st syncs.Status) bool { return st.State != nil && st.State.NextTry != nil })
	status, _, errs := s.starter("", "rewind", s.id, "--to", "7")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, errs, "a pass is running: ")
	heal()
	s.must("", "retry", s.id)
	fourth := s.until("its end", finished)
	require.Nil(t, fourth.Pass.ResumedFrom)
	require.True(t, fourth.Pass.Rewound, "an apply in between leaves it")
	require.EqualValues(t, 30, fourth.State.CountProcessedNodes)

	_, _, errs = s.starter("", "rewind", s.id, "--to", "999999999")
	require.Contains(t, errs, "beyond the checkpoint")
	s.nextSecond(fourth)
	fifth := s.trigger("--reset")
	require.False(t, fifth.Pass.Rewound, "a reset after it takes it back")
	require.EqualValues(t, 30, fifth.State.CountProcessedNodes)
}

// What Kontur.Focus does not know costs nothing in each further pass, is still told, and is asked about once somebody has edited it.
func TestStartAtTheCheckpointAsksAgainWhereThatMayHelp(t *testing.T) {
	t.Parallel()
	s := settledStack(t, 3)
	late := konturtest.Invented(30)
	unknown := s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": late.INN}, CreatedAt: time.Now().Add(-2 * time.Hour)})[0]
	s.apply("start: checkpoint")
	last := s.trigger()
	require.Equal(t, counterparty.Counts{Updated: 3, NotFound: 1}, last.Pass.Counts)
	asked := s.journalOf("--rejected")[0].Time
	for range 2 {
		s.nextSecond(last)
		s.kontur.Forget()
		last = s.trigger()
		require.Equal(t, counterparty.Counts{NotFound: 1}, last.Pass.Counts)
		require.Zero(t, s.kontur.Count("req"))
		told := s.journalOf("--rejected")
		require.Len(t, told, 1)
		require.Equal(t, unknown, told[0].NodeID)
		require.Equal(t, late.INN, told[0].INN)
		require.Equal(t, asked.Truncate(time.Second), *told[0].Asked)
	}

	s.nextSecond(last)
	s.kontur.AddCompany(late)
	require.NoError(t, s.alfresco.Edit(unknown, map[string]any{"idocs:okpo": "00000001"}))
	require.Equal(t, counterparty.Counts{Updated: 1}, s.trigger().Pass.Counts)
}
