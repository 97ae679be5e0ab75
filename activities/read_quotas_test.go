package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/activities"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

func readQuotas(t *testing.T, server *konturtest.Server, key string, sources ...string) (pass.ReadQuotasResult, error) {
	t.Helper()
	client, err := kontur.New(kontur.Options{BaseURL: server.URL(), Key: secret.New(key), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	activities.RegisterKontur(env, activities.Dependencies{Contract: client})
	value, err := env.ExecuteActivity(string(pass.ReadQuotas), pass.ReadQuotasRequest{Sources: sources})
	if err != nil {
		return pass.ReadQuotasResult{}, err
	}
	var result pass.ReadQuotasResult
	require.NoError(t, value.Get(&result))
	return result, nil
}

func TestReadQuotas(t *testing.T) {
	t.Parallel()
	today := time.Now()
	from, to := today.AddDate(0, 0, -5).Format(time.DateOnly), today.AddDate(0, 0, 5).Format(time.DateOnly)
	line := func(limit, spent int, methods ...string) konturtest.QuotaLine {
		return konturtest.QuotaLine{Methods: methods, Limit: limit, Spent: spent, From: from, To: to}
	}
	tests := []struct {
		name    string
		lines   []konturtest.QuotaLine
		sources []string
		want    []pass.Quota
	}{
		{"one line for two methods", []konturtest.QuotaLine{line(100, 40, "req", "egrDetails", "sites")}, []string{"req", "egrDetails"},
			[]pass.Quota{{Sources: []string{"req", "egrDetails"}, Counts: "LegalEntities", Limit: 100, Left: 60, Until: to}}},
		{"a line of its own for each", []konturtest.QuotaLine{line(100, 40, "req"), {Methods: []string{"contacts"}, LimitType: "Requests", Limit: 7, From: from, To: to}},
			[]string{"req", "contacts"}, []pass.Quota{
				{Sources: []string{"req"}, Counts: "LegalEntities", Limit: 100, Left: 60, Until: to},
				{Sources: []string{"contacts"}, Counts: "Requests", Limit: 7, Left: 7, Until: to},
			}},
		{"of two lines the one with more left", []konturtest.QuotaLine{line(100, 100, "req"), line(50, 10, "req")}, []string{"req"},
			[]pass.Quota{{Sources: []string{"req"}, Counts: "LegalEntities", Limit: 50, Left: 40, Until: to}}},
		{"a line without a limit bounds nothing", []konturtest.QuotaLine{line(100, 100, "req"), line(0, 10, "req")}, []string{"req"}, nil},
		{"a line of a later period is not there yet", []konturtest.QuotaLine{
			{Methods: []string{"req"}, Limit: 5, From: today.AddDate(0, 1, 0).Format(time.DateOnly), To: today.AddDate(0, 2, 0).Format(time.DateOnly)},
		}, []string{"req"}, nil},
		{"what nobody asked about", []konturtest.QuotaLine{line(100, 40, "contacts")}, []string{"req"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := konturtest.NewServer(t, konturtest.WithQuotas(tt.lines...))
			got, err := readQuotas(t, server, server.Key(), tt.sources...)
			require.NoError(t, err)
			require.Equal(t, pass.ReadQuotasResult{Quotas: tt.want}, got)
		})
	}
}

// Which period holds is a matter of Temporal's clock, which a worker's may be far behind.
func TestReadQuotasGoesByTheClockOfTemporal(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t, konturtest.WithClock(func() time.Time { return time.Date(2030, 1, 2, 9, 0, 0, 0, time.UTC) }),
		konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100, From: "2030-01-01", To: "2030-12-31"}))
	got, err := execute[pass.ReadQuotasResult](konturEnv(t, server), string(pass.ReadQuotas),
		pass.ReadQuotasRequest{Sources: []string{"req"}, Now: time.Date(2030, 1, 2, 9, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.Len(t, got.Quotas, 1)
	got, err = execute[pass.ReadQuotasResult](konturEnv(t, server), string(pass.ReadQuotas), pass.ReadQuotasRequest{Sources: []string{"req"}})
	require.NoError(t, err)
	require.Empty(t, got.Quotas, "with no time handed in it is the one at which Temporal began the activity")
}

func TestReadQuotasTellsWhatLastsFromWhatPasses(t *testing.T) {
	t.Parallel()
	server := konturtest.NewServer(t)
	got, err := readQuotas(t, server, "some-other-key-0123456789", "req")
	require.NoError(t, err, "companies may still be asked about")
	require.Contains(t, got.Problem, "status 400")
	server.Inject(konturtest.Fault{Method: "stat", Status: 502, Times: 1})
	_, err = readQuotas(t, server, server.Key(), "req")
	require.Error(t, err)
}

// An answer that names no method says nothing: it is trouble where quotas were told before, and no quota where none was.
func TestReadQuotasThatAreToldNoMore(t *testing.T) {
	t.Parallel()
	for _, trouble := range []konturtest.Trouble{konturtest.Nothing, konturtest.ErrorObject} {
		server := konturtest.NewServer(t)
		server.Inject(konturtest.Fault{Method: "stat", Trouble: trouble})
		request := pass.ReadQuotasRequest{Sources: []string{"req"}}
		got, err := execute[pass.ReadQuotasResult](konturEnv(t, server), string(pass.ReadQuotas), request)
		require.NoError(t, err)
		require.Empty(t, got.Quotas)
		request.Told = true
		_, err = execute[pass.ReadQuotasResult](konturEnv(t, server), string(pass.ReadQuotas), request)
		requireFailure(t, err, pass.FailureBadResponse, false)
	}
}
