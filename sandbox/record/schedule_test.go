package record_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
)

// aged has nodes that are old enough for passes that start at the checkpoint. It comes before everything else.
func (s *stage) aged() {
	s.alfresco = alfrescotest.NewServer(s.t, alfrescotest.WithClock(func() time.Time { return time.Now().Add(-48 * time.Hour) }))
	s.env["ALFRESCO_URL"] = s.alfresco.URL()
}

// refusesOne has one node whose writes are refused.
func (s *stage) refusesOne(id string) {
	s.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, NodeID: id, Status: http.StatusUnprocessableEntity, Key: "integrity", Summary: "refused"})
}

// scheduleScenarios are what comes of a schedule that others change, and of where a pass begins.
func scheduleScenarios() []scenario {
	return []scenario{
		{name: "changed-by-another-tool", play: func(s *stage) run {
			s.fill(4)
			s.startWorker()
			s.apply("retryDelays: [1h]")
			s.kontur.Inject(down(0))
			first := s.running("it waits", waits)
			fields := map[string]any{"id": s.id, "batchSize": 2, "retryDelays": []string{"1h"}}
			require.NoError(s.t, rig.ChangeInput(s.t.Context(), s.temporal, s.id, fields))
			s.until("it is stopped", func() bool { return s.status().Pass.RunID != first.runID })
			return first
		}, shows: func(h history, _ []history) []claim {
			const look = "until the next look at the schedule"
			return []claim{
				{"it is woken for a look, and the wait is one timer", h.timers(look) >= 1 && h.timers("retry 1 of 1") == 1},
				{"it stops and says why", h.result().Ended == pass.Stopped && strings.Contains(h.result().Replaced, "batchSize 4 → 2")},
				{"it starts the next pass", h.activities(string(pass.TriggerSchedule)) == 1},
			}
		}},
		{name: "rewound", play: func(s *stage) run {
			s.aged()
			s.fill(8)
			s.startWorker()
			s.apply("start: checkpoint")
			s.pass()
			s.starter("", "rewind", s.id, "--to", fmt.Sprint(s.alfresco.Nodes("idocs:contractor")[3].Dbid))
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"it begins where the checkpoint was set, and leaves the rejected nodes alone", h.result().Rewound &&
				h.result().Ended == pass.Completed && h.result().Counts.Total() == 4 && h.activities(string(pass.FindRejected)) == 0}}
		}},
		{name: "rejected-before", play: func(s *stage) run {
			s.aged()
			ids := s.fill(5)
			s.refusesOne(ids[2])
			s.startWorker()
			s.apply("start: checkpoint")
			s.pass()
			s.alfresco.ClearFaults()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the rejected nodes are looked up and tried in a segment of their own", h.activities(string(pass.FindRejected)) == 1 && len(segments) == 2},
				{"the node is updated now", h.result().Ended == pass.Completed && h.result().Counts.Updated == 1},
			}
		}},
		{name: "rejected-before-and-down", play: func(s *stage) run {
			s.aged()
			ids := s.fill(5)
			s.refusesOne(ids[2])
			s.startWorker()
			s.apply("start: checkpoint", "retryDelays: [1s]")
			s.pass()
			s.kontur.Inject(down(0))
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the tries are used up for them", h.timers("retry 1 of 1") == 1 && len(segments) >= 3},
				{"the pass goes on without them and says so", h.result().Ended == pass.Completed && h.result().Untried != ""},
			}
		}},
		{name: "not-found-before", play: func(s *stage) run {
			s.aged()
			s.fill(5)
			s.kontur.Remove(konturtest.OGRN(3))
			s.startWorker()
			s.apply("start: checkpoint")
			s.pass()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"its outcome is taken over, and nobody is asked", h.result().Counts.NotFound == 1 && len(segments) == 2 && segments[0].activities("QuerySource") == 0},
				{"it is with the update", segments[0].has(`"standing":[`) && segments[0].activities("DiffAndUpdate") == 1},
			}
		}},
		{name: "node-that-cant-be-read", play: func(s *stage) run {
			ids := s.fill(12)
			s.alfresco.PoisonSearch(alfrescotest.Fault{Status: http.StatusInternalServerError}, ids[5])
			s.startWorker()
			s.apply()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it is stepped over and named", segments[0].has(`"failed":[{"dbid":`) && len(segments) == 1},
				{"the others are updated", h.result().Ended == pass.Completed && h.result().Counts.Updated == 11 && h.result().Counts.Failed == 1},
			}
		}},
		{name: "a-key-of-its-own", play: func(s *stage) run {
			const key = "acme-key-0123456789-abcdefghijklmnopqrstu"
			s.kontur.AddKey(key)
			s.env["KONTUR_KEY_ACME"] = key
			s.fill(5)
			s.startWorker()
			s.apply("konturKey: ACME")
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"a holder is looked for", h.activities(string(pass.FindKeyHolder)) == 1},
				{"it is asked in the queue of the key", segments[0].has("-kontur-key-acme")},
				{"all is updated", h.result().Ended == pass.Completed && h.result().Counts.Updated == 5},
			}
		}},
		{name: "a-key-that-nobody-holds", play: func(s *stage) run {
			s.fill(5)
			s.startWorker()
			s.apply("konturKey: ACME")
			return s.pass()
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"it ends at once", h.ends() == "Failed" && h.result().Status == pass.Error && strings.Contains(*h.result().Error, "no worker holds the key ACME")}}
		}},
	}
}
