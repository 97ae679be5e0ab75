package record_test

import (
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// poisonScenarios are companies about which Kontur.Focus can't be asked.
func poisonScenarios() []scenario {
	return []scenario{
		{name: "company-that-fails", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply("sources: [req, contacts]")
			s.kontur.Inject(konturtest.ServerError.In("req", konturtest.INN(2)), konturtest.ServerError.In("contacts", konturtest.INN(7)))
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"its nodes are told apart", h.result().Counts.Failed == 1 && h.result().Counts.Updated == 11},
				{"nobody waits", h.timers("retry ") == 0 && len(segments) == 1},
				{"of a source that it can do without it is said", segments[0].has(`"optional":["contacts"]`)},
			}
		}},
		{name: "batch-that-fails", play: func(s *stage) run {
			s.fill(12)
			s.startWorker()
			s.apply("lookahead: 1", "retryDelays: [100ms]")
			s.kontur.Inject(konturtest.ServerError.In("req", konturtest.INN(5), konturtest.INN(6), konturtest.INN(7), konturtest.INN(8)))
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the tries come first", h.timers("retry 1 of 1") == 1 && segments[0].segment().Failure != nil && segments[0].segment().Failure.MayBeOne},
				{"then others are asked about", len(segments) == 3 && segments[2].has(`"giveUp":true`) && segments[2].segment().Done},
				{"and the walk goes on", h.result().Ended == pass.Completed && h.result().Counts.Failed == 4 && h.result().Counts.Updated == 8},
			}
		}},
		{name: "rest-that-fails", play: func(s *stage) run {
			s.fill(9)
			s.startWorker()
			s.apply("lookahead: 1")
			s.kontur.Inject(konturtest.ServerError.In("req", konturtest.INN(9)))
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"a few are told apart at once", h.timers("retry ") == 0 && segments[0].has("and do others go through?")},
				{"and the pass completes", h.result().Ended == pass.Completed && h.result().Counts.Failed == 1},
			}
		}},
	}
}
