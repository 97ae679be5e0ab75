package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

func writtenTo(nodes ...string) []counterparty.NodeOutcome {
	var list []counterparty.NodeOutcome
	for _, node := range nodes {
		list = append(list, counterparty.NodeOutcome{NodeID: node, Outcome: counterparty.Updated, Unsure: true})
	}
	return list
}

func failedHaving(written []counterparty.NodeOutcome) error {
	return temporal.NewApplicationErrorWithOptions("500", pass.FailureUnavailable, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Waitable: true, Written: written}},
	})
}

// Two batches of a segment fail. Each of the next tries is told what was written to its own nodes, however far it gets.
func TestEveryFailedBatchHandsOverWhatItHasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	secondFailed := make(chan struct{})
	fails, told := map[int64]int{10: 2, 20: 1}, map[int64][][]counterparty.NodeOutcome{}
	w.update = func(r pass.DiffAndUpdateRequest, last int64) error {
		told[last] = append(told[last], r.Written)
		if fails[last] == 0 {
			return nil
		}
		fails[last]--
		if len(r.Written) > 0 {
			return failedHaving(r.Written)
		}
		if last == 20 {
			defer close(secondFailed)
			return failedHaving(writtenTo("13", "14"))
		}
		w.mu.Unlock()
		<-secondFailed
		w.mu.Lock()
		return failedHaving(writtenTo("3"))
	}
	w.run(config())
	require.EqualValues(t, 40, w.result(t).CountProcessedNodes)
	require.Equal(t, [][]counterparty.NodeOutcome{nil, writtenTo("3"), writtenTo("3")}, told[10])
	require.Equal(t, writtenTo("13", "14"), told[20][1], "though the first batch failed once more")
	require.Empty(t, told[30][len(told[30])-1])
}

// An activity that loses its worker again and again ends with its last heartbeat.
func TestALostWorkerHandsOverWhatItTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	lost, told := 0, [][]counterparty.NodeOutcome{}
	w.update = func(r pass.DiffAndUpdateRequest, _ int64) error {
		told = append(told, r.Written)
		if lost < 10 {
			lost++
			return temporal.NewHeartbeatTimeoutError(pass.WriteHeartbeat{Changed: writtenTo("3")})
		}
		return nil
	}
	w.run(config())
	require.EqualValues(t, 10, w.result(t).CountProcessedNodes)
	require.Equal(t, writtenTo("3"), told[len(told)-1])
}

// A node of the batch that failed is deleted before the next try: its boundary moves, and what was written ahead is not met.
func TestNodeThatIsDeletedBeforeTheNextTryMovesNoBoundary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	failures := 0
	w.update = func(_ pass.DiffAndUpdateRequest, last int64) error {
		if last == 10 && failures == 0 {
			failures++
			w.gone = []int64{5}
			return unavailable("Alfresco answered 500")
		}
		return nil
	}
	w.run(config())
	require.Equal(t, counterparty.Counts{Updated: 39}, w.result(t).Counts)
}
