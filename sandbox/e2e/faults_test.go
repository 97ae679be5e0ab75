package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/syncs"
)

// What the other side asks to wait is pacing: it uses up no try, and the pass waits as long.
func TestPacingUsesUpNoTry(t *testing.T) {
	t.Parallel()
	inSeconds := func() string { return "1" }
	asDate := func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) }
	tests := []struct {
		name, timer string
		inject      func(s *stack)
	}{
		{"Kontur, in seconds", "Kontur.Focus asks to wait 1s", func(s *stack) {
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: 429, RetryAfter: inSeconds(), Text: "Too Many Requests", Times: 1})
		}},
		{"Kontur, as a date", "Kontur.Focus asks to wait", func(s *stack) {
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: 429, RetryAfter: asDate(), Text: "Too Many Requests", Times: 1})
		}},
		{"Alfresco's search", "Alfresco asks to wait 1s", func(s *stack) {
			s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Search, Status: 429, Header: map[string]string{"Retry-After": inSeconds()}, Times: 1})
		}},
		{"Alfresco overloaded, in a write", "Alfresco asks to wait 1s", func(s *stack) {
			s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: 503, Header: map[string]string{"Retry-After": inSeconds()}, Times: 1})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := filledStack(t, shared, 5)
			s.untilLogged(preflightOver)
			// Without tries left, anything but pacing would end in ERROR.
			s.apply("retryDelays: []")
			tt.inject(s)
			done := s.trigger()
			require.Equal(t, "COMPLETED", done.Pass.Ended)
			require.Equal(t, 5, done.Pass.Counts.Updated)
			require.GreaterOrEqual(t, done.Pass.FinishedAt.Sub(done.Pass.StartedAt), 900*time.Millisecond)
			history := s.history(done.Pass.WorkflowID)
			require.Contains(t, history, tt.timer)
			require.NotContains(t, history, "RETRY_WAITING")
			require.Len(t, s.alfresco.Writes(), 5)
		})
	}
}

// An empty list is how Kontur.Focus says that it knows none of those asked about.
func TestRegisterThatKnowsNobodyIsAnOutage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		trouble konturtest.Trouble
		want    string
	}{
		{"empty lists", konturtest.Nothing, "Kontur.Focus answers, and knows none of the last 30 counterparties that it was asked about, nor of 3 that it knew before"},
		{"objects that name no company", konturtest.ErrorObject, "none of the objects in the answer says which company it is about"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := filledStack(t, shared, 60)
			s.apply("batchSize: 30\nlookahead: 1\nretryDelays: [100ms]")
			require.Equal(t, 60, s.trigger().Pass.Counts.Updated)
			s.rename(60, "II")
			s.kontur.Inject(konturtest.Fault{Method: "req", Trouble: tt.trouble})
			failed := s.trigger()
			require.Equal(t, "FAILED", failed.Pass.Ended)
			require.Equal(t, 1, failed.State.TryCount)
			require.Contains(t, *failed.State.Error, tt.want)
			require.Zero(t, failed.Pass.Counts.Total())
			s.kontur.ClearFaults()
			require.Equal(t, 60, s.trigger().Pass.Counts.Updated)
		})
	}
}

func TestGarbageIsRetried(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 5)
	s.apply("retryDelays: [100ms]")
	s.kontur.Inject(konturtest.Fault{Method: "req", Trouble: konturtest.Garbage, Match: konturtest.Questions(1)})
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 5, done.Pass.Counts.Updated)
	require.Zero(t, done.State.TryCount)
	require.Nil(t, done.State.Error)
	require.Contains(t, s.history(done.Pass.WorkflowID), "retry 1 of 1: kontur.req: ")
}

// What waiting can't mend ends in ERROR at once, with the next step, and uses up no try.
func TestWhatWaitingCannotMendIsToldAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(t *testing.T, s *stack) (env map[string]string)
		yaml    string
		want    []string // in the text of `starter status`
		// asked is how often Kontur.Focus may be asked.
		asked int
	}{
		{
			name: "wrong key",
			prepare: func(*testing.T, *stack) map[string]string {
				return map[string]string{"KONTUR_KEY": "not-the-key-of-the-simulator"}
			},
			want:  []string{"kontur.req: ask Kontur.Focus req: status 403: No valid key specified", "hint", "check KONTUR_KEY or KONTUR_KEY_FILE"},
			asked: 1,
		},
		{
			name: "method that the contract lacks",
			prepare: func(_ *testing.T, s *stack) map[string]string {
				s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"contacts"}, Limit: 100})
				return nil
			},
			want:  []string{"kontur.req: ask Kontur.Focus req: status 403", "`starter check` shows both"},
			asked: 1,
		},
		{
			name: "wrong password",
			prepare: func(*testing.T, *stack) map[string]string {
				return map[string]string{"ALFRESCO_PASSWORD": "not-the-password"}
			},
			want: []string{"alfresco search: status 401", "check ALFRESCO_USER and ALFRESCO_PASSWORD"},
		},
		{
			name: "Elasticsearch",
			prepare: func(t *testing.T, s *stack) map[string]string {
				s.alfresco = alfrescotest.NewServer(t, alfrescotest.WithEngine(alfrescotest.Elasticsearch))
				return nil
			},
			want: []string{"read nodes after dbid 0: ", "sys:node-dbid", "Alfresco has to search with Solr"},
		},
		{
			name: "attribute that the content model lacks",
			prepare: func(t *testing.T, _ *stack) map[string]string {
				return map[string]string{"MAPPING_FILE": mappingFile(t, "idocs:noSuchAttribute")}
			},
			want:  []string{"Unknown property: idocs:noSuchAttribute", "add it to Alfresco's content model or take it out of the mapping"},
			asked: 1,
		},
		{
			name: "read-only repository",
			prepare: func(_ *testing.T, s *stack) map[string]string {
				s.alfresco.SetReadOnly(true)
				return nil
			},
			want:  []string{"update nodes after dbid 0: ", "an administrator has to end the read-only mode"},
			asked: 1,
		},
		{
			name: "account without rights",
			prepare: func(_ *testing.T, s *stack) map[string]string {
				s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Status: 403})
				return nil
			},
			want:  []string{"all 5 nodes that were to be changed were refused", "give the account of ALFRESCO_USER the right"},
			asked: 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared)
			env := tt.prepare(t, s)
			s.fill(5)
			s.startWorker(env)
			s.apply("retryDelays: [1h]")
			failed := s.trigger()
			require.Equal(t, "FAILED", failed.Pass.Ended)
			require.Equal(t, pass.Error, failed.State.Status)
			require.Zero(t, failed.State.TryCount)
			require.Nil(t, failed.State.NextTry)
			text := s.must("", "status", s.id)
			for _, want := range tt.want {
				require.Contains(t, text, want)
			}
			require.Empty(t, s.alfresco.Writes())
			require.Equal(t, tt.asked, s.kontur.Count("req"))
		})
	}
}

// mappingFile is a mapping of the one attribute.
func mappingFile(t *testing.T, attribute string) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"identity":   map[string]any{"inn": []string{"idocs:inn"}, "ogrn": []string{"idocs:ogrn"}, "kpp": []string{"idocs:kpp"}},
		"attributes": []any{map[string]any{"attribute": attribute, "source": "req", "write": "always", "value": ".UL.legalName.short"}},
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "mapping.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

// One node's trouble is that node's outcome; all others are brought up to date.
func TestTroubleOfSingleNodesIsTheirOutcome(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(10)
	s.alfresco.SetFlags(ids[1], false, true, false) // locked by a person
	s.alfresco.SetFlags(ids[3], true, false, false) // not to be written
	s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Get, NodeID: ids[5], Status: 404, Key: "framework.exception.EntityNotFound"})
	s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: ids[7], Status: 422, Summary: "Integrity failure"})
	s.kontur.Remove(konturtest.OGRN(9))
	require.NoError(t, s.alfresco.Edit(ids[9], map[string]any{"idocs:inn": "12345"}))
	s.startWorker()
	s.apply("retryDelays: []")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	counts := done.Pass.Counts
	require.Equal(t, 4, counts.Updated)
	require.Equal(t, 3, counts.Rejected)
	require.Equal(t, 1, counts.Gone)
	require.Equal(t, 1, counts.NotFound)
	require.Equal(t, 1, counts.InvalidID)
	require.EqualValues(t, 10, done.State.CountProcessedNodes)
	require.Contains(t, s.must("", "status", s.id), "4 updated, 0 unchanged, 1 not found, 0 ambiguous, 1 invalid id, 3 rejected, 0 failed, 1 gone")
}

// Entries of deleted nodes that the index keeps, single ones and pages full of them, are stepped over.
func TestGhostsInTheIndexAreSteppedOver(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(30)
	first, _ := s.alfresco.Get(ids[0])
	last, _ := s.alfresco.Get(ids[29])
	s.alfresco.DeleteLeavingGhosts(append([]string{ids[0], ids[29]}, ids[4:19]...)...)
	s.alfresco.AddGhosts("idocs:contractor", last.Dbid+1, last.Dbid+500)
	behind := konturtest.Invented(31)
	s.kontur.AddCompany(behind)
	s.alfresco.Add(alfrescotest.Node{Dbid: last.Dbid + 501, Properties: map[string]any{"idocs:inn": behind.INN}})
	s.startWorker()
	s.apply("retryDelays: []")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 14, done.Pass.Counts.Updated)
	require.Equal(t, 14, done.Pass.Counts.Total())
	require.Equal(t, last.Dbid+501, *done.State.LastModifiedNodeDbid, "beyond the ghosts")
	require.Greater(t, *done.State.LastModifiedNodeDbid, first.Dbid)
}

func TestSeveralSyncsAtOnceShareAQueue(t *testing.T) {
	t.Parallel()
	s := filledStack(t, shared, 40)
	ids := []string{s.id + "-a", s.id + "-b", s.id + "-c"}
	for i, id := range ids {
		s.must(fmt.Sprintf("id: %s\nname: Test\nbatchSize: %d\nretryDelays: []\n", id, 10*(i+1)), "apply", "-f", "-")
		t.Cleanup(func() {
			ctx := context.Background() // that of the test is over then
			_ = s.temporal.ScheduleClient().GetHandle(ctx, pass.ScheduleID(id)).Delete(ctx)
		})
	}
	for _, id := range ids {
		s.must("", "trigger", id)
	}
	total := 0
	for _, id := range ids {
		var done syncs.Status
		require.Eventually(t, func() bool {
			require.NoError(t, json.Unmarshal([]byte(s.must("", "status", id, "-o", "json")), &done))
			return finished(done)
		}, patience, 50*time.Millisecond)
		require.Equal(t, "COMPLETED", done.Pass.Ended)
		require.EqualValues(t, 40, done.State.CountProcessedNodes)
		require.Zero(t, done.Pass.Counts.Rejected)
		total += done.Pass.Counts.Updated
	}
	// Two syncs may meet at a node between read and write: both count it then, and the values are the same.
	require.GreaterOrEqual(t, total, 40)
	require.Len(t, s.alfresco.Writes(), total)
	for i, node := range s.alfresco.Nodes("idocs:contractor") {
		require.Equal(t, fmt.Sprintf("ООО \"Пример %d\"", i+1), node.Properties["idocs:shortOrganizationName"])
	}
}

// With `start: checkpoint` a pass walks what is new since the last one, and leaves young nodes to a later one: nodes with
// a smaller dbid may not show yet.
func TestStartAtTheCheckpointWalksNewAndSettledNodesOnly(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := newStack(t, server)
		add := func(from, to int, age time.Duration) {
			for n := from; n <= to; n++ {
				s.kontur.AddCompany(konturtest.Invented(n))
				s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.Invented(n).INN}, CreatedAt: time.Now().Add(-age)})
			}
		}
		add(1, 12, time.Hour)
		add(13, 15, time.Minute)
		s.startWorker()
		s.apply("start: checkpoint\nretryDelays: []")
		first := s.trigger()
		require.Equal(t, "COMPLETED", first.Pass.Ended)
		require.Equal(t, 12, first.Pass.Counts.Updated)
		nodes := s.alfresco.Nodes("idocs:contractor")
		require.Equal(t, nodes[11].Dbid, *first.State.LastModifiedNodeDbid, "the young ones are not passed")

		for _, young := range nodes[12:] {
			s.alfresco.Delete(young.ID)
		}
		add(16, 20, time.Hour)
		s.kontur.Forget()
		second := s.trigger()
		require.Equal(t, *first.State.LastModifiedNodeDbid, *second.Pass.ResumedFrom)
		require.Equal(t, 5, second.Pass.Counts.Updated)
		require.Equal(t, 5, second.Pass.Counts.Total(), "the old ones are not walked again")
		require.EqualValues(t, 5, second.State.CountProcessedNodes)
		require.Equal(t, 1, s.kontur.Count("req"))

		third := s.trigger()
		require.Zero(t, third.Pass.Counts.Total())
		require.Equal(t, *second.State.LastModifiedNodeDbid, *third.State.LastModifiedNodeDbid)
		require.Equal(t, 1, s.kontur.Count("req"), "nothing new: nobody is asked")
	})
}

func TestSearchByOGRNFindsSoleProprietorsToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	legal := konturtest.Invented(1)
	person := konturtest.Company{INN: konturtest.PersonINN(1), OGRN: konturtest.OGRNIP(1), FIO: "Примеров Образец Тестович", RegistrationDate: "2015-05-05"}
	s.kontur.AddCompany(legal, person)
	ids := s.alfresco.Add(
		alfrescotest.Node{Properties: map[string]any{"idocs:ogrn": legal.OGRN}},
		alfrescotest.Node{Properties: map[string]any{"idocs:psrnsp": person.OGRN}},
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": legal.INN}}, // has no OGRN to ask by
	)
	s.startWorker()
	s.apply("searchParam: ogrn\nretryDelays: []")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 2, done.Pass.Counts.Updated)
	require.Equal(t, 1, done.Pass.Counts.InvalidID)
	first, _ := s.alfresco.Get(ids[0])
	require.Equal(t, legal.ShortName, first.Properties["idocs:shortOrganizationName"])
	require.Equal(t, legal.INN, first.Properties["idocs:inn"])
	second, _ := s.alfresco.Get(ids[1])
	require.Equal(t, "ИП Примеров Образец Тестович", second.Properties["idocs:shortOrganizationName"])
	require.Equal(t, person.INN, second.Properties["idocs:inn"])
	require.Nil(t, second.Properties["idocs:ogrn"], "an OGRNIP is no OGRN")
	requests := s.kontur.Requests()
	require.Equal(t, "ogrn", requests[len(requests)-1].Param)
	require.ElementsMatch(t, []string{legal.OGRN, person.OGRN}, requests[len(requests)-1].IDs)
}

func TestSeveralSourcesFillOneNode(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	legal := konturtest.Invented(1)
	legal.Phones = []string{"+7 000 000-00-01"}
	person := konturtest.Company{
		INN: konturtest.PersonINN(1), OGRN: konturtest.OGRNIP(1), FIO: "Примеров Образец Тестович", RegistrationDate: "2015-05-05",
		Address: &konturtest.Address{Region: konturtest.Toponym{Short: "обл", Full: "область", Value: "Примерная"}, City: konturtest.Toponym{Short: "г", Full: "город", Value: "Примерск"}},
	}
	s.kontur.AddCompany(legal, person)
	ids := s.alfresco.Add(
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": legal.INN}},
		alfrescotest.Node{Properties: map[string]any{"idocs:inn": person.INN}},
	)
	s.startWorker()
	s.apply("sources: [req, egrDetails, contacts]\nretryDelays: []")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 2, done.Pass.Counts.Updated)
	first, _ := s.alfresco.Get(ids[0])
	require.Equal(t, legal.ShortName, first.Properties["idocs:shortOrganizationName"], "req")
	require.Equal(t, "+7 000 000-00-01", first.Properties["idocs:phone"], "contacts")
	second, _ := s.alfresco.Get(ids[1])
	require.Contains(t, second.Properties["idocs:juridicalAddress"], "Примерск", "egrDetails")
	require.Len(t, s.alfresco.Writes(), 2, "one write for all sources")
	for _, source := range []string{"req", "egrDetails", "contacts"} {
		require.Equal(t, 1, s.kontur.Count(source), source)
	}
	require.Equal(t, 2, s.trigger().Pass.Counts.Unchanged)
}

// A schedule that was made with Temporal's own tools works with defaults, shows up, and can be taken over.
func TestScheduleMadeByHandWorksAndCanBeTakenOver(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := filledStack(t, server, 15)
		_, err := s.temporal.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
			ID:   pass.ScheduleID(s.id),
			Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 24 * time.Hour}}},
			Action: &client.ScheduleWorkflowAction{
				ID: "by-hand-" + s.id, Workflow: string(pass.SyncWorkflow), TaskQueue: s.queue, Args: []any{map[string]any{}},
			},
		})
		require.NoError(t, err)
		done := s.trigger()
		require.Equal(t, "COMPLETED", done.Pass.Ended)
		require.Equal(t, 15, done.Pass.Counts.Updated)
		require.Equal(t, s.id, s.status().ID)
		require.Equal(t, 1, s.kontur.Count("req"), "one batch: batchSize is 100")
		var listed []syncs.Status
		require.Eventually(t, func() bool { // the list lags behind
			require.NoError(t, json.Unmarshal([]byte(s.must("", "status", "-o", "json")), &listed))
			for _, one := range listed {
				if one.ID == s.id {
					return one.State.Status == pass.TriggerWaiting && one.State.CountProcessedNodes == 15
				}
			}
			return false
		}, patience, 100*time.Millisecond)

		out := s.apply("batchSize: 5")
		require.Contains(t, out, "batchSize: 100 → 5")
		require.Contains(t, s.apply("batchSize: 5"), "unchanged", "it is taken over as a whole")
		s.kontur.Forget()
		next := s.trigger()
		require.Equal(t, "COMPLETED", next.Pass.Ended)
		require.Equal(t, 15, next.Pass.Counts.Unchanged)
		require.Equal(t, 3, s.kontur.Count("req"))
		require.Contains(t, next.Pass.WorkflowID, pass.ScheduleID(s.id), "its workflow id is that of a sync now")
	})
}
