package activities_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/activities"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

func konturEnv(t *testing.T, server *konturtest.Server) *testsuite.TestActivityEnvironment {
	t.Helper()
	return konturEnvs(t, server)()
}

// konturEnvs makes environments of one worker.
func konturEnvs(t *testing.T, server *konturtest.Server) func() *testsuite.TestActivityEnvironment {
	t.Helper()
	client, err := kontur.New(kontur.Options{BaseURL: server.URL(), Key: secret.New(server.Key()), RequestsPerSecond: 1e6, Concurrency: 4})
	require.NoError(t, err)
	m, err := mapping.Default()
	require.NoError(t, err)
	var made registered
	activities.RegisterKontur(&made, activities.Dependencies{Contract: client, Mapping: m})
	return func() *testsuite.TestActivityEnvironment {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		for _, register := range made {
			register(env)
		}
		return env
	}
}

// registered are the activities of one worker, for several environments: one of them runs one activity at a time.
type registered []func(*testsuite.TestActivityEnvironment)

func (r *registered) RegisterActivity(any)                                         {}
func (r *registered) RegisterDynamicActivity(any, activity.DynamicRegisterOptions) {}

func (r *registered) RegisterActivityWithOptions(a any, options activity.RegisterOptions) {
	*r = append(*r, func(env *testsuite.TestActivityEnvironment) { env.RegisterActivityWithOptions(a, options) })
}

func selectChanged(env *testsuite.TestActivityEnvironment, walk string, ogrns ...string) ([]string, error) {
	request := pass.SelectChangedRequest{Walk: walk, Sources: []string{"req", "egrDetails"}, Since: time.Now().Add(-24 * time.Hour), OGRNs: ogrns}
	request.Since = request.Since.Truncate(24 * time.Hour)
	value, err := env.ExecuteActivity(string(pass.SelectChanged), request)
	if err != nil {
		return nil, err
	}
	var result pass.SelectChangedResult
	err = value.Get(&result)
	return result.Ask, err
}

func TestSelectChanged(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	var ogrns []string
	for n := 1; n <= 5; n++ {
		server.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
		ogrns = append(ogrns, konturtest.OGRN(n))
	}
	server.WatchAll()
	server.MarkChanged(time.Now(), ogrns[1])
	server.MarkChanged(time.Now().AddDate(0, 0, -10), ogrns[2])
	env := konturEnv(t, server)
	ask, err := selectChanged(env, "walk 1", append(ogrns, konturtest.OGRN(99))...)
	require.NoError(t, err)
	require.Equal(t, []string{ogrns[1], konturtest.OGRN(99)}, ask, "what changed, and what nobody watches")
}

// A change by INN is one of each watched company with that INN.
func TestSelectChangedJoinsByEitherIdentifier(t *testing.T) {
	t.Parallel()
	inn := func(n int) string { return konturtest.INN(n) }
	ogrns := []string{konturtest.OGRN(1), konturtest.OGRN(2), konturtest.OGRN(3), konturtest.OGRN(4)}
	for by, want := range map[konturtest.ChangesBy][]string{
		konturtest.ByOGRN: {ogrns[0], ogrns[3]}, konturtest.ByBoth: {ogrns[0], ogrns[3]}, konturtest.ByINN: {ogrns[0], ogrns[1], ogrns[3]},
	} {
		server := konturtest.NewServer(t, konturtest.WithChangesBy(by))
		for i, n := range []int{1, 1, 3, 4} { // the second has the INN of the first
			server.AddCompany(konturtest.Company{INN: inn(n), OGRN: ogrns[i]})
		}
		server.WatchAll()
		server.MarkChanged(time.Now(), ogrns[0], ogrns[3])
		ask, err := selectChanged(konturEnv(t, server), "walk", ogrns...)
		require.NoError(t, err)
		require.Equal(t, want, ask)
	}
}

// Whoever is watched without an INN may be the one whose INN changed: too much is asked then, never too little.
func TestSelectChangedAsksAboutWhoeverAChangeMayMean(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t, konturtest.WithChangesBy(konturtest.ByINN))
	var ogrns []string
	for n := 1; n <= 3; n++ {
		server.AddCompany(konturtest.Company{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n)})
		ogrns = append(ogrns, konturtest.OGRN(n))
	}
	server.WatchAll()
	server.MarkChanged(time.Now(), ogrns[0])
	server.Inject(konturtest.Fault{Method: "monList", Edit: konturtest.Lacking(1, "inn")})
	ask, err := selectChanged(konturEnv(t, server), "walk", ogrns...)
	require.NoError(t, err)
	require.Equal(t, ogrns, ask)

	server.ClearFaults()
	server.Inject(konturtest.Fault{Method: "monList", Edit: konturtest.Lacking(2, "inn")})
	ask, err = selectChanged(konturEnv(t, server), "another walk", ogrns...)
	require.NoError(t, err)
	require.Equal(t, ogrns[:2], ask)
}

func TestListsAreReadOncePerWalk(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	env := konturEnv(t, server)
	for range 3 {
		_, err := selectChanged(env, "walk 1", konturtest.OGRN(1))
		require.NoError(t, err)
	}
	require.Equal(t, 1, server.Count("monList"))
	require.Equal(t, 1, server.Count("egrDetails/mon"))
	for n := range 6 {
		_, err := selectChanged(env, fmt.Sprint("other walk ", n), konturtest.OGRN(1))
		require.NoError(t, err)
	}
	_, err := selectChanged(env, "walk 1", konturtest.OGRN(1))
	require.NoError(t, err)
	require.Equal(t, 8, server.Count("monList"), "few walks are kept in memory")
}

func TestListsAreReadOnceForAllThatAskAtOnce(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t, konturtest.WithLatency(50*time.Millisecond))
	env := konturEnvs(t, server)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			_, err := selectChanged(env(), "walk 1", konturtest.OGRN(1))
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, 1, server.Count("monList"))
}

func TestListsThatFailedAreReadAgain(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	server.Inject(konturtest.Fault{Method: "req/mon", Status: 502, Times: 1})
	env := konturEnv(t, server)
	_, err := selectChanged(env, "walk 1", konturtest.OGRN(1))
	require.Error(t, err)
	_, err = selectChanged(env, "walk 1", konturtest.OGRN(1))
	require.NoError(t, err)
}

func TestReadChangesKnowsTheMappingWithoutAsking(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	value, err := konturEnv(t, server).ExecuteActivity(string(pass.ReadChanges), pass.ReadChangesRequest{Walk: "w", Sources: []string{"req"}})
	require.NoError(t, err)
	var result pass.ReadChangesResult
	require.NoError(t, value.Get(&result))
	m, err := mapping.Default()
	require.NoError(t, err)
	require.Equal(t, pass.ReadChangesResult{Mapping: m.Digest()}, result)
	require.Len(t, m.Digest(), 16)
	require.Zero(t, server.Count())
}

// by is a question about changes at a time of Temporal's.
func by(now, since time.Time, seen pass.Seen, ogrns ...string) pass.SelectChangedRequest {
	return pass.SelectChangedRequest{Walk: "walk", Sources: []string{"req"}, Since: since, Now: now, Seen: seen, OGRNs: ogrns}
}

// The worker's clock has no say: the days are Temporal's and Kontur.Focus's.
func TestChangesGoByTheClockOfTemporal(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 3, 10, 9, 0, 0, 0, time.UTC)
	server := konturtest.NewServer(t, konturtest.WithClock(func() time.Time { return now }))
	server.AddCompany(konturtest.Company{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1)}, konturtest.Company{INN: konturtest.INN(2), OGRN: konturtest.OGRN(2)})
	server.WatchAll()
	server.MarkChanged(now, konturtest.OGRN(2))
	got, err := execute[pass.SelectChangedResult](konturEnv(t, server), string(pass.SelectChanged),
		by(now, now.AddDate(0, 0, -1), pass.Seen{}, konturtest.OGRN(1), konturtest.OGRN(2), konturtest.OGRN(99)))
	require.NoError(t, err)
	require.Equal(t, pass.SelectChangedResult{Ask: []string{konturtest.OGRN(2), konturtest.OGRN(99)}, Changed: []string{konturtest.OGRN(2)}}, got)

	_, err = execute[pass.SelectChangedResult](konturEnv(t, server), string(pass.SelectChanged), by(now.AddDate(0, 0, -7), now, pass.Seen{}, konturtest.OGRN(2)))
	require.ErrorContains(t, err, "by the clock of Temporal it is 2030-03-03")
	require.False(t, requireFailure(t, err, pass.FailureBadRequest, false).Waitable)
}

// Empty lists would mean that nothing changed, or that everybody has to be asked about and paid for.
func TestListsThatAreEmptyWhereTheyWereNotAreTrouble(t *testing.T) {
	t.Parallel()
	now := time.Now()
	yesterday, before := now.AddDate(0, 0, -1), now.AddDate(0, 0, -9)
	long := now.AddDate(0, 0, -90)
	tests := []struct {
		name    string
		seen    pass.Seen
		prepare func(*konturtest.Server)
		wantErr string
		mon     int // questions about changes
	}{
		{"a watch list", pass.Seen{Watched: 2}, func(*konturtest.Server) {}, "the watch list is empty, and had 2 companies before", 0},
		{"a watch list that always was", pass.Seen{}, func(*konturtest.Server) {}, "", 1},
		{"the changes, the older ones too", pass.Seen{Watched: 2, ChangedSince: &before}, func(s *konturtest.Server) { s.WatchAll() },
			"no company changed since " + before.UTC().Format(time.DateOnly) + ", and some had when that was asked before", 2},
		{"the changes that this walk has seen already", pass.Seen{Watched: 2, ChangedSince: &yesterday}, func(s *konturtest.Server) { s.WatchAll() },
			"no company changed since", 1},
		{"the changes of a quiet day", pass.Seen{Watched: 2, ChangedSince: &before}, func(s *konturtest.Server) {
			s.WatchAll()
			s.MarkChanged(now.AddDate(0, 0, -5), konturtest.OGRN(1))
		}, "", 2},
		{"changes that never were any", pass.Seen{Watched: 2}, func(s *konturtest.Server) { s.WatchAll() }, "", 1},
		{"changes that may be forgotten by now", pass.Seen{Watched: 2, ChangedSince: &long}, func(s *konturtest.Server) { s.WatchAll() }, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := konturtest.NewServer(t)
			server.AddCompany(konturtest.Company{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1)}, konturtest.Company{INN: konturtest.INN(2), OGRN: konturtest.OGRN(2)})
			tt.prepare(server)
			request := pass.ReadChangesRequest{Walk: "w", Sources: []string{"req"}, Since: &yesterday, Now: now, Seen: tt.seen}
			_, err := execute[pass.ReadChangesResult](konturEnv(t, server), string(pass.ReadChanges), request)
			require.Equal(t, tt.mon, server.Count("req/mon"))
			if tt.wantErr == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.wantErr)
			require.True(t, requireFailure(t, err, pass.FailureBadResponse, false).Waitable, "an outage")
		})
	}
}
