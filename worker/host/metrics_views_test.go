package host

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
)

// described tells the names of a collector's metrics.
type described struct{ prometheus.Collector }

var namePattern = regexp.MustCompile(`fqName: "([^"]+)"`)

func (d described) describes() []string {
	ch := make(chan *prometheus.Desc, 100)
	d.Describe(ch)
	close(ch)
	var names []string
	for desc := range ch {
		names = append(names, namePattern.FindStringSubmatch(desc.String())[1])
	}
	return names
}

func metricsAt(t *testing.T, now *time.Time) *Metrics {
	t.Helper()
	m, err := NewMetrics()
	require.NoError(t, err)
	m.syncs.now = func() time.Time { return *now }
	return m
}

func TestViewOfSyncs(t *testing.T) {
	t.Parallel()
	looked := time.Unix(1_800_000_000, 0)
	now := looked
	m := metricsAt(t, &now)
	require.NotContains(t, scrape(t, m), "counterparty_sync_view_timestamp_seconds ", "nothing is told before the first look")
	next := looked.Add(time.Hour)
	view := overview.View{At: looked, Syncs: []overview.Sync{
		{ID: "main", Next: next, Interval: 24 * time.Hour,
			State:     pass.State{Status: pass.RetryWaiting, TryCount: 2, NextTry: &next, CountProcessedNodes: 40},
			Completed: &overview.Pass{StartedAt: looked.Add(-2 * time.Hour), EndedAt: looked.Add(-time.Hour), How: "COMPLETED", Counts: counterparty.Counts{Rejected: 3}},
			Last:      &overview.Pass{EndedAt: looked.Add(-time.Minute), How: "FAILED"},
			Ended:     map[string]int{"FAILED": 2}, RunningSince: looked.Add(-time.Minute)},
		{ID: "never-ran", Paused: true, State: pass.InitialState()},
	}}
	m.syncs.set(view, time.Minute)
	always := []string{
		`counterparty_sync_view_timestamp_seconds 1.8e+09`,
		`counterparty_sync_last_completed_timestamp_seconds{sync="main"} 1.7999964e+09`,
		`counterparty_sync_last_completed_duration_seconds{sync="main"} 3600`,
		`counterparty_sync_last_completed_nodes{outcome="REJECTED",sync="main"} 3`,
		`counterparty_sync_last_completed_nodes{outcome="UPDATED",sync="main"} 0`,
		`counterparty_sync_last_pass_timestamp_seconds{ended="FAILED",sync="main"} 1.79999994e+09`,
		`counterparty_sync_passes_total{ended="FAILED",sync="main"} 2`,
	}
	momentary := []string{
		`counterparty_sync_status{status="RETRY_WAITING",sync="main"} 1`,
		`counterparty_sync_status{status="IN_PROGRESS",sync="main"} 0`,
		`counterparty_sync_status{status="TRIGGER_WAITING",sync="never-ran"} 1`,
		`counterparty_sync_paused{sync="main"} 0`,
		`counterparty_sync_paused{sync="never-ran"} 1`,
		`counterparty_sync_next_start_timestamp_seconds{sync="main"} 1.8000036e+09`,
		`counterparty_sync_start_interval_seconds{sync="main"} 86400`,
		`counterparty_sync_try{sync="main"} 2`,
		`counterparty_sync_next_try_timestamp_seconds{sync="main"} 1.8000036e+09`,
		`counterparty_sync_processed_nodes{sync="main"} 40`,
		`counterparty_sync_running_start_timestamp_seconds{sync="main"} 1.79999994e+09`,
	}
	text := scrape(t, m)
	for _, series := range append(always, momentary...) {
		require.Contains(t, text, "\n"+series+"\n")
	}
	require.NotContains(t, text, `last_completed_timestamp_seconds{sync="never-ran"}`)

	now = looked.Add(time.Minute + time.Second)
	text = scrape(t, m)
	for _, series := range always {
		require.Contains(t, text, "\n"+series+"\n", "what grows old by itself stays")
	}
	for _, series := range momentary {
		require.NotContains(t, text, "\n"+series+"\n", "a status of yesterday would be a lie")
	}

	m.syncs.set(overview.View{At: now}, time.Minute)
	require.NotContains(t, scrape(t, m), `sync="main"`, "a deleted sync is told no more")
}

func TestCountersOfNodesBeginAtZeroAndEndWithTheirSync(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics()
	require.NoError(t, err)
	view := overview.View{At: time.Now(), Syncs: []overview.Sync{{ID: "main"}, {ID: "other-one"}}}
	m.activities.adjust(overview.View{}, view)
	require.Contains(t, scrape(t, m), `counterparty_sync_nodes_total{outcome="UPDATED",sync="main"} 0`)

	m.activities.BatchDone("counterparty-sync-main-2026-11-22T02:00:00Z/segment-1", pass.DiffAndUpdateResult{
		Counts: counterparty.Counts{Updated: 2, Unchanged: 5},
		Nodes: []counterparty.NodeOutcome{
			{Outcome: counterparty.Updated, Changes: make([]counterparty.Change, 3)},
			{Outcome: counterparty.Updated, Changes: make([]counterparty.Change, 1), Reported: make([]counterparty.Change, 9)},
			{Outcome: counterparty.Rejected, Changes: make([]counterparty.Change, 9)},
		},
	})
	m.activities.BatchDone("made-by-hand-2026-11-22T02:00:00Z/segment-1", pass.DiffAndUpdateResult{Counts: counterparty.Counts{Gone: 1}})
	text := scrape(t, m)
	require.Contains(t, text, `counterparty_sync_nodes_total{outcome="UPDATED",sync="main"} 2`)
	require.Contains(t, text, `counterparty_sync_nodes_total{outcome="UNCHANGED",sync="main"} 5`)
	require.Contains(t, text, `counterparty_sync_nodes_total{outcome="GONE",sync="other"} 1`)
	require.Contains(t, text, `counterparty_sync_changes_total{sync="main"} 4`, "what was refused and what is only reported was not written")

	m.activities.adjust(view, overview.View{At: time.Now(), Syncs: []overview.Sync{{ID: "other-one"}}})
	text = scrape(t, m)
	require.NotContains(t, text, `sync="main"`)
	require.Contains(t, text, `sync="other-one"`)
}

func TestViewOfQuotas(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics()
	require.NoError(t, err)
	require.NotContains(t, scrape(t, m), "kontur_quota_limit{")
	m.quota.set("", time.Unix(1_800_000_000, 0), []kontur.Quota{
		{Methods: []string{"req", "egrDetails"}, LimitType: "LegalEntities", Limit: 5000, Spent: 1234, From: "2026-01-01", To: "2026-12-31"},
		{Methods: []string{"contacts"}, LimitType: "Requests", Limit: 100, Spent: 10},
		{Methods: []string{"contacts"}, LimitType: "Requests", Limit: 50, Spent: 40},
		{Methods: []string{"contacts"}, LimitType: "Requests", Limit: 90, Spent: 1},
		{Methods: []string{"sites"}, LimitType: "Requests", Spent: 7},
		{Methods: []string{"bad\xffname"}, LimitType: "Requests", Limit: 1},
	})
	text := scrape(t, m)
	const line = `{counted="LegalEntities",key="",methods="req,egrDetails",period="2026-01-01/2026-12-31"}`
	for _, series := range []string{
		"limit" + line + " 5000", "spent" + line + " 1234",
		fmt.Sprintf("period_end_timestamp_seconds%s %v", line, float64(time.Date(2026, 12, 31, 21, 0, 0, 0, time.UTC).Unix())),
		`limit{counted="Requests",key="",methods="contacts",period="/"} 50`,
		`spent{counted="Requests",key="",methods="contacts",period="/"} 40`,
		`limit{counted="Requests",key="",methods="badname",period="/"} 1`,
	} {
		require.Contains(t, text, "\ncounterparty_sync_kontur_quota_"+series+"\n")
	}
	require.NotContains(t, text, `methods="sites"`, "without a limit nothing can run out")
	m.quota.set("ACME", time.Unix(1_800_000_000, 0), []kontur.Quota{{Methods: []string{"contacts"}, LimitType: "Requests", Limit: 7, Spent: 6}})
	text = scrape(t, m)
	require.Contains(t, text, "\n"+`counterparty_sync_kontur_quota_spent{counted="Requests",key="",methods="contacts",period="/"} 40`+"\n")
	require.Contains(t, text, "\n"+`counterparty_sync_kontur_quota_spent{counted="Requests",key="ACME",methods="contacts",period="/"} 6`+"\n")
	m.quota.set("ACME", time.Time{}, nil)
	m.quota.set("", time.Time{}, nil)
	require.NotContains(t, scrape(t, m), "kontur_quota_limit{")
}

func TestViewOfBacklogs(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics()
	require.NoError(t, err)
	m.backlog.set([]backlog{{queue: "q", kind: "activity", tasks: 3, age: time.Minute}}, time.Now().Add(time.Hour))
	require.Contains(t, scrape(t, m), `counterparty_sync_backlog_tasks{kind="activity",task_queue="q"} 3`)
	require.Contains(t, scrape(t, m), `counterparty_sync_backlog_age_seconds{kind="activity",task_queue="q"} 60`)
	m.backlog.set([]backlog{{queue: "q", kind: "activity", tasks: 3}}, time.Now().Add(-time.Second))
	require.NotContains(t, scrape(t, m), "counterparty_sync_backlog_tasks{", "what waited an hour ago is no news")
}
