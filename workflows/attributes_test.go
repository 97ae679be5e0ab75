package workflows_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// attributesSet records what the pass sets: the sync's id and the status, each time.
func (w *world) attributesSet() (ids, statuses *[]string) {
	ids, statuses = &[]string{}, &[]string{}
	w.env.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(set temporal.SearchAttributes) bool {
		id, _ := set.GetKeyword(temporal.NewSearchAttributeKeyKeyword("CounterpartySyncId"))
		status, _ := set.GetKeyword(temporal.NewSearchAttributeKeyKeyword("CounterpartySyncStatus"))
		*ids, *statuses = append(*ids, id), append(*statuses, status)
		return true
	})).Return(nil)
	return ids, statuses
}

func TestSearchAttributesSayHowAPassStands(t *testing.T) {
	t.Parallel()
	failing := func(calls int) func(pass.QuerySourceRequest, int) error {
		return func(_ pass.QuerySourceRequest, call int) error {
			if call <= calls {
				return unavailable("down")
			}
			return nil
		}
	}
	tests := []struct {
		name string
		give func(*world, *pass.Sync)
		want string
	}{
		{"completed", func(*world, *pass.Sync) {}, "IN_PROGRESS COMPLETED"},
		{"a retry that helps", func(w *world, _ *pass.Sync) { w.query = failing(1) }, "IN_PROGRESS RETRY_WAITING IN_PROGRESS COMPLETED"},
		{"given up", func(w *world, s *pass.Sync) { w.query, s.RetryDelays = failing(9), &[]pass.Duration{} }, "IN_PROGRESS ERROR"},
		{"stopped", func(w *world, _ *pass.Sync) {
			w.query = failing(9)
			w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 5e9)
		}, "IN_PROGRESS RETRY_WAITING STOPPED"},
		{"a configuration that can't be", func(_ *world, s *pass.Sync) { s.NodeType = "?" }, "ERROR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 25)
			w.ready = true
			ids, statuses := w.attributesSet()
			sync := config()
			tt.give(w, &sync)
			w.run(sync)
			require.True(t, w.env.IsWorkflowCompleted())
			require.Equal(t, tt.want, strings.Join(*statuses, " "))
			for _, id := range *ids {
				require.Equal(t, "main", id)
			}
			require.Equal(t, 1, w.checks)
		})
	}
}

// An id that no Keyword can hold is refused by the pass, which must live to say so.
func TestSearchAttributesTakeNoIDThatIsTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25)
	w.ready = true
	ids, _ := w.attributesSet()
	sync := config()
	sync.ID = strings.Repeat("ы", 2000)
	w.run(sync)
	require.Contains(t, *w.failure(t).Error, "id: ")
	require.Equal(t, []string{strings.Repeat("ы", 127)}, *ids)
}

func TestSearchAttributesAreNotSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		give   func(*world)
		checks int
	}{
		{"where they are not registered", func(w *world) { w.ready = false }, 1},
		{"where nobody knows", func(w *world) {
			w.checkErr = temporal.NewNonRetryableApplicationError("permission denied", pass.FailureUnavailable, nil)
		}, 1},
		{"where no worker knows the activity", func(w *world) { w.checkErr = errors.New("unable to find activityType") }, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 25)
			w.ready = true
			tt.give(w)
			_, statuses := w.attributesSet()
			w.run(config())
			require.Equal(t, pass.Completed, w.result(t).Ended)
			require.Empty(t, *statuses)
			require.Equal(t, tt.checks, w.checks)
		})
	}
}

// What a pass leaves to those who read without a worker, from its first moment on.
func TestMemoIsWrittenAtTheStartOfEachSegment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	var written []pass.Result
	w.env.OnUpsertMemo(mock.MatchedBy(func(memo map[string]any) bool {
		result, ok := memo[pass.StateMemo].(pass.Result)
		written = append(written, result)
		return ok
	})).Return(nil)
	w.run(config())
	require.Equal(t, pass.Completed, w.result(t).Ended)
	require.Len(t, written, 2) // the start and the end
	require.Equal(t, pass.InProgress, written[0].Status)
}
