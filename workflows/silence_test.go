package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// knew is a pass that Kontur.Focus answered, and that completed.
func knew(ids ...string) pass.Result {
	return pass.Result{State: pass.State{Status: pass.TriggerWaiting}, Ended: pass.Completed, Known: ids}
}

func everybody(string) bool { return true }

// upToNode are the counterparties of the first nodes.
func upToNode(last int64) func(string) bool {
	return func(id string) bool { return id <= inn(last) }
}

// probes are the questions about some outside any batch of 10.
func (w *world) probes() (list [][]string) {
	for _, ask := range w.asks {
		if len(ask.IDs) <= pass.MaxKnown {
			list = append(list, ask.IDs)
		}
	}
	return list
}

func TestRegisterThatKnowsNobodyAnyMoreIsAnOutage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before []string // known to the last pass
		want   string   // the error
	}{
		{"as the last pass was told otherwise", []string{inn(501), inn(502), inn(503)},
			"knows none of the last 20 counterparties that it was asked about, nor of 3 that it knew before; hint: Kontur.Focus, or something in between, answers with empty lists"},
		{"on a first pass", nil, "in samples up to the last node; hint: Kontur.Focus, or something in between, answers with empty lists; or searchParam and attributeToSearch don't fit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 600)
			w.unknown = everybody
			w.env.SetLastCompletionResult(knew(tt.before...))
			sync := config()
			sync.Lookahead = ptr(1)
			w.run(sync)
			result := w.failure(t)
			require.Equal(t, 3, result.TryCount)
			require.Contains(t, *result.Error, tt.want)
			require.LessOrEqual(t, result.CountProcessedNodes, int64(10), "fewer than 20 are no row yet")
			require.Equal(t, tt.before, result.Known, "the next pass asks about them again")
			require.Less(t, len(w.asks), 60, "a sample, not all of them")
			states, _ := w.report(t)
			require.Equal(t, "alfresco.read=OK kontur.req=ERROR alfresco.write=CANCEL", states)
			for _, ids := range w.probes() {
				require.Equal(t, tt.before, ids)
			}
		})
	}
}

func TestRegisterThatFallsSilentInMidPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	answered := 0
	w.query = func(request pass.QuerySourceRequest, _ int) error {
		if answered == 0 && len(w.updated) > 0 { // by now the workflow has had an answer that names some
			answered = len(w.asked) - len(request.IDs)
			w.unknown = everybody
		}
		return nil
	}
	w.env.RegisterDelayedCallback(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.unknown = nil
	}, 5*time.Second)
	var state pass.State
	w.env.RegisterDelayedCallback(func() { state = w.state(t) }, 4*time.Second)
	sync := config()
	sync.BatchSize = ptr(50)
	w.run(sync)
	result := w.result(t)
	require.Equal(t, pass.RetryWaiting, state.Status)
	require.LessOrEqual(t, state.CountProcessedNodes, int64(answered), "no more than what had answers before")
	require.Contains(t, *state.Error, "knows none of the last")
	require.Equal(t, counterparty.Counts{Updated: 300}, result.Counts)
	for dbid, times := range w.updated {
		require.Equal(t, 1, times, "node %d", dbid)
	}
}

func TestCounterpartiesThatAreReallyUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		nodes  int64
		before []string
		// unknown are the first so many.
		unknown int64
		change  func(*pass.Sync)
		probes  int // of known ones
	}{
		{"in a row, while others are known", 100, []string{inn(901)}, 60, nil, 3},
		{"all of them, while some of the last pass are known", 100, []string{inn(901)}, 100, nil, 5},
		{"fewer than 20 are not asked about twice", 19, nil, 19, nil, 0},
		{"not even with some that were known", 19, []string{inn(901)}, 19, nil, 0},
		{"the first ones of a first pass", 300, nil, 60, nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.nodes)
			w.unknown = upToNode(tt.unknown)
			w.env.SetLastCompletionResult(knew(tt.before...))
			sync := config()
			sync.Lookahead = ptr(1)
			w.run(sync)
			result := w.result(t)
			require.EqualValues(t, tt.nodes, result.CountProcessedNodes)
			require.Len(t, w.updated, int(tt.nodes))
			require.Len(t, w.probes(), tt.probes)
			require.EqualValues(t, len(w.asked), result.Asked, "probes are counted")
		})
	}
}

// Where nobody was ever known the next nodes are asked about, then others at growing distances.
func TestSampleOfAFirstPassReachesTheLastNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5000)
	w.unknown = everybody
	sync := config()
	sync.Lookahead, sync.RetryDelays = ptr(1), &[]pass.Duration{}
	w.run(sync)
	require.Contains(t, *w.failure(t).Error, "knows none of the")
	var from []string
	for _, ask := range w.asks[2:] {
		from = append(from, ask.IDs[0])
	}
	require.Equal(t, []string{inn(21), inn(41), inn(71), inn(121), inn(211), inn(381), inn(711), inn(1361), inn(2651)}, from)
}

// Batches are asked side by side: one probe serves all that were silent before it.
func TestOneProbeServesAllBatchesInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 400)
	w.unknown = func(id string) bool { return id != inn(901) }
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(w.querySource)
	w.env.SetLastCompletionResult(knew(inn(901)))
	sync := config()
	sync.BatchSize, sync.Lookahead = ptr(100), ptr(4)
	w.run(sync)
	require.EqualValues(t, 400, w.result(t).CountProcessedNodes)
	require.Len(t, w.probes(), 1)
}

func TestSilenceIsOfReqAloneAndOfItsIdentifiers(t *testing.T) {
	t.Parallel()
	t.Run("another source may know nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 100)
		w.env.OnActivity(string(pass.QuerySource), mock.Anything).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
			if r.Source == "sites" {
				return pass.QuerySourceResult{}, nil
			}
			return w.querySource(r)
		})
		sync := config()
		sync.Sources = []string{"sites", "req"}
		w.run(sync)
		require.EqualValues(t, 100, w.result(t).CountProcessedNodes)
		require.Len(t, w.asks, 10)
	})
	t.Run("an item that lacks the identifier is no answer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 100)
		w.env.OnActivity(string(pass.QuerySource), mock.Anything).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
			return answered(r, []counterparty.Projection{{}, {OGRN: r.IDs[0]}, {INN: inn(9999)}}, 1), nil
		})
		w.run(config())
		require.Contains(t, *w.failure(t).Error, "Kontur.Focus answers, and knows none")
	})
}

// What is asked about there is mostly unknown.
func TestChosenNodesMayAllBeUnknown(t *testing.T) {
	t.Parallel()
	var nodes []string
	for n := 1; n <= 40; n++ {
		nodes = append(nodes, fmt.Sprint(n))
	}
	t.Run("in a pass about them", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 50)
		w.unknown = everybody
		w.run(config().AsAdHoc(pass.AdHoc{Selection: &pass.Selection{Nodes: nodes}}))
		require.EqualValues(t, 40, w.result(t).CountProcessedNodes)
		require.Len(t, w.asks, 4)
	})
	t.Run("when they are tried again", func(t *testing.T) {
		t.Parallel()
		w, _ := afterPass(t, pass.FindRejectedResult{Nodes: nodes}, nil)
		w.unknown = upToNode(40)
		w.run(newNodesOnly())
		require.EqualValues(t, 50, w.result(t).CountProcessedNodes)
		require.Len(t, w.asks, 5)
	})
}

// Kontur.Focus said itself that it knows them: a single one is enough.
func TestChangedCounterpartyThatIsNotNamed(t *testing.T) {
	t.Parallel()
	for name, alive := range map[string]bool{"by a register that knows others": true, "by one that knows nobody": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, 30)
			before := c.completed(t)
			before.Known = []string{inn(901)}
			c.after(before)
			c.changed[25] = true
			c.unknown = func(id string) bool { return id != inn(901) || !alive }
			c.run(sparing())
			require.Equal(t, [][]string{{inn(25)}, {inn(901)}}, c.probes()[:2])
			if alive {
				require.EqualValues(t, 29, c.result(t).Scope.Skipped)
				require.Len(t, c.updated, 1)
				return
			}
			result := c.failure(t)
			require.Empty(t, c.updated)
			require.Contains(t, *result.Error, "knows none of the last")
			require.True(t, before.Scope.StartedAt.Equal(*result.Scope.Base), "the next pass asks about the same changes")
		})
	}
}

// A node without an OGRN is asked about in every walk, and may never be known.
func TestUnknownCounterpartyThatNobodySaysHasChanged(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 30)
	c.after(c.completed(t))
	c.without[25] = true
	c.unknown = everybody
	c.run(sparing())
	require.EqualValues(t, 29, c.result(t).Scope.Skipped)
	require.Len(t, c.asks, 1)
}

func TestRowGoesOnInTheNextSegment(t *testing.T) {
	t.Parallel()
	segment := func(t *testing.T, w *world, silent int) pass.SegmentResult {
		t.Helper()
		w.env.ExecuteWorkflow(string(pass.SegmentWorkflow), pass.SegmentRequest{Sync: config(), Number: 2, Silent: silent, Known: []string{inn(901)}})
		var result pass.SegmentResult
		require.NoError(t, w.env.GetWorkflowResult(&result))
		return result
	}
	w := newWorld(t, 5)
	w.unknown = everybody
	result := segment(t, w, 14)
	require.Nil(t, result.Failure)
	require.Equal(t, 19, result.Silent)
	w = newWorld(t, 5)
	w.unknown = everybody
	result = segment(t, w, 15)
	require.Equal(t, pass.FailureBadResponse, result.Failure.Type)
	require.Equal(t, "kontur.req", result.Failure.Source)
	require.Zero(t, result.Batches)
	w = newWorld(t, 5)
	result = segment(t, w, 15)
	require.Zero(t, result.Silent)
	require.Equal(t, []string{inn(1), inn(2), inn(3)}, result.Known)
}

func TestWhoIsKnownIsHandedOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*pass.Sync)
		want   []string
	}{
		{"by a pass that found no nodes", func(*pass.Sync) {}, []string{inn(901)}},
		{"and forgotten by a reset", func(s *pass.Sync) { s.ResetAt = "2026-01-01T00:00:00Z" }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			w.env.SetLastCompletionResult(knew(inn(901)))
			sync := config()
			tt.change(&sync)
			w.run(sync)
			require.Equal(t, tt.want, w.result(t).Known)
		})
	}
	w := newWorld(t, 30)
	w.env.SetLastCompletionResult(knew(inn(901)))
	w.run(config())
	require.Len(t, w.result(t).Known, pass.MaxKnown)
	require.NotContains(t, w.result(t).Known, inn(901), "those that were known last")
}

// A probe that fails is an outage like any other, and costs the batch nothing but the time.
func TestProbeThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.unknown = upToNode(30)
	w.env.SetLastCompletionResult(knew(inn(901)))
	failed := false
	w.query = func(r pass.QuerySourceRequest, _ int) error {
		if len(r.IDs) == 1 && !failed {
			failed = true
			return unavailable("status 503")
		}
		return nil
	}
	w.run(config())
	require.True(t, failed)
	require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
}
