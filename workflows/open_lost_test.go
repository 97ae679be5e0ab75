package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// Which of the open nodes a lost segment has settled nobody knows: all of them are tried again, and each counts once.
func TestLostSegmentOfOpenNodesCountsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 45)
	open := []pass.OpenNode{{NodeID: "44", Tries: 1, Others: true}, {NodeID: "45", Tries: 1, Others: true}}
	w.committed = pass.ReadProgressResult{Progress: pass.Progress{LastDbid: 44, Batches: 1, Counts: counterparty.Counts{Updated: 1}}, Open: open[1:]}
	requests := w.segments(func(r pass.SegmentRequest) (pass.SegmentResult, error) {
		switch r.Number {
		case 1:
			return pass.SegmentResult{Done: true, Progress: walked(r, 45, 43), Open: open}, nil
		case 2:
			return pass.SegmentResult{}, errors.New("terminated")
		}
		return pass.SegmentResult{Done: true, Progress: pass.Progress{Segment: r.Number, LastDbid: 45, Batches: 1, Counts: counterparty.Counts{Unchanged: 1, Failed: 1}}}, nil
	})
	w.run(config())
	result := w.result(t)
	require.Len(t, *requests, 3)
	require.Equal(t, open, (*requests)[2].Open)
	require.Equal(t, []string{"44", "45"}, (*requests)[2].Sync.Selection().Nodes)
	require.EqualValues(t, 45, result.CountProcessedNodes)
	require.Equal(t, counterparty.Counts{Unchanged: 44, Failed: 1}, result.Counts)
}
