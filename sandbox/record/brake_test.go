package record_test

import (
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

func isHeld(s pass.State) bool { return s.Status == pass.ApprovalWaiting }

// held is a pass whose brake holds it before its third batch.
func (s *stage) held(lines ...string) run {
	s.t.Helper()
	s.fill(12)
	s.startWorker()
	s.apply(append(lines, "maxChanged: 9")...)
	return s.running("it is held", isHeld)
}

// brakeScenarios are what comes of a brake, and of a walk that finds nothing any more.
func brakeScenarios() []scenario {
	const waits = "waits for approval until "
	return []scenario{
		{name: "approved", play: func(s *stage) run {
			s.held()
			s.starter("", "approve", s.id)
			return s.ended()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it waits for a person", h.timers(waits) == 1 && h.events(timerCancelled) >= 1},
				{"nothing of the batch is written before", len(segments) == 2 && segments[0].segment().Failure.Evidence != nil && segments[0].segment().Counts.Updated == 8},
				{"one batch is written at a time, each with a budget", segments[0].activities("DiffAndUpdate") == 3 && segments[0].has(`"budget":{"changed":5`)},
				{"then all is written without one", h.result().Counts.Updated == 12 && !segments[1].has(`"budget"`)},
			}
		}},
		{name: "refused", play: func(s *stage) run {
			s.held()
			s.starter("", "refuse", s.id, "--reason", "recorded")
			return s.ended()
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"it ends in ERROR with what it had", h.ends() == "Failed" && h.result().Counts.Updated == 8 && h.result().Brake.Hold.Answer == pass.Refused}}
		}},
		{name: "forgotten", play: func(s *stage) run {
			s.held("approvalTimeout: 2s")
			return s.ended()
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"the time is up", h.timers(waits) == 1 && h.ends() == "Failed" && h.result().Brake.Hold.Answer == pass.Forgotten}}
		}},
		{name: "held-again", play: func(s *stage) run {
			s.held()
			s.starter("", "refuse", s.id)
			s.ended()
			again := s.running("the next pass is held", isHeld)
			s.starter("", "stop", s.id)
			return again
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"it goes on counting what the walk has changed", h.result().Brake.Changed == 8 && segments[0].has(`"brake":{"changed":8`)},
				{"its wait is called off", h.events(cancelAsked) == 1 && h.result().Ended == pass.Stopped},
			}
		}},
		{name: "held-and-waiting", play: func(s *stage) run { return s.held() }, shows: func(h history, _ []history) []claim {
			return []claim{{"it waits", h.ends() == "open" && h.timers(waits) == 1}}
		}},
		{name: "no-nodes-any-more", play: func(s *stage) run {
			ids := s.fill(4)
			s.startWorker()
			s.apply()
			s.pass()
			for _, id := range ids {
				s.alfresco.Delete(id)
			}
			run := s.pass()
			require.Equal(s.t, pass.Error, s.status().State.Status)
			return run
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"that is an error", h.ends() == "Failed" && h.result().FoundBefore == 4 && h.result().Counts.Total() == 0}}
		}},
	}
}
