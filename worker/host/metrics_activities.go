package host

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"counterparty-sync/activities"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// otherSync is the label of passes whose workflow ids do not name their sync.
const otherSync = "other"

// activityMetrics count what this process's activities do.
type activityMetrics struct {
	nodes   *prometheus.CounterVec
	changes *prometheus.CounterVec
	ended   *prometheus.CounterVec
	reports *prometheus.CounterVec
}

var _ activities.Observer = (*activityMetrics)(nil)

func newActivityMetrics(r prometheus.Registerer) *activityMetrics {
	m := &activityMetrics{
		nodes: counter("nodes_total",
			"Nodes by what happened to them: UPDATED, UNCHANGED, NOT_FOUND, AMBIGUOUS, INVALID_ID, REJECTED, FAILED or GONE; a batch that is done again because its worker was lost counts again.",
			"sync", "outcome"),
		changes: counter("changes_total",
			"Attributes of nodes that were written with another value; those of a batch that is done again because its worker was lost count again.", "sync"),
		ended: counter("activities_total",
			"Activities that ended, by result: OK, Canceled, WorkerStopped, AttemptOver, or the type of the failure.", "activity", "result"),
		reports: counter("reports_total", "Reports about one counterparty that were begun, by type.", "type"),
	}
	r.MustRegister(m.nodes, m.changes, m.ended, m.reports)
	// What waiting can't mend happens once and ends the pass: from 0 on, rates see that once, too.
	for _, activity := range []string{string(pass.FetchBatch), string(pass.QuerySource), string(pass.DiffAndUpdate), string(report.AskSource)} {
		for _, failure := range pass.LastingFailures() {
			m.ended.WithLabelValues(activity, failure)
		}
	}
	return m
}

// BatchDone implements activities.Observer.
func (m *activityMetrics) BatchDone(workflowID string, result pass.DiffAndUpdateResult) {
	sync, ok := pass.SyncOfWorkflow(workflowID)
	if !ok {
		sync = otherSync
	}
	for outcome, n := range result.Counts.All() {
		m.nodes.WithLabelValues(sync, string(outcome)).Add(float64(n))
	}
	changes := 0
	for _, node := range slices.Concat(result.Earlier, result.Nodes) {
		if node.Outcome == counterparty.Updated {
			changes += len(node.Changes)
		}
	}
	m.changes.WithLabelValues(sync).Add(float64(changes))
}

// ReportBegun implements activities.Observer.
func (m *activityMetrics) ReportBegun(reportType string) { m.reports.WithLabelValues(reportType).Inc() }

// ActivityEnded implements activities.Observer.
func (m *activityMetrics) ActivityEnded(activity, result string) {
	m.ended.WithLabelValues(activity, result).Inc()
}

// adjust makes every sync count from 0 on, so that no first pass is missed by rates, and forgets those that are gone.
func (m *activityMetrics) adjust(before, now overview.View) {
	stays := map[string]bool{}
	for _, sync := range now.Syncs {
		stays[sync.ID] = true
		for outcome := range (counterparty.Counts{}).All() {
			m.nodes.WithLabelValues(sync.ID, string(outcome))
		}
		m.changes.WithLabelValues(sync.ID)
	}
	for _, sync := range before.Syncs {
		if !stays[sync.ID] {
			m.nodes.DeletePartialMatch(prometheus.Labels{"sync": sync.ID})
			m.changes.DeletePartialMatch(prometheus.Labels{"sync": sync.ID})
		}
	}
}
