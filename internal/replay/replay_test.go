package replay_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"counterparty-sync/internal/replay"
)

// input is what the workflow of these tests gives to its activities and its child.
type input struct {
	After int64    `json:"after"`
	IDs   []string `json:"ids,omitempty"`
	More  string   `json:"more,omitempty"`
	Null  *int     `json:"null"`
	// Why and Failure are texts for people.
	Why     string            `json:"why,omitempty"`
	Failure map[string]string `json:"failure,omitempty"`
}

type result struct {
	Count int    `json:"count"`
	Added string `json:"added,omitempty"`
}

// recorded is what the histories of these tests were recorded from, with the places at which a build may differ.
type recorded struct {
	first, second string // types of the activities
	give          input
	queue         string
	extra         bool // one more activity
	timer         bool
	memo          bool
	child         string // its workflow id
	signal        string
	result        result
	fail          error
	panics        bool
	versioned     bool
}

func asRecorded() recorded {
	return recorded{first: "Fetch", second: "Write", give: asGiven(), queue: "q-kontur",
		timer: true, memo: true, child: "run/segment-1", signal: "progress", result: result{Count: 7}}
}

func asGiven() input {
	return input{After: 9007199254740993, IDs: []string{"1", "2"}, Why: "nobody knows",
		Failure: map[string]string{"message": "waited 5 s", "hint": "wait", "type": "Busy"}}
}

func (r recorded) run(ctx workflow.Context) (result, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, Summary: "a summary that is free"})
	if err := workflow.ExecuteActivity(ctx, r.first, r.give).Get(ctx, nil); err != nil {
		return result{}, err
	}
	if r.panics {
		panic("no such source")
	}
	if r.versioned {
		if workflow.GetVersion(ctx, "extra", workflow.DefaultVersion, 1) > workflow.DefaultVersion {
			r.extra = true
		}
	}
	if r.extra {
		_ = workflow.ExecuteActivity(ctx, "Extra").Get(ctx, nil)
	}
	if r.timer {
		_ = workflow.Sleep(ctx, time.Second)
	}
	if r.memo {
		_ = workflow.UpsertMemo(ctx, map[string]any{"state": "any"})
	}
	queue := workflow.WithTaskQueue(ctx, r.queue)
	if err := workflow.ExecuteActivity(queue, r.second, r.give).Get(ctx, nil); err != nil {
		return result{}, err
	}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: r.child})
	if err := workflow.ExecuteChildWorkflow(child, "Segment", r.give).Get(ctx, nil); err != nil {
		return result{}, err
	}
	workflow.SignalExternalWorkflow(ctx, "parent", "", r.signal, r.give)
	return r.result, r.fail
}

func check(t *testing.T, build recorded, h *history) error {
	t.Helper()
	return replay.Replayer{Register: func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(build.run, workflow.RegisterOptions{Name: "Pass"})
	}}.Check("run", "8d1a", h.History)
}

func TestWhatABuildMayChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(*recorded)
	}{
		{"nothing", func(*recorded) {}},
		{"a new way behind a version", func(r *recorded) { r.versioned = true }},
		{"a result has a field more", func(r *recorded) { r.result.Added = "more" }},
		{"the wording of texts for people", func(r *recorded) {
			r.give.Why, r.give.Failure = "nothing is known", map[string]string{"message": "waited for 5s", "hint": "wait", "type": "Busy"}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			build := asRecorded()
			tt.build(&build)
			require.NoError(t, check(t, build, completed(t)))
		})
	}
}

func TestWhatBreaks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(*recorded)
		kind  replay.Kind
		event int64
		want  string
	}{
		{"another activity", func(r *recorded) { r.first = "Read" }, replay.Commands, 5,
			`event 5: recorded was activity Fetch "fetch"; this build has activity Read "a summary that is free" there`},
		{"two activities swapped", func(r *recorded) { r.first, r.second = r.second, r.first }, replay.Commands, 5,
			`recorded was activity Fetch "fetch"; this build has activity Write`},
		{"an activity more", func(r *recorded) { r.extra = true }, replay.Commands, 11,
			"recorded was timer of 1s; this build has activity Extra"},
		{"a timer less", func(r *recorded) { r.timer = false }, replay.Commands, 11,
			"recorded was timer of 1s; this build has a change of the memo (state) there"},
		{"a memo less", func(r *recorded) { r.memo = false }, replay.Commands, 16,
			"recorded was a change of the memo (state); this build has activity Write"},
		{"an end before the end", func(r *recorded) { r.first = ""; r.fail = errors.New("no") }, replay.Commands, 5,
			"recorded was activity Fetch"},
		{"a panic", func(r *recorded) { r.panics = true }, replay.Commands, 11, "recorded was timer of 1s; this build does nothing of that kind there, and says: no such source"},
		{"input, in every place of it", func(r *recorded) { r.give.After, r.give.IDs, r.give.More = 9007199254740992, []string{"1"}, "new" }, replay.Input, 5,
			`input of activity Fetch "fetch" (event 5): after: was 9007199254740993, became 9007199254740992; ids[1]: was "2", became absent; more: was absent, became "new"`},
		{"a text that was not there", func(r *recorded) {
			r.give.Failure = map[string]string{"message": "waited 5 s", "hint": "wait", "type": "Busy", "reason": "x"}
		}, replay.Input, 5,
			`input of activity Fetch "fetch" (event 5): failure.reason: was absent, became "x"`},
		{"a text that is gone", func(r *recorded) { r.give.Why = "" }, replay.Input, 5, `why: was "nobody knows", became absent`},
		{"what is no text beside one", func(r *recorded) {
			r.give.Failure = map[string]string{"message": "waited", "hint": "wait", "type": "Gone"}
		}, replay.Input, 5,
			`failure.type: was "Busy", became "Gone"`},
		{"another task queue", func(r *recorded) { r.queue = "q" }, replay.Input, 17, `input of activity Write (event 17): task queue: was q-kontur, became q`},
		{"a child under another id", func(r *recorded) { r.child = "run/segment-2" }, replay.Commands, 23,
			`recorded was child workflow Segment run/segment-1 "segment"; this build has child workflow Segment run/segment-2 there`},
		{"another signal", func(r *recorded) { r.signal = "done" }, replay.Commands, 32, "signal progress to parent; this build has signal done to parent"},
		{"another result", func(r *recorded) { r.result = result{Count: 8} }, replay.Result, 33, "result (event 33): count: was 7, became 8"},
		{"a failure instead of a result", func(r *recorded) { r.fail = errors.New("no") }, replay.Commands, 33, "recorded was the completion of the run; this build has the failure of the run there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			build := asRecorded()
			tt.build(&build)
			err := check(t, build, completed(t))
			var broken *replay.Broken
			require.ErrorAs(t, err, &broken)
			require.Contains(t, broken.What(), tt.want)
			require.Equal(t, tt.kind, broken.Kind)
			require.Equal(t, tt.event, broken.Event, broken.What())
			require.Equal(t, replay.Run{WorkflowID: "run", RunID: "8d1a", Type: "Pass"}, broken.Run)
			require.Contains(t, err.Error(), "Pass run (run 8d1a): ")
			require.Contains(t, err.Error(), "\nhint: ")
			require.NotContains(t, err.Error(), "goroutine")
		})
	}
}

func TestFailuresAreComparedByTypeAndDetails(t *testing.T) {
	t.Parallel()
	failure := func(kind, text string, count int) error {
		return temporal.NewApplicationErrorWithOptions(text, kind, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{result{Count: count}}})
	}
	tests := []struct {
		name string
		now  error
		want string
	}{
		{"the same", failure("PassFailed", "gave up", 7), ""},
		{"another text", failure("PassFailed", "gave up; hint: wait", 7), ""},
		{"another type", failure("Gone", "gave up", 7), `failure (event 5): type: was PassFailed, became Gone`},
		{"other details", failure("PassFailed", "gave up", 8), `failure (event 5): count: was 7, became 8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHistory(t, "Pass").turn().fail(failure("PassFailed", "gave up", 7))
			err := replay.Replayer{Register: func(r worker.WorkflowRegistry) {
				r.RegisterWorkflowWithOptions(func(workflow.Context) error { return tt.now }, workflow.RegisterOptions{Name: "Pass"})
			}}.Check("run", "", h.History)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestOpenRunsAreReplayedAsFarAsTheyGo(t *testing.T) {
	t.Parallel()
	whole := completed(t)
	// The commands of a turn are written together with its end, so no history ends between them.
	for _, length := range []int{5, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 19, 20, 23, 24, 27, 28, 29, 30} {
		require.NoError(t, check(t, asRecorded(), &history{History: cut(whole.History, length)}), "%d events", length)
	}
	build := asRecorded()
	build.second = "Other"
	require.NoError(t, check(t, build, &history{History: cut(whole.History, 12)}), "what comes behind the end may change")
	require.Error(t, check(t, build, &history{History: cut(whole.History, 17)}))
}

// A failed workflow task gave no commands: what follows belongs to the next one.
func TestFailedWorkflowTasksDoNotCount(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "Pass").failedTurn().turn().activity("Fetch", "fetch", "q", asRecorded().give)
	require.NoError(t, check(t, asRecorded(), h))
	build := asRecorded()
	build.give.After = 1
	require.ErrorContains(t, check(t, build, h), "after: was 9007199254740993, became 1")
}

// An activity that is called off in the turn that asked for it is in the history all the same; a child that is asked for
// afterwards is not.
func TestCallsThatAreCalledOff(t *testing.T) {
	t.Parallel()
	pass := func(give input) func(workflow.Context) error {
		return func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
			off, cancel := workflow.WithCancel(ctx)
			workflow.ExecuteActivity(off, "Fetch", input{After: 1})
			cancel()
			workflow.ExecuteChildWorkflow(off, "Segment", input{After: 1})
			return workflow.ExecuteActivity(ctx, "Fetch", give).Get(ctx, nil)
		}
	}
	h := newHistory(t, "Pass").turn()
	h.cancelActivity(h.schedule("Fetch", "", "q", input{After: 1})).activity("Fetch", "", "q", input{After: 2}).turn().complete(nil)
	run := func(give input) error {
		return replay.Replayer{Register: func(r worker.WorkflowRegistry) {
			r.RegisterWorkflowWithOptions(pass(give), workflow.RegisterOptions{Name: "Pass"})
		}}.Check("run", "", h.History)
	}
	require.NoError(t, run(input{After: 2}))
	require.ErrorContains(t, run(input{After: 3}), "event 7): after: was 2, became 3")
}

func TestHistoriesThatCantBeReplayed(t *testing.T) {
	t.Parallel()
	var broken *replay.Broken
	begun := newHistory(t, "Pass")
	require.ErrorIs(t, check(t, asRecorded(), begun), replay.ErrNothingToReplay)

	err := check(t, asRecorded(), newHistory(t, "Foreign").turn().complete(nil))
	require.ErrorAs(t, err, &broken)
	require.Equal(t, replay.UnknownType, broken.Kind)
	require.Contains(t, broken.What(), "this build has no workflow of type Foreign (it has Pass)")

	require.ErrorContains(t, replay.Replayer{}.Check("x", "", nil), "history of x: its first event is not the start of a workflow")
	middle := completed(t)
	middle.Events = middle.Events[3:]
	require.ErrorContains(t, check(t, asRecorded(), middle), "its first event is not the start of a workflow")
}

// A file may come without the names of its run.
func TestIDsAreThoseOfTheHistory(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "Pass").turn().complete("run and 8d1a")
	start := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
	start.WorkflowId, start.OriginalExecutionRunId = "run", "8d1a"
	build := replay.Replayer{Register: func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context) (string, error) {
			execution := workflow.GetInfo(ctx).WorkflowExecution
			return execution.ID + " and " + execution.RunID, nil
		}, workflow.RegisterOptions{Name: "Pass"})
	}}
	require.NoError(t, build.Check("", "", h.History))
	require.ErrorContains(t, build.Check("other", "", h.History), `value: was "run and 8d1a", became "other and 8d1a"`)
}

func TestTheBuildsOwnWorkflowsAreTheDefault(t *testing.T) {
	t.Parallel()
	err := replay.Replayer{}.Check("x", "", newHistory(t, "Foreign").turn().complete(nil).History)
	require.ErrorContains(t, err, "it has CounterpartySync, SyncSegment, CounterpartyReport")
}
