package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// keyed is a world in which workers hold the key ACME, or don't. Held is asked with the number of the question, from 1.
type keyed struct {
	*world
	questions int
	queues    map[string]bool // of questions to Kontur.Focus
}

func newKeyed(t *testing.T, nodes int64, held func(question int) (bool, error)) *keyed {
	t.Helper()
	k := &keyed{world: newWorld(t, nodes), queues: map[string]bool{}}
	k.world.held = func(key pass.KeyName) (bool, error) {
		require.Equal(t, pass.KeyName("ACME"), key)
		k.questions++
		return held(k.questions)
	}
	k.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		switch info.ActivityType.Name {
		case string(pass.QuerySource), string(pass.ReadQuotas):
			k.mu.Lock()
			defer k.mu.Unlock()
			k.queues[info.TaskQueue] = true
		}
	})
	return k
}

func keyedSync() pass.Sync {
	sync := config()
	sync.KonturKey = "ACME"
	return sync
}

func TestPassAsksOnTheQueueOfItsKey(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, 30, func(int) (bool, error) { return true, nil })
	k.run(keyedSync())
	result := k.result(t)
	require.Equal(t, pass.Completed, result.Ended)
	require.Equal(t, map[string]bool{"default-test-taskqueue-kontur-key-acme": true}, k.queues)
	require.Equal(t, 1, k.questions)
}

func TestPassWhoseKeyNoWorkerHoldsEndsAtOnce(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, 30, func(int) (bool, error) { return false, nil })
	k.run(keyedSync())
	failed := k.failure(t)
	require.Equal(t, pass.Error, failed.Status)
	require.Equal(t, "no worker holds the key ACME of Kontur.Focus; hint: set KONTUR_KEY_ACME or KONTUR_KEY_ACME_FILE in the environment of the workers, "+
		"and start them again; or correct konturKey", *failed.Error)
	require.Empty(t, k.asked)
	require.Zero(t, failed.TryCount)
}

func TestPassGoesOnIfItIsNotKnownWhoHoldsItsKey(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, 30, func(int) (bool, error) { return false, errors.New("Temporal is busy") })
	k.run(keyedSync())
	require.Equal(t, pass.Completed, k.result(t).Ended)
}

// The key goes away in the middle of the pass: what was asked waits for a while, and then it is looked again.
func TestPassWhoseKeyGoesAwayEndsSoon(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, 30, func(question int) (bool, error) { return question == 1, nil })
	k.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
	}
	began := k.env.Now()
	k.run(keyedSync())
	failed := k.failure(t)
	require.Contains(t, *failed.Error, "no worker holds the key ACME of Kontur.Focus")
	require.Equal(t, 2, k.questions)
	require.Less(t, k.env.Now().Sub(began), time.Hour)
}

// A pasted key stands in the input of a schedule that was made by hand, and nowhere else.
func TestPassDoesNotRepeatAPastedKey(t *testing.T) {
	t.Parallel()
	const pasted = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
	k := newKeyed(t, 30, func(int) (bool, error) { return true, nil })
	sync := config()
	sync.KonturKey = pasted
	k.run(sync)
	require.NotContains(t, k.env.GetWorkflowError().Error(), pasted)
	require.Contains(t, *k.failure(t).Error, `konturKey: "***" is not allowed`)
	require.Zero(t, k.questions)
}

// The watch list of another key is another one: what was seen of the first says nothing about it.
func TestAnotherKeyAsksAboutEverybody(t *testing.T) {
	t.Parallel()
	c := newChanging(t, 30)
	before := c.completed(t)
	before.Scope.Seen.Watched = 30
	c.after(before)
	sync := sparing()
	sync.KonturKey = "ACME"
	c.run(sync)
	result := c.result(t)
	require.Len(t, c.asked, 30)
	require.Equal(t, "the sync has another key than before, with a watch list of its own", result.Scope.Why)
	require.Equal(t, pass.Seen{Key: "ACME"}, result.Scope.Seen)
	require.Equal(t, pass.Seen{Key: "ACME"}, c.reads[0].Seen)
}

// Whose quota refuses is asked with the key that was refused: another contract says nothing about it.
func TestPassAsksWithItsKeyWhetherTheQuotaRefuses(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, 30, func(int) (bool, error) { return true, nil })
	k.quotas = func(n int) (pass.ReadQuotasResult, error) { return left("LegalEntities", 100_000, 50_000)(n) }
	k.query = func(pass.QuerySourceRequest, int) error {
		return temporal.NewApplicationErrorWithOptions("status 403", pass.FailureAccessDenied, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{pass.FailureDetails{}},
		})
	}
	k.run(keyedSync())
	require.Equal(t, pass.Error, k.failure(t).Status)
	require.Greater(t, k.readings, 1)
	require.Equal(t, map[string]bool{"default-test-taskqueue-kontur-key-acme": true}, k.queues)
}
