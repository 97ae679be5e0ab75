package record_test

import (
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/pass"
)

// openScenarios are passes in which some nodes can't be written.
func openScenarios() []scenario {
	return []scenario{
		{name: "open-write", play: func(s *stage) run {
			ids := s.fill(9) // the last one has a batch of its own: nothing is written after it
			s.startWorker()
			s.apply("retryDelays: [100ms, 100ms]", "lookahead: 1")
			s.alfresco.PoisonPut(ids[8])
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the batch is done without the node", len(segments) == 4 && segments[0].segment().Done && len(segments[0].segment().Open) == 1},
				{"segments of its own try it again", segments[1].has(`"only":{"nodes":[`) && segments[1].activities("DiffAndUpdate") == 1},
				{"it has its tries", h.timers("retry ") == 2},
				{"and its outcome, for others were written", h.result().Ended == pass.Completed && h.result().Counts.Failed == 1 && h.result().Counts.Updated == 8},
			}
		}},
		{name: "open-batch", play: func(s *stage) run {
			ids := s.fill(12)
			s.startWorker()
			s.apply("batchSize: 6", "retryDelays: [100ms]", "lookahead: 1")
			s.alfresco.PoisonPut(ids[:6]...)
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the tries come first", h.timers("retry ") == 1 && segments[1].segment().Failure != nil},
				{"and then the batch is left open", len(segments) == 4 && segments[2].has(`"giveUp":true`) && len(segments[2].segment().Open) == 6},
				{"until others are written", h.result().Ended == pass.Completed && h.result().Counts.Failed == 6 && h.result().Counts.Updated == 6},
			}
		}},
		{name: "open-at-the-end", play: func(s *stage) run {
			ids := s.fill(4)
			s.startWorker()
			s.apply("retryDelays: []")
			s.pass()
			require.NoError(s.t, s.alfresco.Edit(ids[1], map[string]any{"idocs:shortOrganizationName": "X"}))
			heal := s.alfresco.PoisonPut(ids[1])
			s.pass()
			heal()
			return s.pass()
		}, shows: func(h history, segments []history) []claim {
			return []claim{
				{"the next pass begins at the beginning", h.result().ResumedFrom == nil && len(segments) == 1},
				{"and writes it", h.result().Ended == pass.Completed && segments[0].segment().Counts.Updated == 1},
			}
		}},
	}
}
