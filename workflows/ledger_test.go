package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// forged is progress as nobody but a segment should tell it.
var forged = pass.Progress{Segment: 1, LastDbid: 99_999_999, Batches: 1_000_000, Counts: counterparty.Counts{Updated: 5}, Asked: 7}

// segments runs SyncSegment as told, by number, 10 s long each; it returns what they were asked to do.
func (w *world) segments(segment func(request pass.SegmentRequest) (pass.SegmentResult, error)) *[]pass.SegmentRequest {
	var requests []pass.SegmentRequest
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(func(ctx workflow.Context, request pass.SegmentRequest) (pass.SegmentResult, error) {
		requests = append(requests, request)
		if err := workflow.Sleep(ctx, 10*time.Second); err != nil {
			return pass.SegmentResult{}, err
		}
		return segment(request)
	})
	return &requests
}

func walked(request pass.SegmentRequest, last, nodes int64) pass.Progress {
	return pass.Progress{Segment: request.Number, LastDbid: last, Batches: (nodes + 9) / 10, Counts: counterparty.Counts{Unchanged: int(nodes)}}
}

func (w *world) forge(progress pass.Progress, at time.Duration) {
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(string(pass.ProgressSignal), progress) }, at)
}

func TestForgedProgressIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	failed := func(request pass.SegmentRequest) pass.SegmentResult {
		return pass.SegmentResult{Progress: pass.Progress{Segment: request.Number}, Failure: &pass.Failure{Type: pass.FailureUnavailable, Message: "down", Retryable: true}}
	}
	tests := []struct {
		name string
		// first is how the first segment ends; the second walks what is left of 30 nodes.
		first func(pass.SegmentRequest) (pass.SegmentResult, error)
		at    time.Duration // of the signal
		after int64         // where the second segment begins
	}{
		{"where the segment has a result", func(r pass.SegmentRequest) (pass.SegmentResult, error) {
			return pass.SegmentResult{Progress: walked(r, 20, 20)}, nil
		}, 5 * time.Second, 20},
		{"where the segment fails at its first batch", func(r pass.SegmentRequest) (pass.SegmentResult, error) { return failed(r), nil }, 5 * time.Second, 0},
		{"where the segment is lost", func(pass.SegmentRequest) (pass.SegmentResult, error) {
			return pass.SegmentResult{}, errors.New("terminated")
		}, 5 * time.Second, 0},
		{"behind the result", func(r pass.SegmentRequest) (pass.SegmentResult, error) { return failed(r), nil }, 12 * time.Second, 0},
		{"before there is a segment", func(r pass.SegmentRequest) (pass.SegmentResult, error) { return failed(r), nil }, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 30)
			requests := w.segments(func(r pass.SegmentRequest) (pass.SegmentResult, error) {
				if r.Number == 1 {
					return tt.first(r)
				}
				return pass.SegmentResult{Done: true, Progress: walked(r, 30, 30-tt.after)}, nil
			})
			w.forge(forged, tt.at)
			w.run(config())
			result := w.result(t)
			require.Len(t, *requests, 2)
			require.Equal(t, tt.after, (*requests)[1].After)
			require.EqualValues(t, 30, *result.LastModifiedNodeDbid)
			require.EqualValues(t, 30, result.CountProcessedNodes)
			require.Equal(t, counterparty.Counts{Unchanged: 30}, result.Counts)
			require.Zero(t, result.Asked)
		})
	}
}

// A forged signal would else give a pass that fails again and again all tries anew.
func TestForgedProgressGivesNoTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	requests := w.segments(func(r pass.SegmentRequest) (pass.SegmentResult, error) {
		return pass.SegmentResult{Progress: pass.Progress{Segment: r.Number}, Failure: &pass.Failure{Type: pass.FailureUnavailable, Message: "down", Retryable: true}}, nil
	})
	for n, at := range []time.Duration{5 * time.Second, 25 * time.Second, 95 * time.Second, 705 * time.Second} {
		again := forged
		again.Segment = n + 1
		w.forge(again, at)
	}
	w.run(config())
	require.Equal(t, 3, w.failure(t).TryCount)
	require.Nil(t, w.failure(t).LastModifiedNodeDbid)
	require.Len(t, *requests, 4)
}

// What people see is what was told last: the next word of the segment makes good what somebody else said.
func TestNextProgressTakesBackWhatAForgedOneSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.segments(func(r pass.SegmentRequest) (pass.SegmentResult, error) {
		return pass.SegmentResult{Done: true, Progress: walked(r, 30, 30)}, nil
	})
	w.forge(forged, 4*time.Second)
	w.forge(walked(pass.SegmentRequest{Number: 1}, 10, 10), 6*time.Second)
	var seen []pass.State
	for _, at := range []time.Duration{5 * time.Second, 7 * time.Second} {
		w.env.RegisterDelayedCallback(func() { seen = append(seen, w.state(t)) }, at)
	}
	w.run(config())
	require.EqualValues(t, 99_999_999, *seen[0].LastModifiedNodeDbid)
	require.EqualValues(t, 10, *seen[1].LastModifiedNodeDbid)
	require.EqualValues(t, 10, seen[1].CountProcessedNodes)
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
}

// The nodes that a lost segment could not write are asked about again, and no others.
func TestLostSegmentLeavesWhomToAskAgain(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 30)
	c.committed = pass.ReadProgressResult{Progress: pass.Progress{LastDbid: 10, Batches: 1, Counts: counterparty.Counts{Rejected: 1, Unchanged: 9}}, Rejected: []string{"7"}}
	requests := c.segments(func(r pass.SegmentRequest) (pass.SegmentResult, error) {
		if r.Number == 1 {
			return pass.SegmentResult{}, errors.New("terminated")
		}
		return pass.SegmentResult{Done: true, Progress: walked(r, 30, 20)}, nil
	})
	c.run(sparing())
	walk := c.result(t).Scope
	require.EqualValues(t, 10, (*requests)[1].After)
	require.Equal(t, []string{"7"}, walk.Rejected)
	require.False(t, walk.RejectedMore)
}
