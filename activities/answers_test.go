package activities_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/activities"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// toldOf is a world with a node, the request to update it, and what req said.
func toldOf(t *testing.T) (*world, pass.DiffAndUpdateRequest) {
	t.Helper()
	w := newWorld(t)
	w.kontur.AddCompany(company(1))
	w.alfresco.Add(node(1, nil))
	return w, w.batch(t)
}

func TestAnswersOfTheWorkerThatAskedAreNotReadAgain(t *testing.T) {
	t.Parallel()
	w, request := toldOf(t)
	w.kept = &activities.Answers{}
	asked, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: []string{request.Nodes[0].Key}})
	require.NoError(t, err)
	request.Answers = []pass.Answer{asked.Answer}
	require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
	require.Zero(t, w.said.reads)
}

func TestAnswersOfAWorkerThatIsGoneStandInTheHistory(t *testing.T) {
	t.Parallel()
	w, request := toldOf(t)
	for i := range 150 { // other batches, and other activities, came after
		w.said.add(t, string(pass.DiffAndUpdate), strings.Repeat("x", i+1), pass.DiffAndUpdateResult{})
	}
	require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
	require.Equal(t, 4, w.said.reads, "302 events, from the last one on")
}

// The event that says which activity it was may stand on another page than its result.
func TestAnswersAreFoundWhereverPagesEnd(t *testing.T) {
	t.Parallel()
	w, request := toldOf(t)
	request.Answers = append(request.Answers, w.answers(t, "contacts", nil))
	for size := range 4 {
		w.said.pageSize = size + 1
		require.Zero(t, w.update(t, request).Counts.Failed, size)
	}
}

func TestAnswersOfOtherBatchesAreReadOnTheWay(t *testing.T) {
	t.Parallel()
	w, first := toldOf(t)
	second := first
	second.Answers = []pass.Answer{w.answers(t, "req", []counterparty.Projection{{INN: company(1).INN, Notes: map[string]string{"*": "nothing"}}})}
	w.kept = &activities.Answers{}
	var updates sync.WaitGroup
	for range 4 {
		updates.Go(func() { w.update(t, first) })
		updates.Go(func() { w.update(t, second) })
	}
	updates.Wait()
	require.LessOrEqual(t, w.said.reads, 8, "one that was written is forgotten, and read again for the next attempt")
	w.said.reads = 0
	w.kept = &activities.Answers{}
	require.Equal(t, 1, w.update(t, second).Counts.Failed, "each has its own")
	require.Equal(t, 1, w.update(t, first).Counts.Unchanged)
	require.Equal(t, 1, w.said.reads)
}

// Nothing is compared with less than what was answered, and an answer of an attempt that history does not have is none.
func TestAnswersThatAreNotInTheHistoryAreMissed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*pass.Answer){
		"another activity": func(a *pass.Answer) { a.Activity = "404" },
		"another attempt":  func(a *pass.Answer) { a.Attempt++ },
		"another source":   func(a *pass.Answer) { a.Source = "contacts" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, request := toldOf(t)
			change(&request.Answers[0])
			_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
			require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
			require.ErrorContains(t, err, "what "+request.Answers[0].Source+" answered, in the history of workflow default-test-workflow-id, run default-test-run-id: activity "+
				request.Answers[0].Activity+" has no result there")
		})
	}
}

func TestAnswersThatCannotBeReadAreMissed(t *testing.T) {
	t.Parallel()
	w, request := toldOf(t)
	w.said.add(t, string(pass.QuerySource), "9999", "no object")
	request.Answers[0].Activity = "9999"
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	require.True(t, requireFailure(t, err, pass.FailureUnavailable, false).Waitable)
	require.ErrorContains(t, err, "unable to decode")
}

// A worker keeps a bounded amount. What it let go is read again.
func TestAnswersThatWereLetGoAreRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ bytes, reads int }{"small": {1000, 1}, "large": {1_500_000, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, request := toldOf(t)
			batches := make([]pass.DiffAndUpdateRequest, 3)
			for i := range batches {
				batches[i] = request
				said := []counterparty.Projection{{INN: "0000000000", Values: map[string]any{"idocs:okpo": strings.Repeat("x", tt.bytes)}}}
				batches[i].Answers = []pass.Answer{w.answers(t, "req", said)}
			}
			w.kept = &activities.Answers{}
			w.update(t, batches[0])
			require.Equal(t, 1, w.said.reads, "those of the others are met on the way")
			w.update(t, batches[2])
			require.Equal(t, tt.reads, w.said.reads)
		})
	}
}
