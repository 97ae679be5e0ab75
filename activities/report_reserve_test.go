package activities_test

import (
	"bytes"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"counterparty-sync/activities"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/secret"
)

// asker asks sources of reports as one worker does, whose activities share what they know of the quotas.
type asker struct {
	made registered
	logs *safeBuffer
}

func newAsker(t *testing.T, server *konturtest.Server, key string, keep pass.Reserve) asker {
	t.Helper()
	client, err := kontur.New(kontur.Options{BaseURL: server.URL(), Key: secret.New(key), RequestsPerSecond: 1e6, Concurrency: 4})
	require.NoError(t, err)
	a := asker{logs: &safeBuffer{}}
	activities.RegisterReports(&a.made, activities.Dependencies{Register: client, Contract: client, ReportsReserve: keep})
	return a
}

func (a asker) ask(method string, n int) error {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(a.logs, nil))))
	env := suite.NewTestActivityEnvironment()
	for _, register := range a.made {
		register(env)
	}
	_, err := execute[report.AskResult](env, string(report.AskSource), report.AskRequest{
		Source: report.TypeSource{ID: methods.SourceID(method), Method: method}, By: counterparty.INN, ID: konturtest.INN(n), MaxBytes: 1e6,
	})
	return err
}

// safeBuffer takes the logs of several environments.
type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// contract is a server with companies, whose quota of req is spent so far. Of contacts there is a line of its own.
func contract(t *testing.T, limit, spent int, opts ...konturtest.Option) *konturtest.Server {
	t.Helper()
	year := time.Now().Format("2006")
	line := konturtest.QuotaLine{Methods: []string{"req", "sites"}, Limit: limit, Spent: spent, From: year + "-01-01", To: year + "-12-31"}
	other := line
	other.Methods, other.Limit, other.Spent = []string{"contacts"}, 1000, 0
	server := konturtest.NewServer(t, append(opts, konturtest.WithQuotas(line, other))...)
	for n := range 60 {
		server.AddCompany(konturtest.Company{INN: konturtest.INN(n + 1), OGRN: konturtest.OGRN(n + 1), RegistrationDate: "2010-01-01"})
	}
	return server
}

func TestASourceOfAReportLeavesTheReserve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		limit, spent int
		keep         pass.Reserve
		asked        bool
	}{
		{"less is left than the reserve", 1000, 991, "10", false},
		{"as much is left as the reserve", 1000, 990, "10", false},
		{"one is left beside the reserve", 1000, 989, "10", true},
		{"a share of the limit", 1000, 951, "5%", false},
		{"beside a share", 1000, 949, "5%", true},
		{"nothing is left and nothing is reserved", 1000, 1000, "0", false},
		{"the last one, of which nothing is reserved", 1000, 999, "0", true},
		{"nobody looks", 1000, 999, "off", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := contract(t, tt.limit, tt.spent)
			a := newAsker(t, server, server.Key(), tt.keep)
			err := a.ask("req", 1)
			if tt.asked {
				require.NoError(t, err)
				require.Equal(t, 1, server.Count("req"))
				return
			}
			details := requireFailure(t, err, pass.FailureQuotaExhausted, false)
			require.False(t, details.Waitable)
			require.NotEmpty(t, details.Hint)
			require.Zero(t, server.Count("req"), "Kontur.Focus is not asked")
			require.NoError(t, a.ask("contacts", 1), "another line")
			require.Equal(t, 1, server.Count("stat"), "one reading does for both")
		})
	}
}

func TestAReservedSourceSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	server := contract(t, 2000, 1990)
	require.ErrorContains(t, newAsker(t, server, server.Key(), "5%").ask("sites", 1), "Kontur.Focus was not asked sites: of 2000 LegalEntities 10 are left until "+
		time.Now().Format("2006")+"-12-31, and reports leave 100 (REPORTS_QUOTA_RESERVE: 5%)")
}

func TestManyReportsAtOnceLeaveTheReserve(t *testing.T) {
	t.Parallel()
	const limit, keep = 40, 15
	server := contract(t, limit, 0, konturtest.WithLatency(time.Millisecond))
	a := newAsker(t, server, server.Key(), "15")
	var asked, refused atomic.Int64
	var all sync.WaitGroup
	for n := range 60 {
		all.Go(func() {
			if err := a.ask("req", n+1); err != nil {
				refused.Add(1)
				return
			}
			asked.Add(1)
		})
	}
	all.Wait()
	require.EqualValues(t, limit-keep, asked.Load(), "neither more nor less")
	require.EqualValues(t, 60-(limit-keep), refused.Load())
	require.Equal(t, limit-keep, server.Spent("req"))

	calls := server.Count("stat")
	for n := range 5 {
		require.Error(t, a.ask("req", n+1))
	}
	require.Equal(t, calls, server.Count("stat"), "what is known for sure is not asked again")
}

func TestWhatIsPaidForCostsNothingOfTheReserve(t *testing.T) {
	t.Parallel()
	server := contract(t, 40, 0)
	a := newAsker(t, server, server.Key(), "30")
	for range 30 {
		require.NoError(t, a.ask("req", 1), "one company, paid for once, however often it is asked about")
	}
	require.Equal(t, 1, server.Spent("req"))
	require.LessOrEqual(t, server.Count("stat"), 5, "and the quotas are not read for each")
}

func TestQuotasThatCannotBeReadHoldNoReportUp(t *testing.T) {
	t.Parallel()
	server := contract(t, 40, 40)
	server.Inject(konturtest.Fault{Method: "stat", Status: 503, Times: 1})
	a := newAsker(t, server, server.Key(), "5")
	require.NoError(t, a.ask("contacts", 1))
	require.NoError(t, a.ask("contacts", 2))
	require.Equal(t, 1, server.Count("stat"), "nor are they asked for again and again")
	require.Contains(t, a.logs.String(), "quotas of Kontur.Focus are not known; reports go on without")

	refusing := contract(t, 40, 0)
	refusing.Inject(konturtest.Fault{Method: "stat", Status: 403})
	a = newAsker(t, refusing, refusing.Key(), "40")
	require.NoError(t, a.ask("req", 1))
	require.NoError(t, a.ask("req", 2))
	require.Equal(t, 1, refusing.Count("stat"))
	require.Contains(t, a.logs.String(), "reports keep nothing in reserve")
}

func TestQuotasOfWhichLittleWasLeftMustBeReadAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]konturtest.Fault{
		"no answer": {Method: "stat", Status: 503}, "an empty list": {Method: "stat", Trouble: konturtest.Nothing},
		"an error in a list": {Method: "stat", Trouble: konturtest.ErrorObject},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := contract(t, 10, 4)
			a := newAsker(t, server, server.Key(), "5")
			require.NoError(t, a.ask("req", 1))
			server.Inject(fault)
			require.ErrorContains(t, a.ask("req", 2), "quotas of Kontur.Focus, of which little may be left")
			require.Equal(t, 1, server.Count("req"))
		})
	}
}
