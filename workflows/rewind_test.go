package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

func TestRewoundPassBeginsWhereItWasSaid(t *testing.T) {
	t.Parallel()
	before := func(ended pass.Ended, rewound string) *pass.Result {
		return &pass.Result{
			State: pass.State{Status: pass.TriggerWaiting, LastModifiedNodeDbid: ptr(int64(40)), CountProcessedNodes: 40}, Ended: ended,
			Counts: counterparty.Counts{Unchanged: 40}, RewindAt: rewound,
		}
	}
	to := func(dbid int64) *pass.Rewind { return &pass.Rewind{At: "now", To: dbid} }
	for name, tt := range map[string]struct {
		previous *pass.Result
		sync     pass.Sync
		after    int64
		count    int64
		used     bool
	}{
		"after one that completed":                   {before(pass.Completed, ""), pass.Sync{Rewind: to(20)}, 20, 30, true},
		"after one that failed, counting anew":       {before(pass.Failed, ""), pass.Sync{Rewind: to(20)}, 20, 30, true},
		"after one that was rewound before":          {before(pass.Completed, "earlier"), pass.Sync{Rewind: to(20)}, 20, 30, true},
		"before any pass":                            {nil, pass.Sync{Rewind: to(20)}, 20, 30, true},
		"to the beginning, after one that failed":    {before(pass.Failed, ""), pass.Sync{Rewind: to(0)}, 0, 50, true},
		"to the beginning, start at the checkpoint":  {before(pass.Completed, ""), pass.Sync{Rewind: to(0), Start: pass.Checkpoint}, 0, 50, true},
		"start at the checkpoint":                    {before(pass.Completed, ""), pass.Sync{Rewind: to(20), Start: pass.Checkpoint}, 20, 30, true},
		"forward":                                    {before(pass.Stopped, ""), pass.Sync{Rewind: to(45)}, 45, 5, true},
		"beyond the last node":                       {before(pass.Completed, ""), pass.Sync{Rewind: to(70)}, 70, 0, true},
		"and a reset before that":                    {before(pass.Failed, ""), pass.Sync{Rewind: to(20), ResetAt: "x"}, 20, 30, true},
		"once: the next one begins as ever":          {before(pass.Completed, "now"), pass.Sync{Rewind: to(20)}, 0, 50, false},
		"once: the next one goes on":                 {before(pass.Failed, "now"), pass.Sync{Rewind: to(20)}, 40, 50, false},
		"once: the next one goes on behind the last": {before(pass.Completed, "now"), pass.Sync{Rewind: to(20), Start: pass.Checkpoint}, 40, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 50)
			switch p := tt.previous; {
			case p == nil:
			case p.Ended == pass.Failed:
				w.env.SetLastError(temporal.NewApplicationErrorWithOptions("gave up", pass.FailurePass, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{*p}}))
			default:
				w.env.SetLastCompletionResult(*p)
			}
			sync := tt.sync
			sync.ID, sync.BatchSize = "main", ptr(10)
			w.run(sync)
			result := w.result(t)
			require.Equal(t, tt.after, w.fetches[0].After)
			require.Equal(t, tt.count, result.CountProcessedNodes)
			require.Equal(t, pass.Completed, result.Ended)
			require.Equal(t, tt.used, result.Rewound)
			require.Equal(t, "now", result.RewindAt)
			require.Equal(t, tt.after == 0, result.ResumedFrom == nil)
		})
	}
}

func TestRewindThatCanNotBeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	sync := config()
	sync.Rewind = &pass.Rewind{To: -5}
	w.run(sync)
	require.Contains(t, *w.failure(t).Error, "rewind.at is missing; allowed: a text that no earlier rewind of the sync had, such as the time\n"+
		`rewind.to: "-5" is not allowed; allowed: a whole number from 0`)
}

// It comes to some of them by itself: no node is visited twice. The next pass finds the others.
func TestRewoundPassTriesNoRejectedNodesFirst(t *testing.T) {
	t.Parallel()
	w, asked := afterPass(t, pass.FindRejectedResult{Nodes: []string{"7", "33"}}, nil)
	sync := newNodesOnly()
	sync.Rewind = &pass.Rewind{At: "now", To: 30}
	w.run(sync)
	result := w.result(t)
	require.EqualValues(t, 20, result.CountProcessedNodes)
	require.Equal(t, "the checkpoint was set by hand", result.Untried, "so that the next one looks beyond it")
	require.Zero(t, *asked)
}

// The limit counts what this walk changes, and not what the one that it replaces did.
func TestRewoundPassHasItsBrakeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	w.env.SetLastError(temporal.NewApplicationErrorWithOptions("gave up", pass.FailurePass, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{
		pass.Result{State: pass.State{Status: pass.Error, LastModifiedNodeDbid: ptr(int64(40)), CountProcessedNodes: 40}, Ended: pass.Failed, Brake: &pass.Brake{Changed: 34}},
	}}))
	sync := braked(35)
	sync.Rewind = &pass.Rewind{At: "now", To: 20}
	w.run(sync)
	result := w.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.EqualValues(t, 30, result.Brake.Changed)
}

// Who sets the checkpoint back wants these nodes asked about, changed or not. What lies before it was not walked, so that the next
// pass looks back as far as this one would have.
func TestRewoundWalkAsksAboutAllOfItsNodes(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 50)
	before := c.completed(t)
	before.Scope.Rejected = []string{"7"}
	c.after(before)
	sync := sparing()
	sync.Rewind = &pass.Rewind{At: "now", To: 30}
	c.mapping = "m2"
	c.run(sync)
	walk := c.result(t).Scope
	require.Len(t, c.asked, 20)
	require.Nil(t, walk.Since)
	require.Equal(t, "the checkpoint was set by hand", walk.Why)
	next := walk.Next()
	require.True(t, next.Base.Equal(before.Scope.StartedAt))
	require.True(t, next.LastFull.Equal(before.Scope.StartedAt))
	require.Equal(t, before.Scope.Mark, next.Mark, "the nodes before were compared under the mapping before")
	require.Equal(t, []string{"7"}, next.Again)
	require.False(t, next.Rewound)
}

func TestWalkAfterARewoundOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ended pass.Ended
		to    int64
		// base: the next walk looks back to one that completed.
		base bool
	}{
		"in the middle of a walk: all are asked about": {pass.Stopped, 30, false},
		"after one that completed":                     {pass.Completed, 30, true},
		"from the beginning: it is one like any other": {pass.Stopped, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, 50)
			before := c.completed(t)
			before.Ended, before.LastModifiedNodeDbid = tt.ended, ptr(int64(40))
			c.after(before)
			sync := sparing()
			sync.Rewind = &pass.Rewind{At: "now", To: tt.to}
			c.run(sync)
			next := c.result(t).Scope.Next()
			require.Equal(t, tt.base, next.Base != nil && next.LastFull != nil)
		})
	}
}

func TestWalkRemembersSoManyNodesOverRewinds(t *testing.T) {
	t.Parallel()
	walk := pass.Scope{StartedAt: time.Now(), Rewound: true, Again: make([]string, pass.MaxRejected), Rejected: []string{"one more"}}
	next := walk.Next()
	require.Len(t, next.Again, pass.MaxRejected)
	require.True(t, next.RejectedMore)
}

// A rewound pass walks a few nodes only: how many there are it does not know.
func TestRewoundPassLeavesHowManyNodesTheWalkBeforeFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.env.SetLastCompletionResult(pass.Result{State: pass.State{Status: pass.TriggerWaiting, CountProcessedNodes: 5, LastModifiedNodeDbid: ptr(int64(5000))},
		Ended: pass.Completed, Rewound: true, ResumedFrom: ptr(int64(4995)), FoundBefore: 5000})
	w.run(config())
	result := w.result(t)
	require.EqualValues(t, 5000, result.FoundBefore)
	require.True(t, result.Shrunk())
}
