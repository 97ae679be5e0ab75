package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/secret"
)

// temporal is a Temporal of which some reports are under way, whose list is a moment behind.
type temporal struct {
	fake
	mu      sync.Mutex
	running map[string]bool
	listed  int
	counts  int
	err     error
	clock   time.Time
}

func newTemporal(running int) *temporal {
	t := &temporal{running: map[string]bool{}, clock: now}
	for i := range running {
		t.running[fmt.Sprint("other ", i)] = true
	}
	t.list()
	return t
}

// list lets the list catch up.
func (t *temporal) list() { t.listed = len(t.running) }

func (t *temporal) pass(d time.Duration) { t.clock = t.clock.Add(d) }

func (t *temporal) Make(_ context.Context, r report.Request) (desk.Made, error) {
	return t.started(r.UID())
}

func (t *temporal) Refresh(_ context.Context, uid string, _ *report.Webhook) (desk.Made, error) {
	return t.started(uid)
}

func (t *temporal) started(uid string) (desk.Made, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[uid] {
		return desk.Made{UID: uid, RunID: "run"}, nil
	}
	t.running[uid] = true
	return desk.Made{UID: uid, RunID: "run", IsNew: true}, nil
}

func (t *temporal) Find(ctx context.Context, r report.Request) (desk.Made, bool, error) {
	if err := r.Validate(); err != nil {
		return desk.Made{}, false, err
	}
	return t.FindRunning(ctx, r.UID())
}

func (t *temporal) FindRunning(_ context.Context, uid string) (desk.Made, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return desk.Made{UID: uid, RunID: "run"}, t.running[uid], nil
}

func (t *temporal) CountRunning(context.Context) (int, error) {
	t.counts++
	return t.listed, t.err
}

func (t *temporal) bound(most int) api.Reports {
	return api.Bound(t, most, func() time.Time { return t.clock })
}

func request(n int) report.Request {
	r, err := desk.Identify("full", konturtest.INN(n))
	if err != nil {
		panic(err)
	}
	return r
}

// requireBusy makes sure that an API says so in its words.
func requireBusy(t *testing.T, bound api.Reports, n int) {
	t.Helper()
	h := logged{Handler: api.New(api.Options{
		Reports: bound, Types: types, Token: secret.New(token), Now: func() time.Time { return now }, Log: zap.NewNop(),
	})}
	got := askHandler(t, h, "POST", "/user/reports/full/_make", `{"queryType":"INN","query":"`+request(n).ID+`"}`)
	require.Equal(t, http.StatusTooManyRequests, got.status, got.body)
	require.Equal(t, "10", got.header.Get("Retry-After"))
	require.Contains(t, got.body, `"exception":"TooManyReports"`)
	require.Contains(t, got.body, `reports or more are under way; ask again in 10 seconds`)
}

func TestOnlySoManyReportsAreMadeOverHTTP(t *testing.T) {
	t.Parallel()
	w := newTemporal(1)
	bound := w.bound(3)
	for n := 1; n <= 2; n++ {
		made, err := bound.Make(t.Context(), request(n))
		require.NoError(t, err)
		require.True(t, made.IsNew)
	}
	requireBusy(t, bound, 3)

	for range 5 {
		made, err := bound.Make(t.Context(), request(1))
		require.NoError(t, err, "what is under way is found, and counts once")
		require.False(t, made.IsNew)
		_, err = bound.Refresh(t.Context(), request(2).UID(), nil)
		require.NoError(t, err)
	}
	_, err := bound.Refresh(t.Context(), request(3).UID(), nil)
	require.Error(t, err, "a refresh would be a run more")
	_, err = bound.Make(t.Context(), report.Request{Type: "full", By: "inn", ID: "1"})
	require.True(t, invalid.Is(err), "what is wrong is told first")

	delete(w.running, request(1).UID())
	w.list()
	w.pass(3 * time.Second)
	_, err = bound.Make(t.Context(), request(3))
	require.NoError(t, err, "one has ended")
	requireBusy(t, bound, 4)
}

func TestTheBoundOutlivesARestartOfTheWorker(t *testing.T) {
	t.Parallel()
	w := newTemporal(3)
	requireBusy(t, w.bound(3), 1)
}

func TestFindingWhatIsThereTakesNoPlace(t *testing.T) {
	t.Parallel()
	w := newTemporal(0)
	bound := w.bound(2)
	for range 10 {
		_, err := bound.Make(t.Context(), request(1))
		require.NoError(t, err)
	}
	_, err := bound.Make(t.Context(), request(2))
	require.NoError(t, err, "the second of two")
	requireBusy(t, bound, 3)
}

func TestManyAtOnceGetNoMoreThanThereArePlaces(t *testing.T) {
	t.Parallel()
	w := newTemporal(0)
	bound := w.bound(10)
	var started atomic.Int64
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			if _, err := bound.Make(t.Context(), request(n+1)); err == nil {
				started.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 10, started.Load())
	require.Equal(t, 1, w.counts, "and Temporal counts once")
}

func TestReportsThatCannotBeCountedAreNotMade(t *testing.T) {
	t.Parallel()
	w := newTemporal(0)
	w.err = serviceerror.NewUnavailable("away")
	_, err := w.bound(2).Make(t.Context(), request(1))
	require.ErrorIs(t, err, w.err)
	w.err = nil
	_, err = w.bound(2).Make(t.Context(), request(1))
	require.NoError(t, err)
}

func TestAReportThatCouldNotBeStartedTakesNoPlace(t *testing.T) {
	t.Parallel()
	w := newTemporal(0)
	failing := &failing{w}
	bound := api.Bound(failing, 1, func() time.Time { return now })
	for range 3 {
		_, err := bound.Make(t.Context(), request(1))
		require.ErrorIs(t, err, errStart)
	}
}

// TestAReportThatIsBeingStartedKeepsItsPlace: where Temporal is slow, the count does not have it for long.
func TestAReportThatIsBeingStartedKeepsItsPlace(t *testing.T) {
	t.Parallel()
	w := newTemporal(0)
	slow := &slow{w, make(chan struct{}), make(chan struct{})}
	bound := api.Bound(slow, 1, func() time.Time { return w.clock })
	var all sync.WaitGroup
	all.Go(func() {
		_, err := bound.Make(t.Context(), request(1))
		require.NoError(t, err)
	})
	<-slow.begun
	w.pass(3 * time.Second)
	requireBusy(t, bound, 2)
	close(slow.end)
	all.Wait()
	requireBusy(t, bound, 2)
	w.list()
	w.pass(3 * time.Second)
	requireBusy(t, bound, 2)
	delete(w.running, request(1).UID())
	w.list()
	w.pass(3 * time.Second)
	_, err := bound.Refresh(t.Context(), request(2).UID(), nil)
	require.NoError(t, err, "it has ended")
}

// slow starts the first report when the test lets it.
type slow struct {
	*temporal
	begun, end chan struct{}
}

func (s *slow) Make(ctx context.Context, r report.Request) (desk.Made, error) {
	close(s.begun)
	<-s.end
	return s.temporal.Make(ctx, r)
}

var errStart = errors.New("not started")

type failing struct{ *temporal }

func (f *failing) Make(context.Context, report.Request) (desk.Made, error) {
	return desk.Made{}, errStart
}
