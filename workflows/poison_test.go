package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// poisoned is a world with a Kontur.Focus that can't be asked about some, and what came of it.
type poisoned struct {
	*world
	// source fails, with failures of the type failing, about those of whom poison says so. down: about the others as well.
	source  string
	poison  func(id string) bool
	failing string
	down    bool
	// told are those of whom an answer says that there is nothing.
	told map[pass.Answer][]string
	// unread are those of whom the update is told that there is nothing, optional what it is told of their sources.
	unread, optional []string
}

// nodesFrom are the counterparties of some nodes.
func nodesFrom(first, last int64) func(string) bool {
	return func(id string) bool { return id >= inn(first) && id <= inn(last) }
}

func newPoisoned(t *testing.T, nodes int64, poison func(string) bool) *poisoned {
	t.Helper()
	return poisonedWorld(newWorld(t, nodes), poison)
}

func poisonedWorld(w *world, poison func(string) bool) *poisoned {
	p := &poisoned{world: w, source: "req", poison: poison, failing: pass.FailureUnavailable, told: map[pass.Answer][]string{}}
	p.register = p.querySource
	p.update = func(request pass.DiffAndUpdateRequest, _ int64) error {
		p.optional = append(p.optional, request.Optional...)
		for _, answer := range request.Answers {
			p.unread = append(p.unread, p.told[answer]...)
		}
		return nil
	}
	return p
}

// querySource answers as the activity does: who fails among others is told apart, and where all fail with GiveUp alone.
func (p *poisoned) querySource(request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	failing := slices.DeleteFunc(slices.Clone(request.IDs), func(id string) bool { return !p.poison(id) })
	if request.Source != p.source || len(failing) == 0 && !p.down {
		return p.knows(request), nil
	}
	others := slices.ContainsFunc(request.Known, func(id string) bool { return !p.poison(id) })
	if p.down || len(failing) == len(request.IDs) && !(request.GiveUp && others) {
		return pass.QuerySourceResult{}, temporal.NewApplicationErrorWithOptions("status 500", p.failing, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{Waitable: p.failing != pass.FailureBadRequest, MayBeOne: true}}})
	}
	said := p.says(request)
	for i, projection := range said {
		if p.poison(projection.INN) {
			said[i] = counterparty.Projection{INN: projection.INN, Notes: map[string]string{counterparty.WholeItem: "it fails"}}
		}
	}
	result := answered(request, said, p.calls)
	p.told[result.Answer] = result.Unread
	result.NoneThrough = len(failing) == len(request.IDs)
	return result, nil
}

// waited is how long all the tries take.
const waited = 11*time.Minute + 10*time.Second

func TestCounterpartiesAboutWhichNoRequestGoesThrough(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		nodes  int64
		poison func(string) bool
		change func(*poisoned, *pass.Sync)
		waits  time.Duration
		unread int
		error  string // empty: it completes
		walked int64
	}{
		{"one of a batch", 60, nodesFrom(25, 25), nil, 0, 1, "", 60},
		{"one in the first and in the last batch", 60, func(id string) bool { return id == inn(1) || id == inn(60) }, nil, 0, 2, "", 60},
		{"all of a batch, after the tries", 60, nodesFrom(21, 30), nil, waited, 10, "", 60},
		{"all of three batches: the tries are served once", 90, nodesFrom(21, 50), nil, waited, 30, "", 90},
		{"all of batches that don't follow each other", 120, func(id string) bool { return nodesFrom(21, 30)(id) || nodesFrom(101, 110)(id) }, nil, waited, 20, "", 120},
		{"all of five batches in a row", 90, nodesFrom(21, 70), nil, waited, 50, "", 90},
		{"all of six batches in a row are an outage", 120, nodesFrom(21, 80), nil, 2 * waited, 50, "no request goes through about any of more than 5 batches in a row", 70},
		{"all of the first batch of the first pass", 60, nodesFrom(1, 10), nil, waited, 10, "", 60},
		{"all of the only batch of the first pass", 10, nodesFrom(1, 10), nil, waited, 0, "status 500", 0},
		{"all of the first batch, after a pass", 60, nodesFrom(1, 10), func(p *poisoned, _ *pass.Sync) { p.env.SetLastCompletionResult(knew(inn(55))) }, waited, 10, "", 60},
		{"a batch of one", 61, nodesFrom(61, 61), nil, 0, 1, "", 61},
		{"a batch of three", 63, nodesFrom(61, 63), nil, 0, 3, "", 63},
		{"a batch of one, and there are no others", 1, nodesFrom(1, 1), nil, waited, 0, "status 500", 0},
		{"what waiting can't mend is settled at once", 60, nodesFrom(21, 30), func(p *poisoned, _ *pass.Sync) { p.failing = pass.FailureBadRequest }, 0, 10, "", 60},
		{"without tries it is settled at once", 60, nodesFrom(21, 30), func(_ *poisoned, s *pass.Sync) { s.RetryDelays = &[]pass.Duration{} }, 0, 10, "", 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPoisoned(t, tt.nodes, tt.poison)
			sync := config()
			sync.Lookahead = ptr(1)
			if tt.change != nil {
				tt.change(p, &sync)
			}
			began := p.env.Now()
			p.run(sync)
			require.InDelta(t, tt.waits.Seconds(), p.env.Now().Sub(began).Seconds(), 60)
			require.Len(t, p.unread, tt.unread)
			if tt.error != "" {
				result := p.world.failure(t)
				require.Contains(t, *result.Error, tt.error)
				require.Equal(t, tt.walked, result.CountProcessedNodes)
				return
			}
			result := p.result(t)
			require.Equal(t, tt.walked, result.CountProcessedNodes)
			require.Equal(t, pass.TriggerWaiting, result.Status)
			for _, id := range result.Known {
				require.False(t, tt.poison(id), "such a one is no control")
			}
			for dbid, times := range p.updated {
				require.Equal(t, 1, times, "node %d", dbid)
			}
		})
	}
}

// An outage stays one, however often it is looked at.
func TestOutageIsNobodysPoison(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int64{1, 3, 60} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			t.Parallel()
			p := newPoisoned(t, nodes, nodesFrom(1, nodes))
			p.down = true
			p.env.SetLastCompletionResult(knew(inn(901)))
			p.run(config())
			result := p.world.failure(t)
			require.Equal(t, 3, result.TryCount)
			require.Contains(t, *result.Error, "status 500")
			require.Empty(t, p.unread)
			require.Zero(t, result.CountProcessedNodes)
		})
	}
}

// A source that the pass can do without is left out for the companies about which it can't be asked, and for no others.
func TestOptionalSourceIsLeftOutForSomeOnly(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]func(string) bool{"one": nodesFrom(25, 25), "all of a batch": nodesFrom(21, 30)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPoisoned(t, 60, poison)
			p.source = "contacts"
			sync := config()
			sync.Sources = []string{"req", "contacts"}
			p.run(sync)
			require.EqualValues(t, 60, p.result(t).CountProcessedNodes)
			require.Equal(t, []string{"contacts"}, p.optional)
			states, _ := p.report(t)
			require.Equal(t, "alfresco.read=OK kontur.req=OK kontur.contacts=OK alfresco.write=OK", states)
		})
	}
}

// Those about which it can't be asked are not taken for unknown ones, of which 20 in a row would be asked about.
func TestPoisonIsNoSilence(t *testing.T) {
	t.Parallel()
	p := newPoisoned(t, 60, nodesFrom(1, 40))
	p.env.SetLastCompletionResult(knew(inn(901)))
	sync := config()
	sync.Lookahead = ptr(1)
	p.run(sync)
	require.EqualValues(t, 60, p.result(t).CountProcessedNodes)
	require.Empty(t, p.probes())
}

// A pass of chosen nodes has no others but its own.
func TestChosenNodesThatFail(t *testing.T) {
	t.Parallel()
	chosen := func(nodes ...string) pass.Sync {
		sync := config().AsAdHoc(pass.AdHoc{Selection: &pass.Selection{Nodes: nodes}})
		sync.BatchSize, sync.Lookahead = ptr(1), ptr(1)
		return sync
	}
	alone := newPoisoned(t, 60, nodesFrom(25, 25))
	alone.run(chosen("25"))
	require.Contains(t, *alone.world.failure(t).Error, "status 500")
	others := newPoisoned(t, 60, nodesFrom(25, 25))
	others.run(chosen("24", "25", "26"))
	require.EqualValues(t, 3, others.result(t).CountProcessedNodes)
	require.Equal(t, []string{inn(25)}, others.unread)
}

// They had their tries in the pass before.
func TestNodesThatFailedBeforeAreNotWaitedForAgain(t *testing.T) {
	t.Parallel()
	w, _ := afterPass(t, pass.FindRejectedResult{Nodes: []string{"1", "2", "3", "4", "5", "6"}}, nil)
	before := pass.Result{State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(40))}, Ended: pass.Completed, RunID: "before", Known: []string{inn(30)}}
	w.env.SetLastCompletionResult(before)
	p := poisonedWorld(w, nodesFrom(1, 6))
	began := p.env.Now()
	p.run(newNodesOnly())
	require.EqualValues(t, 16, p.result(t).CountProcessedNodes)
	require.Len(t, p.unread, 6)
	require.Less(t, p.env.Now().Sub(began), time.Minute)
}
