package workflows_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// changing is a world whose nodes have OGRNs; some companies changed, some nodes were modified, some have no OGRN.
type changing struct {
	*world
	changed, modified, without map[int64]bool
	mapping                    string
	found                      pass.ReadChangesResult // but for its mapping
	reads                      []pass.ReadChangesRequest
	selects                    []pass.SelectChangedRequest
	readErr                    error
}

func newChanging(t *testing.T, nodes int64) *changing {
	c := &changing{world: newWorld(t, nodes), changed: map[int64]bool{}, modified: map[int64]bool{}, without: map[int64]bool{}, mapping: "m1"}
	c.env.RegisterActivityWithOptions(func(r pass.ReadChangesRequest) (pass.ReadChangesResult, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.reads = append(c.reads, r)
		c.found.Mapping = c.mapping
		return c.found, c.readErr
	}, activity.RegisterOptions{Name: string(pass.ReadChanges)})
	c.env.RegisterActivityWithOptions(func(r pass.SelectChangedRequest) (pass.SelectChangedResult, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.selects = append(c.selects, r)
		result := pass.SelectChangedResult{Ask: []string{}}
		for _, ogrn := range r.OGRNs {
			var n int64
			_, _ = fmt.Sscanf(ogrn, "ogrn%d", &n)
			if c.changed[n] {
				result.Ask, result.Changed = append(result.Ask, ogrn), append(result.Changed, ogrn)
			}
		}
		return result, nil
	}, activity.RegisterOptions{Name: string(pass.SelectChanged)})
	c.env.OnActivity(string(pass.FetchBatch), mock.Anything).Return(func(r pass.FetchBatchRequest) (pass.FetchBatchResult, error) {
		result, err := c.fetchBatch(r)
		for _, batch := range result.Batches {
			for i := range batch.Nodes {
				n, _ := strconv.ParseInt(batch.Nodes[i].ID, 10, 64)
				if r.ModifiedSince != nil {
					batch.Nodes[i].Modified = c.modified[n]
					if !c.without[n] {
						batch.Nodes[i].OGRN = fmt.Sprint("ogrn", n)
					}
				}
			}
		}
		return result, err
	})
	return c
}

func sparing() pass.Sync {
	sync := config()
	sync.ChangedOnly = true
	return sync
}

// completed is a pass that asked about everybody, a day ago.
func (c *changing) completed(t *testing.T) pass.Result {
	t.Helper()
	first := newChanging(t, 1)
	first.run(sparing())
	result := first.result(t)
	require.Nil(t, result.Scope.Since)
	require.Equal(t, "there is no completed pass to go by", result.Scope.Why)
	result.Scope.StartedAt = c.env.Now().Add(-24 * time.Hour)
	return result
}

func (c *changing) after(previous pass.Result) { c.env.SetLastCompletionResult(previous) }

func TestPassAsksAboutWhatChangedOnly(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 55)
	before := c.completed(t)
	before.Scope.Rejected = []string{"44"}
	c.after(before)
	c.changed[3], c.modified[17], c.without[21] = true, true, true
	c.run(sparing())
	result := c.result(t)
	require.ElementsMatch(t, []string{inn(3), inn(17), inn(21), inn(44)}, c.asked)
	require.EqualValues(t, 55, result.CountProcessedNodes, "every node is walked")
	require.Equal(t, counterparty.Counts{Updated: 4, Unchanged: 51}, result.Counts)
	require.EqualValues(t, 51, result.Scope.Skipped)
	require.Len(t, c.updated, 4, "what is not asked about is not read again")
	require.Equal(t, before.Scope.StartedAt.Add(-24*time.Hour).UTC(), result.Scope.Since.UTC(), "a day before the last pass began")
	require.Equal(t, before.Scope.StartedAt.UTC(), result.Scope.LastFull.UTC())
	require.Equal(t, []string{"req"}, c.reads[0].Sources)
}

func TestEverybodyIsAskedAbout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*changing, *pass.Result, *pass.Sync)
		why    string
	}{
		{"when a full pass is due", func(_ *changing, r *pass.Result, _ *pass.Sync) {
			r.Scope.StartedAt = r.Scope.StartedAt.Add(-7 * 24 * time.Hour)
		}, "the last full pass is from"},
		{"when the mapping changed", func(c *changing, _ *pass.Result, _ *pass.Sync) { c.mapping = "m2" }, "the mapping changed"},
		{"when the sources changed", func(_ *changing, _ *pass.Result, s *pass.Sync) { s.Sources = []string{"req", "sites"} }, "the configuration"},
		{"after a reset", func(_ *changing, _ *pass.Result, s *pass.Sync) { s.ResetAt = "2026-01-01T00:00:00Z" }, "no completed pass"},
		{"after a change of the configuration ended the pass before", func(_ *changing, r *pass.Result, _ *pass.Sync) { r.Replaced = "it changed" }, "no completed pass"},
		{"when others were rejected", func(_ *changing, r *pass.Result, _ *pass.Sync) { r.Scope.RejectedMore = true }, "could not write"},
		{"after a pass that asked about everybody always", func(_ *changing, r *pass.Result, _ *pass.Sync) { r.Scope = nil }, "no completed pass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, 15)
			before, sync := c.completed(t), sparing()
			tt.change(c, &before, &sync)
			c.after(before)
			c.run(sync)
			result := c.result(t)
			require.Equal(t, 15*len(sync.WithDefaults().Sources), len(c.asked))
			require.Nil(t, result.Scope.Since)
			require.Contains(t, result.Scope.Why, tt.why)
			require.NotNil(t, result.Scope.Next().LastFull)
			require.Equal(t, result.Scope.StartedAt, *result.Scope.Next().LastFull)
		})
	}
}

func TestWalkThatWasCutOffGoesOnAsItBegan(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 30)
	first := c.completed(t)
	before := first
	walk := first.Scope.Next()
	since := first.Scope.StartedAt.Add(-time.Hour)
	walk.StartedAt, walk.Since, walk.Skipped = c.env.Now().Add(-time.Hour), &since, 9
	before.Scope, before.Ended, before.LastModifiedNodeDbid = &walk, pass.Stopped, ptr(int64(10))
	c.after(before)
	c.changed[25] = true
	c.run(sparing())
	result := c.result(t)
	require.Equal(t, []string{inn(25)}, c.asked)
	require.Equal(t, since.UTC(), result.Scope.Since.UTC())
	require.True(t, walk.StartedAt.Equal(result.Scope.StartedAt), "the next walk looks back to where this one began")
	require.EqualValues(t, 9+19, result.Scope.Skipped)
}

func TestNodesThatCouldNotBeWrittenOrHadABadAnswerAreRememberedForTheNextWalk(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	c.env.OnActivity(string(pass.DiffAndUpdate), mock.Anything).Return(func(r pass.DiffAndUpdateRequest) (pass.DiffAndUpdateResult, error) {
		result, err := c.diffAndUpdate(r)
		result.Nodes = []counterparty.NodeOutcome{{NodeID: r.Nodes[0].ID, Outcome: counterparty.Rejected}, {NodeID: "x", Outcome: counterparty.NotFound},
			{NodeID: "y", Outcome: counterparty.Ambiguous}, {NodeID: r.Nodes[1].ID, Outcome: counterparty.Ambiguous, AskAgain: true}}
		return result, err
	})
	sync := sparing()
	sync.Lookahead = ptr(1)
	c.run(sync)
	result := c.result(t)
	require.Equal(t, []string{"1", "2", "11", "12"}, result.Scope.Rejected)
	require.Equal(t, []string{"1", "2", "11", "12"}, result.Scope.Next().Again)
	require.True(t, result.Scope.Short().RejectedMore, "a memo has no room for them")
	require.Len(t, result.Scope.Rejected, 4, "and leaves the walk as it is")
}

func TestChangesThatASourceMissedAreAskedAboutAgain(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	before, sync := c.completed(t), sparing()
	sync.Sources = []string{"req", "sites"}
	before.Scope.Mark = sync.WithDefaults().Mark("m1")
	c.after(before)
	c.changed[3] = true
	c.query = func(r pass.QuerySourceRequest, _ int) error {
		if r.Source == "sites" {
			return temporal.NewApplicationErrorWithOptions("403", pass.FailureAccessDenied, temporal.ApplicationErrorOptions{
				NonRetryable: true, Details: []any{pass.FailureDetails{}},
			})
		}
		return nil
	}
	c.run(sync)
	walk := c.result(t).Scope
	require.True(t, walk.Partial)
	require.True(t, walk.Next().Base.Equal(before.Scope.StartedAt), "the next walk looks back as far as this one")
}

// Once all have been asked about, those that were not remembered have been as well.
func TestRejectedNodesThatWereNotRememberedTakeOneFullWalk(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	before := c.completed(t)
	before.Scope.RejectedMore = true
	c.after(before)
	c.run(sparing())
	walk := c.result(t).Scope
	require.Nil(t, walk.Since)
	require.False(t, walk.Next().RejectedMore)

	next := newChanging(t, 15)
	next.after(c.result(t))
	next.run(sparing())
	require.NotNil(t, next.result(t).Scope.Since)
	require.Empty(t, next.asked)
}

func TestWalkRemembersSoManyRejectedNodes(t *testing.T) {
	t.Parallel()
	var walk pass.Scope
	walk.Reject(make([]string, pass.MaxRejected))
	require.False(t, walk.RejectedMore)
	walk.Reject([]string{"one more"})
	require.True(t, walk.RejectedMore)
	require.Len(t, walk.Rejected, pass.MaxRejected)
}

func TestContractWithoutMonitoringSpendsNothing(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	before := c.completed(t)
	c.after(before)
	c.readErr = temporal.NewApplicationErrorWithOptions("status 403", pass.FailureAccessDenied, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{}},
	})
	c.run(sparing())
	result := c.failure(t)
	require.Contains(t, *result.Error, "take changedOnly out of the sync")
	require.Empty(t, c.asked)
	require.True(t, before.Scope.StartedAt.Equal(*result.Scope.Base), "what is known is kept for the next pass")
}

func TestChangesThatAreNotToldNowAreWaitedFor(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	c.after(c.completed(t))
	c.readErr = unavailable("502")
	c.env.RegisterDelayedCallback(func() { c.mu.Lock(); c.readErr = nil; c.mu.Unlock() }, 30*time.Second)
	c.run(sparing())
	require.EqualValues(t, 15, c.result(t).Scope.Skipped)
}

// A worker's clock may be wrong; Since and Now are both of Temporal's.
func TestChangesAreAskedAboutByOneClock(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 15)
	c.env.SetStartTime(time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC))
	before := c.completed(t)
	before.Scope.StartedAt = time.Date(2031, 5, 5, 7, 0, 0, 0, time.UTC)
	last := before.Scope.StartedAt
	before.Scope.LastFull = &last
	c.after(before)
	c.run(sparing())
	require.EqualValues(t, 15, c.result(t).Scope.Skipped)
	require.Equal(t, "2031-05-06", c.reads[0].Now.Format(time.DateOnly))
	require.Equal(t, "2031-05-04", c.reads[0].Since.Format(time.DateOnly))
	require.Equal(t, "2031-05-06", c.selects[0].Now.Format(time.DateOnly))
}

// What a walk has seen of the lists is what the next one holds against them, and so does each batch.
func TestWalkRemembersWhatTheListsTold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before pass.Seen
		found  pass.ReadChangesResult
		// changed: the walk knows a time since which some changed, namely its own, or that of before.
		own bool
	}{
		{"some changed", pass.Seen{}, pass.ReadChangesResult{Watched: 7, Changed: 2}, true},
		{"none changed", pass.Seen{Watched: 3, ChangedSince: ptr(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}, pass.ReadChangesResult{Watched: 7}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, 15)
			before := c.completed(t)
			before.Scope.Seen = tt.before
			c.after(before)
			c.found = tt.found
			c.run(sparing())
			walk := c.result(t).Scope
			want := pass.Seen{Watched: 7, ChangedSince: tt.before.ChangedSince}
			if tt.own {
				want.ChangedSince = ptr(walk.Since.UTC().Truncate(time.Second))
			}
			require.Equal(t, tt.before, c.reads[0].Seen)
			require.Equal(t, want, walk.Seen)
			require.Equal(t, want, c.selects[0].Seen)
			require.Equal(t, want, walk.Next().Seen)
		})
	}
}
