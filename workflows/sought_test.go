package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/pass"
)

func only(nodes []string, ids ...string) pass.Sync {
	return config().AsAdHoc(pass.AdHoc{Selection: &pass.Selection{Nodes: nodes, IDs: ids}})
}

// A pass that was narrowed says which of what it was asked for no node has.
func TestNarrowedPassSaysWhatItDidNotFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	w.run(only([]string{"7", "none", "9"}, inn(9), "0000000000"))
	result := w.result(t)
	require.EqualValues(t, 2, result.CountProcessedNodes)
	require.Equal(t, &pass.Missing{Count: 2, Nodes: []string{"none"}, IDs: []string{"0000000000"}}, result.Missing)

	w = newWorld(t, 50)
	w.run(only([]string{"7"}, inn(7)))
	require.Nil(t, w.result(t).Missing)
}

// What an earlier segment met is met, also where a later one goes on behind it.
func TestNarrowedPassRemembersOverSegmentsWhatItFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	failed := false
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 12 && !failed {
			failed = true
			return unavailable("no")
		}
		return nil
	}
	sync := only([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "none"})
	sync.RetryDelays = &[]pass.Duration{1}
	w.run(sync)
	require.Equal(t, &pass.Missing{Count: 1, Nodes: []string{"none"}}, w.result(t).Missing)
	require.True(t, failed)
}

// Nothing is said where the segment is lost that would know.
func TestNarrowedPassDoesNotGuessWhatALostSegmentFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	lost := false
	w.env.OnWorkflow(string(pass.SegmentWorkflow), mock.Anything, mock.Anything).Return(func(_ workflow.Context, _ pass.SegmentRequest) (pass.SegmentResult, error) {
		if !lost {
			lost = true
			return pass.SegmentResult{}, temporal.NewApplicationError("lost", "Lost")
		}
		return pass.SegmentResult{Done: true, Met: &pass.Selection{}}, nil
	})
	sync := only([]string{"1", "none"})
	sync.RetryDelays = &[]pass.Duration{1}
	w.run(sync)
	require.True(t, lost)
	require.Nil(t, w.result(t).Missing)
}

func TestRejectedNodesThatAreGoneAreNamed(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7", "gone"}}, nil)
	w.run(newNodesOnly())
	result := w.result(t)
	require.Equal(t, 1, w.updated[7])
	require.EqualValues(t, 50, *result.LastModifiedNodeDbid)
	require.Equal(t, &pass.Missing{Count: 1, Nodes: []string{"gone"}}, result.Missing)
	require.Empty(t, result.Untried)
}

// Trouble with nodes of earlier passes is no reason to leave the new ones alone.
func TestPassGoesOnWithTheNewNodesWhereRejectedOnesFail(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"at once":        temporal.NewNonRetryableApplicationError("Exact Term search is not supported", pass.FailureBadRequest, nil, pass.FailureDetails{}),
		"after the last": unavailable("Exact Term search is not supported"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7"}}, nil)
			w.fetch = func(request pass.FetchBatchRequest) error {
				if request.Only.Narrows() {
					return err
				}
				return nil
			}
			w.run(newNodesOnly())
			result := w.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.EqualValues(t, 50, *result.LastModifiedNodeDbid)
			require.Equal(t, []int{0, 1, 1}, w.times(40, 42))
			require.Contains(t, result.Untried, "Exact Term search is not supported")
			require.Nil(t, result.Error)
			require.Zero(t, result.TryCount)
		})
	}
}

// An outage has had its tries when it is met again among the new nodes.
func TestOutageAmongRejectedNodesEndsThePassAfterItsTries(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7"}}, nil)
	fetches := 0
	w.fetch = func(pass.FetchBatchRequest) error { fetches++; return unavailable("no connection") }
	sync := newNodesOnly()
	sync.RetryDelays = &[]pass.Duration{1, 1, 1}
	w.run(sync)
	result := w.failure(t)
	require.Equal(t, pass.Error, result.Status)
	require.EqualValues(t, 40, *result.LastModifiedNodeDbid)
	require.Equal(t, 4+1, fetches)
}

func TestPassSaysThatRejectedNodesCouldNotBeLookedUp(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{}, errors.New("no histories"))
	w.run(newNodesOnly())
	require.Contains(t, w.result(t).Untried, "no histories")
}
