package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// left answers with a quota of which so much is left, reading by reading; the last number goes on.
func left(counts string, limit int64, lefts ...int64) func(int) (pass.ReadQuotasResult, error) {
	return func(n int) (pass.ReadQuotasResult, error) {
		return pass.ReadQuotasResult{Quotas: []pass.Quota{{
			Sources: []string{"req"}, Counts: counts, Limit: limit, Left: lefts[min(n, len(lefts))-1], Until: "2026-12-31",
		}}}, nil
	}
}

func TestPassEndsBeforeAQuotaRunsOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		counts  string
		left    int64
		reserve pass.Reserve
		// want are the nodes that are done, of 55; all of them if free: everybody is paid for.
		want int64
		free bool
	}{
		{"as many as are left", "LegalEntities", 30, "", 30, false},
		{"what the next batch may take too much is not asked", "LegalEntities", 25, "", 20, false},
		{"a reserve is left", "LegalEntities", 30, "10", 20, false},
		{"a share is a reserve", "Persons", 30, "10%", 20, false},
		{"nothing is left", "LegalEntities", 0, "", 0, false},
		{"calls are counted as calls", "Requests", 2, "", 20, false},
		{"enough", "LegalEntities", 55, "", 55, false},
		{"what costs nothing is found out", "LegalEntities", 10, "", 55, true},
		{"quotas are not looked at", "LegalEntities", 0, "off", 55, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 55)
			w.quotas = func(int) (pass.ReadQuotasResult, error) {
				spent := int64(len(w.asked))
				switch {
				case tt.free:
					spent = 0
				case tt.counts == methods.CountsRequests:
					spent = int64(w.queries)
				}
				return left(tt.counts, 100, tt.left-spent)(1)
			}
			sync := config()
			sync.QuotaReserve = tt.reserve
			w.run(sync)
			if tt.want == 55 {
				require.Equal(t, tt.want, w.result(t).CountProcessedNodes)
				return
			}
			result := w.failure(t)
			require.Equal(t, tt.want, result.CountProcessedNodes)
			require.Equal(t, pass.Error, result.Status)
			require.Zero(t, result.TryCount, "waiting does not help")
			require.Len(t, w.asked, int(tt.want), "nobody is asked about what is not done")
			require.Contains(t, *result.Error, "the quota of req is nearly used up")
			require.Contains(t, *result.Error, "on 2027-01-01, when the next period begins")
			states, _ := w.report(t)
			require.Contains(t, states, "kontur.req=ERROR")
			if tt.want > 0 {
				require.Equal(t, tt.want, *result.LastModifiedNodeDbid, "the checkpoint stands")
			}
		})
	}
}

// Where answers weigh much, a batch takes several requests.
func TestRequestsAreCountedAsTheyWere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 55)
	w.calls = 3
	w.quotas = func(int) (pass.ReadQuotasResult, error) { return left("Requests", 100, int64(10-3*w.queries))(1) }
	sync := config()
	sync.Lookahead = new(1)
	w.run(sync)
	result := w.failure(t)
	require.EqualValues(t, 30, result.CountProcessedNodes)
	require.Contains(t, *result.Error, "1 of 100 Requests is left until 2026-12-31, and the next 10 counterparties may take 3")
}

// What is in flight may be in the server's number or not: it is waited for before a pass is ended.
func TestBatchesInFlightAreNotCountedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(time.Second).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
		return w.querySource(r)
	})
	w.quotas = func(int) (pass.ReadQuotasResult, error) {
		return left("LegalEntities", 100, int64(50-len(w.asked)))(1)
	}
	w.run(config())
	require.EqualValues(t, 50, w.result(t).CountProcessedNodes)
	require.LessOrEqual(t, w.readings, 6)
}

// A reading that began before a batch was asked about does not have it, even if the batch is answered by the time it ends.
func TestBatchesAnsweredDuringAReadingCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 55)
	var asked []time.Time
	w.env.OnActivity(string(pass.QuerySource), mock.Anything).After(500 * time.Millisecond).Return(func(r pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
		w.mu.Lock()
		for range r.IDs {
			asked = append(asked, w.env.Now())
		}
		w.mu.Unlock()
		return w.querySource(r)
	})
	w.env.OnActivity(string(pass.ReadQuotas), mock.Anything).After(time.Second).Return(func(r pass.ReadQuotasRequest) (pass.ReadQuotasResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		answered := slices.DeleteFunc(slices.Clone(asked), func(at time.Time) bool { return at.After(r.Now) })
		return left("LegalEntities", 100, int64(20-len(answered)))(1)
	})
	w.run(config())
	require.EqualValues(t, 20, w.failure(t).CountProcessedNodes)
	require.Len(t, w.asked, 20, "nobody is asked about who is not paid for")
}

func TestPlentyIsReadOncePerSegment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 500)
	w.quotas = left("LegalEntities", 100_000, 50_000)
	w.run(config())
	result := w.result(t)
	require.Equal(t, 1, w.readings)
	require.EqualValues(t, 50_000, result.Quotas[0].Left)
}

func TestQuotasAreReadAgainAfterManyBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1500)
	w.quotas = left("LegalEntities", 100_000, 50_000, 500)
	w.run(config())
	require.EqualValues(t, 1500, w.result(t).CountProcessedNodes, "what was asked cost nothing")
	require.Greater(t, w.readings, 1)
}

func TestKeyThatMayNotReadQuotasGoesWithout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1500)
	w.quotas = func(int) (pass.ReadQuotasResult, error) { return pass.ReadQuotasResult{Problem: "status 403"}, nil }
	w.run(config())
	result := w.result(t)
	require.Equal(t, "status 403", result.QuotaProblem)
	require.Equal(t, 1, w.readings, "said once")
}

func TestQuotasThatAreNotToldNow(t *testing.T) {
	t.Parallel()
	t.Run("hold nobody up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 30)
		w.quotas = func(int) (pass.ReadQuotasResult, error) { return pass.ReadQuotasResult{}, unavailable("502") }
		w.run(config())
		require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
	})
	t.Run("are waited for when little was left", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 30)
		w.quotas = func(n int) (pass.ReadQuotasResult, error) {
			if n == 2 {
				return pass.ReadQuotasResult{}, unavailable("502")
			}
			return left("LegalEntities", 100, 15)(1)
		}
		sync := config()
		sync.Lookahead = ptr(1)
		retries := 0
		w.env.SetOnTimerScheduledListener(func(_ string, d time.Duration) {
			if d == 10*time.Second {
				retries++
			}
		})
		w.run(sync)
		require.EqualValues(t, 30, w.result(t).CountProcessedNodes)
		require.Equal(t, 1, retries)
	})
}

func TestSourceOfAnExhaustedQuotaIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	w.quotas = func(int) (pass.ReadQuotasResult, error) {
		return pass.ReadQuotasResult{Quotas: []pass.Quota{
			{Sources: []string{"req"}, Counts: "LegalEntities", Limit: 100, Left: 90},
			{Sources: []string{"contacts"}, Counts: "LegalEntities", Limit: 100, Left: 5},
		}}, nil
	}
	sync := config()
	sync.Sources = []string{"req", "contacts"}
	w.run(sync)
	result := w.result(t)
	require.EqualValues(t, 30, result.CountProcessedNodes)
	states, _ := w.report(t)
	require.Contains(t, states, "kontur.contacts=ERROR")
	require.Len(t, w.asked, 30, "req alone is asked")
}

func TestRefusalInMidPassIsTheQuotasEnd(t *testing.T) {
	t.Parallel()
	refusal := temporal.NewApplicationErrorWithOptions("status 403: Limit exceeded", pass.FailureAccessDenied, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{pass.FailureDetails{Hint: "look at the contract"}},
	})
	for _, tt := range []struct {
		name   string
		quotas func(int) (pass.ReadQuotasResult, error)
		want   string
	}{
		{"somebody else has used it up", left("LegalEntities", 100, 90, 3), "Limit exceeded; the quota of req: 3 of 100 LegalEntities are left until 2026-12-31"},
		{"it is something else", left("LegalEntities", 100, 90), "Limit exceeded; hint: look at the contract"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 55)
			w.quotas = tt.quotas
			w.query = func(_ pass.QuerySourceRequest, n int) error {
				if n > 2 {
					return refusal
				}
				return nil
			}
			sync := config()
			sync.Lookahead = ptr(1)
			w.run(sync)
			result := w.failure(t)
			require.Contains(t, *result.Error, tt.want)
			require.EqualValues(t, 20, result.CountProcessedNodes)
		})
	}
}
