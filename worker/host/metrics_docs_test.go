package host

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/monitoring.md")

const monitoringPage = "../../docs/monitoring.md"

// TestDocsMetrics keeps the two tables of metrics equal to what the registry tells when everything has happened once;
// -update rewrites them.
func TestDocsMetrics(t *testing.T) {
	text, err := os.ReadFile(monitoringPage)
	require.NoError(t, err)
	page := string(text)
	own, shared := tables(t, busy(t))
	for name, want := range map[string]string{"metrics of a worker": own, "metrics of all workers": shared} {
		opening, closing := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		_, rest, found := strings.Cut(page, opening)
		require.True(t, found, opening)
		have, _, found := strings.Cut(rest, closing)
		require.True(t, found, closing)
		if *update {
			page = strings.Replace(page, opening+have+closing, opening+want+closing, 1)
			continue
		}
		require.Equal(t, want, have)
	}
	if *update {
		require.NoError(t, os.WriteFile(monitoringPage, []byte(page), 0o644))
	}
}

// busy are metrics after everything that they count has happened.
func busy(t *testing.T) *Metrics {
	t.Helper()
	m, err := NewMetrics()
	require.NoError(t, err)
	now := time.Now()
	m.built("v1")
	m.ObserveKontur(kontur.Call{Method: "req", Status: 200, IDs: 1, Dropped: 1})
	m.requests.WithLabelValues("get", "200").Observe(1)
	m.activities.BatchDone("counterparty-sync-main-2026-11-22T02:00:00Z/segment-1", pass.DiffAndUpdateResult{Counts: counterparty.Counts{Updated: 1}})
	m.activities.ReportBegun("full")
	m.activities.ActivityEnded(string(pass.FetchBatch), "OK")
	m.backlog.set([]backlog{{queue: "q", kind: "workflow"}}, now.Add(time.Hour))
	m.quota.set("", now, []kontur.Quota{{Methods: []string{"req"}, LimitType: "Requests", Limit: 1, To: "2026-12-31"}})
	lag := time.Second
	ended := overview.Pass{StartedAt: now, EndedAt: now, How: "COMPLETED"}
	m.syncs.set(overview.View{At: now, Syncs: []overview.Sync{{
		ID: "main", Next: now, Interval: time.Hour, StartLag: &lag, State: pass.State{Status: pass.RetryWaiting, NextTry: &now},
		RunningSince: now, Last: &ended, Completed: &ended, Ended: map[string]int{"COMPLETED": 1},
	}}}, time.Hour)
	return m
}

// tables are those of the program's own metrics: of each worker by itself, and of what all workers tell alike.
func tables(t *testing.T, m *Metrics) (own, shared string) {
	t.Helper()
	families, err := m.registry.Gather()
	require.NoError(t, err)
	views := map[string]bool{}
	for _, c := range []interface{ describes() []string }{described{m.syncs}, described{m.backlog}, described{m.quota}} {
		for _, name := range c.describes() {
			views[name] = true
		}
	}
	const head = "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
	own, shared = head, head
	seen := map[string]bool{}
	for _, family := range families {
		name := family.GetName()
		if !strings.HasPrefix(name, "counterparty_sync_") {
			continue
		}
		seen[name] = true
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+pair.GetName()+"`")
		}
		line := fmt.Sprintf("| `%s` | %s | %s | %s |\n", name, strings.ToLower(family.GetType().String()), strings.Join(labels, ", "), family.GetHelp())
		if views[name] {
			shared += line
			continue
		}
		own += line
	}
	for _, name := range slices.Sorted(maps.Keys(views)) {
		require.True(t, seen[name], "%s is declared and never told", name)
	}
	return own, shared
}
