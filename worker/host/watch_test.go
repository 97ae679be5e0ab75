package host

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

func optionsFor(t *testing.T) (Options, *observer.ObservedLogs) {
	t.Helper()
	metrics, err := NewMetrics()
	require.NoError(t, err)
	core, logs := observer.New(zap.DebugLevel)
	return Options{
		Worker:  config.Worker{TaskQueue: "queue", MetricsSyncsInterval: time.Hour, MetricsQuotaInterval: time.Hour},
		Metrics: metrics, Log: zap.New(core),
	}, logs
}

func TestRepeatLogsTheBeginningAndTheEndOfAnOutage(t *testing.T) {
	t.Parallel()
	o, logs := optionsFor(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	looks := 0
	repeat(ctx, o, ofSyncs, time.Millisecond, func(context.Context) error {
		looks++
		switch looks {
		case 2, 3, 4:
			return errors.New("no connection")
		case 6:
			cancel()
		}
		return nil
	})
	var said []string
	for _, entry := range logs.All() {
		said = append(said, entry.Level.String()+" "+entry.Message)
	}
	require.Equal(t, []string{"warn metrics can't be read; their values are stale until they can", "info metrics are read again"}, said)
	require.Contains(t, scrape(t, o.Metrics), `counterparty_sync_view_errors_total{of="syncs"} 3`)
}

func TestLookAtBacklog(t *testing.T) {
	t.Parallel()
	o, _ := optionsFor(t)
	c := mocks.NewClient(t)
	o.Temporal = c
	describes := func(queue string, stats map[client.TaskQueueType]*client.TaskQueueStats) {
		info := map[client.TaskQueueType]client.TaskQueueTypeInfo{}
		for kind, s := range stats {
			info[kind] = client.TaskQueueTypeInfo{Stats: s}
		}
		//lint:ignore SA1019 the client tells statistics nowhere else
		description := client.TaskQueueDescription{VersionsInfo: map[string]client.TaskQueueVersionInfo{"": {TypesInfo: info}}}
		c.On("DescribeTaskQueueEnhanced", mock.Anything, mock.MatchedBy(func(d client.DescribeTaskQueueEnhancedOptions) bool {
			return d.TaskQueue == queue && d.ReportStats
		})).Return(description, nil)
	}
	describes("queue", map[client.TaskQueueType]*client.TaskQueueStats{
		client.TaskQueueTypeWorkflow: {ApproximateBacklogCount: 2, ApproximateBacklogAge: time.Minute},
		client.TaskQueueTypeActivity: {},
	})
	describes("queue-kontur", map[client.TaskQueueType]*client.TaskQueueStats{client.TaskQueueTypeActivity: {ApproximateBacklogCount: 9}})
	describes("queue-kontur-reports", map[client.TaskQueueType]*client.TaskQueueStats{client.TaskQueueTypeActivity: {ApproximateBacklogCount: 400}})
	describes("queue-webhooks", map[client.TaskQueueType]*client.TaskQueueStats{client.TaskQueueTypeActivity: {}})
	require.NoError(t, o.lookAtBacklog(t.Context()))
	text := scrape(t, o.Metrics)
	for _, series := range []string{
		`counterparty_sync_backlog_tasks{kind="workflow",task_queue="queue"} 2`,
		`counterparty_sync_backlog_age_seconds{kind="workflow",task_queue="queue"} 60`,
		`counterparty_sync_backlog_tasks{kind="activity",task_queue="queue"} 0`,
		`counterparty_sync_backlog_tasks{kind="activity",task_queue="queue-kontur"} 9`,
		`counterparty_sync_backlog_tasks{kind="activity",task_queue="queue-kontur-reports"} 400`,
	} {
		require.Contains(t, text, "\n"+series+"\n")
	}
}

func TestLookAtQuotaAsksForNoCompany(t *testing.T) {
	t.Parallel()
	o, _ := optionsFor(t)
	s := konturtest.NewServer(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10, Spent: 9}))
	o.Kontur = konturFor(t, s, s.Key(), o.Metrics)
	require.NoError(t, o.lookAtQuota(t.Context(), ""))
	text := scrape(t, o.Metrics)
	require.Contains(t, text, `counterparty_sync_kontur_quota_spent{counted="LegalEntities",key="",methods="req"`)
	require.Contains(t, text, "\ncounterparty_sync_kontur_ids_total{key=\"\"} 0\n")
}

func TestLookAtQuotaLeavesAKeyThatMayNotAskInPeace(t *testing.T) {
	t.Parallel()
	o, logs := optionsFor(t)
	s := konturtest.NewServer(t)
	const wrong = "a-wrong-key-of-the-test"
	o.Kontur = konturFor(t, s, wrong, o.Metrics)
	o.Metrics.quota.set("", time.Now(), []kontur.Quota{{Methods: []string{"req"}, Limit: 1}})
	repeat(t.Context(), o, ofQuota, time.Millisecond, func(ctx context.Context) error { return o.lookAtQuota(ctx, "") }) // returns by itself
	require.Len(t, logs.All(), 1)
	require.Contains(t, logs.All()[0].ContextMap()["hint"], "METRICS_QUOTA_INTERVAL=off")
	require.NotContains(t, logs.All()[0].ContextMap()["error"], wrong)
	require.NotContains(t, scrape(t, o.Metrics), "kontur_quota_limit{")
}

func TestLookAtQuotaGoesOnAfterAnOutage(t *testing.T) {
	t.Parallel()
	o, _ := optionsFor(t)
	s := konturtest.NewServer(t, konturtest.WithQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10}))
	s.Inject(konturtest.Fault{Method: "stat", Status: http.StatusServiceUnavailable, Times: 1})
	o.Kontur = konturFor(t, s, s.Key(), o.Metrics)
	err := o.lookAtQuota(t.Context(), "")
	require.Error(t, err)
	require.NotErrorIs(t, err, errEnough)
	require.NoError(t, o.lookAtQuota(t.Context(), ""))
}

func TestNothingIsWatchedThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	o, _ := optionsFor(t)
	o.Temporal = mocks.NewClient(t) // fails if it is asked
	watchAll(t.Context(), o).Wait()
	o.HTTPAddr, o.MetricsSyncsInterval, o.MetricsQuotaInterval = "127.0.0.1:0", 0, 0
	watchAll(t.Context(), o).Wait()
}

func konturFor(t *testing.T, s *konturtest.Server, key string, m *Metrics) *kontur.Client {
	t.Helper()
	c, err := kontur.New(kontur.Options{BaseURL: s.URL(), Key: secret.New(key), RequestsPerSecond: 1e3, Observe: m.ObserveKontur})
	require.NoError(t, err)
	return c
}
