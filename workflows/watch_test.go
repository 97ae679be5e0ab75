package workflows_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// scheduled is a world whose pass a schedule has started.
type scheduled struct {
	*world
	// describe answers a look at the schedule, by its number from 1; trigger a try to start the next pass.
	describe func(int) (pass.DescribeScheduleResult, error)
	trigger  func(int) (pass.TriggerScheduleResult, error)
	looks    []time.Time
	triggers int
}

func newScheduled(t *testing.T, nodes int64) *scheduled {
	t.Helper()
	s := &scheduled{world: newWorld(t, nodes)}
	key := temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")
	require.NoError(t, s.env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(key.ValueSet("counterparty-sync-main"))))
	register := func(name string, execute any) {
		s.env.RegisterActivityWithOptions(execute, activity.RegisterOptions{Name: name})
	}
	register(string(pass.FindPreviousPass), func(pass.FindPreviousPassRequest) (pass.FindPreviousPassResult, error) {
		return pass.FindPreviousPassResult{}, nil
	})
	register(string(pass.DescribeSchedule), func(r pass.DescribeScheduleRequest) (pass.DescribeScheduleResult, error) {
		require.Equal(t, pass.DescribeScheduleRequest{ScheduleID: "counterparty-sync-main", SyncID: "main"}, r)
		s.looks = append(s.looks, s.env.Now())
		return s.describe(len(s.looks))
	})
	register(string(pass.TriggerSchedule), func(r pass.TriggerScheduleRequest) (pass.TriggerScheduleResult, error) {
		require.Equal(t, "counterparty-sync-main", r.ScheduleID)
		s.triggers++
		if s.trigger == nil {
			return pass.TriggerScheduleResult{}, nil
		}
		return s.trigger(s.triggers)
	})
	s.becomes(time.Hour, config())
	return s
}

// becomes changes the configuration of the schedule after a time.
func (s *scheduled) becomes(after time.Duration, sync pass.Sync) {
	start := s.env.Now()
	s.describe = func(int) (pass.DescribeScheduleResult, error) {
		now := config()
		if s.env.Now().Sub(start) >= after {
			now = sync
		}
		return pass.DescribeScheduleResult{Sync: &now}, nil
	}
}

func otherSize() pass.Sync {
	sync := config()
	sync.BatchSize = ptr(5)
	return sync
}

// stoppedWithin requires that the pass has stopped for its configuration, soon after that was changed, and that one follows.
func (s *scheduled) stoppedWithin(t *testing.T, changed, within time.Duration, start time.Time) pass.Result {
	t.Helper()
	result := s.result(t)
	require.Equal(t, pass.Stopped, result.Ended)
	require.Equal(t, pass.TriggerWaiting, result.Status)
	require.Nil(t, result.Error)
	require.Equal(t, "the configuration changed: batchSize 10 → 5", result.Replaced)
	require.Equal(t, 1, s.triggers)
	require.Less(t, s.env.Now().Sub(start), changed+within)
	for _, source := range result.Sources.Sources() {
		require.Equal(t, "the pass was stopped: its configuration changed", source.Reason)
	}
	return result
}

func TestChangedConfigurationStopsASegmentAtACleanPoint(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 100_000)
	s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(s.querySource)
	start := s.env.Now()
	s.becomes(50*time.Second, otherSize())
	s.run(config())
	result := s.stoppedWithin(t, 50*time.Second, 40*time.Second, start)
	require.Positive(t, result.CountProcessedNodes)
	require.EqualValues(t, *result.LastModifiedNodeDbid, result.CountProcessedNodes)
	require.Len(t, s.looks, 2, "after 30 s, and again")
}

func TestChangedConfigurationEndsRetryWaiting(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 10)
	s.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	sync := config()
	sync.RetryDelays = &[]pass.Duration{pass.Duration(time.Hour)}
	start := s.env.Now()
	s.becomes(5*time.Minute, otherSize())
	s.run(sync)
	s.stoppedWithin(t, 5*time.Minute, 31*time.Second, start)
	require.Equal(t, 1, s.queries)
}

func TestChangedConfigurationEndsApprovalWaiting(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 30)
	sync, other := config(), otherSize()
	sync.MaxChanged, other.MaxChanged = ptr(5), ptr(5)
	start := s.env.Now()
	s.describe = func(int) (pass.DescribeScheduleResult, error) {
		if s.env.Now().Sub(start) >= 5*time.Minute {
			return pass.DescribeScheduleResult{Sync: &other}, nil
		}
		return pass.DescribeScheduleResult{Sync: &sync}, nil
	}
	s.run(sync)
	s.stoppedWithin(t, 5*time.Minute, 31*time.Second, start)
	require.Empty(t, s.updated)
}

func TestChangedConfigurationIsSeenBeforeTheNextSegment(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 10)
	s.query = func(pass.QuerySourceRequest, int) error { return unavailable("down") }
	sync := config()
	sync.RetryDelays = &[]pass.Duration{pass.Duration(12 * time.Second)}
	start := s.env.Now()
	s.becomes(time.Second, otherSize())
	s.run(sync)
	s.stoppedWithin(t, 12*time.Second, time.Second, start)
	require.Equal(t, 1, s.queries, "under the old configuration nobody is asked any more")
}

// While a register asks to wait, a segment commits nothing and tells its pass all the same that time goes by.
func TestChangedConfigurationIsSeenThoughNothingIsCommitted(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 10)
	s.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewApplicationErrorWithOptions("429", pass.FailureRateLimited, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{RetryAfter: pass.Duration(10 * time.Second), Waitable: true}},
		})
	}
	start := s.env.Now()
	s.becomes(5*time.Minute, otherSize())
	s.run(config())
	s.stoppedWithin(t, 5*time.Minute, 2*time.Minute, start)
}

func TestPassGoesOnUnlessWhatItDoesHasChanged(t *testing.T) {
	t.Parallel()
	base := config()
	base.Lookahead = ptr(4) // it takes a while
	var whole pass.Sync
	text, err := json.Marshal(base.WithDefaults())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &whole))
	later := base
	later.Name, later.Cron, later.SearchParam, later.Lookahead, later.ResetAt = "x", "0 2 * * *", "INN", ptr(1), "mark"
	for name, answer := range map[string]pass.DescribeScheduleResult{
		"defaults written out": {Sync: &whole},
		"its name and cron":    {Sync: &later},
		"deleted":              {Gone: true},
		"not to be read":       {Problem: `json: unknown field "batch_size"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScheduled(t, 1500)
			s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(2 * time.Second).Return(s.querySource)
			s.describe = func(int) (pass.DescribeScheduleResult, error) { return answer, nil }
			s.run(base)
			result := s.result(t)
			require.Equal(t, pass.Completed, result.Ended)
			require.Empty(t, result.Replaced)
			require.NotEmpty(t, s.looks)
			require.Zero(t, s.triggers)
		})
	}
	t.Run("not looked up", func(t *testing.T) {
		t.Parallel()
		s := newScheduled(t, 1500)
		s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(2 * time.Second).Return(s.querySource)
		s.describe = func(int) (pass.DescribeScheduleResult, error) {
			return pass.DescribeScheduleResult{}, temporal.NewNonRetryableApplicationError("no permission", "x", nil)
		}
		s.run(base)
		require.Equal(t, pass.Completed, s.result(t).Ended)
	})
}

func TestShortPassDoesNotLook(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 100)
	s.query = func(_ pass.QuerySourceRequest, call int) error {
		if call == 1 {
			return unavailable("down")
		}
		return nil
	}
	sync := config()
	sync.RetryDelays = &[]pass.Duration{pass.Duration(5 * time.Second)}
	s.becomes(0, otherSize())
	s.run(sync)
	require.Equal(t, pass.Completed, s.result(t).Ended)
	require.Empty(t, s.looks)
}

// The looks of a long pass fit into its history: see watchInterval.
func TestPassOfAWeekLooksSeldom(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 30)
	sync := config()
	sync.MaxChanged, sync.ApprovalTimeout = ptr(5), ptr(pass.Duration(7*24*time.Hour))
	s.describe = func(int) (pass.DescribeScheduleResult, error) { return pass.DescribeScheduleResult{Sync: &sync}, nil }
	s.run(sync)
	require.Equal(t, pass.Failed, s.failure(t).Ended)
	require.InDelta(t, 630, len(s.looks), 10)
}

func TestNextPassIsAskedForUntilTemporalTakesIt(t *testing.T) {
	t.Parallel()
	refused := temporal.NewNonRetryableApplicationError("refused", pass.FailureUnavailable, nil)
	for name, tt := range map[string]struct {
		trigger func(int) (pass.TriggerScheduleResult, error)
		tries   int
		want    string
	}{
		"at the third time": {func(n int) (pass.TriggerScheduleResult, error) {
			if n < 3 {
				return pass.TriggerScheduleResult{}, refused
			}
			return pass.TriggerScheduleResult{}, nil
		}, 3, "the configuration changed: batchSize 10 → 5"},
		"never": {func(int) (pass.TriggerScheduleResult, error) { return pass.TriggerScheduleResult{}, refused }, 4,
			"the configuration changed: batchSize 10 → 5; it starts no new pass: "},
		"a paused schedule": {func(int) (pass.TriggerScheduleResult, error) {
			return pass.TriggerScheduleResult{Why: "the schedule is paused: own"}, nil
		}, 1, "the configuration changed: batchSize 10 → 5; it starts no new pass: the schedule is paused: own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScheduled(t, 100_000)
			s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(s.querySource)
			s.trigger = tt.trigger
			s.becomes(0, otherSize())
			s.run(config())
			result := s.result(t)
			require.Equal(t, pass.Stopped, result.Ended)
			require.Equal(t, tt.tries, s.triggers)
			require.True(t, strings.HasPrefix(result.Replaced, tt.want), result.Replaced)
			require.LessOrEqual(t, len(result.Replaced), pass.MaxReplaced)
		})
	}
}

// starter apply, and a person who stops the pass, have decided what follows.
func TestPassThatIsCancelledMeanwhileStartsNone(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 100_000)
	s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(s.querySource)
	s.trigger = func(int) (pass.TriggerScheduleResult, error) {
		s.env.RegisterDelayedCallback(s.env.CancelWorkflow, time.Second)
		return pass.TriggerScheduleResult{}, temporal.NewNonRetryableApplicationError("refused", pass.FailureUnavailable, nil)
	}
	s.becomes(0, otherSize())
	s.run(config())
	result := s.result(t)
	require.Equal(t, pass.Stopped, result.Ended)
	require.Equal(t, 1, s.triggers)
	require.Equal(t, "the configuration changed: batchSize 10 → 5; it starts no new pass: the pass was stopped meanwhile", result.Replaced)
}

// starter apply marks what it changes, and restarts the pass itself. The pass does so only if apply was cut off.
func TestWhatApplyHasChangedItRestarts(t *testing.T) {
	t.Parallel()
	marked := otherSize()
	marked.ResetAt = "new"
	for name, cutOff := range map[string]bool{"apply comes to it": false, "apply was cut off": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScheduled(t, 100_000)
			s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(s.querySource)
			s.becomes(0, marked)
			if !cutOff {
				s.env.RegisterDelayedCallback(s.env.CancelWorkflow, 40*time.Second)
			}
			start := s.env.Now()
			s.run(config())
			if cutOff {
				s.stoppedWithin(t, 0, 61*time.Second, start)
				require.Len(t, s.looks, 2)
				return
			}
			require.Equal(t, pass.Stopped, s.result(t).Ended)
			require.Empty(t, s.result(t).Replaced)
			require.Zero(t, s.triggers)
		})
	}
}

func TestPassThatStopsByItselfLeavesTheNextOneToApply(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 100_000)
	s.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(s.querySource)
	s.trigger = func(n int) (pass.TriggerScheduleResult, error) {
		if n == 1 {
			return pass.TriggerScheduleResult{Marked: "new"}, nil
		}
		return pass.TriggerScheduleResult{}, nil
	}
	s.becomes(0, otherSize())
	s.run(config())
	require.Equal(t, 2, s.triggers, "it was not cancelled in time, so that apply was cut off")
	require.Equal(t, "the configuration changed: batchSize 10 → 5", s.result(t).Replaced)
}

// A wait is woken once for each look, though that takes its time: the events are reckoned so, see watchInterval.
func TestWaitIsWokenOnceForEachLook(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, 30)
	sync := config()
	sync.MaxChanged, sync.ApprovalTimeout = ptr(5), ptr(pass.Duration(24*time.Hour))
	looks, timers := 0, 0
	s.env.OnActivity(string(pass.DescribeSchedule), mock.Anything).After(100 * time.Millisecond).Return(func(pass.DescribeScheduleRequest) (pass.DescribeScheduleResult, error) {
		looks++
		return pass.DescribeScheduleResult{Sync: &sync}, nil
	})
	s.env.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
	s.run(sync)
	require.Equal(t, pass.Failed, s.failure(t).Ended)
	require.Positive(t, looks)
	require.InDelta(t, looks, timers, 5)
}
