package host

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"counterparty-sync/internal/overview"
	"counterparty-sync/internal/pass"
)

// syncMetrics show the last view of all syncs. Every worker shows the same, so rules take the max over workers.
//
// Nothing here may lie when Temporal can't be asked: ages are shown as times, which grow old by themselves, and what
// holds only for a moment (a status, a try) is not shown any more when the view is too old.
type syncMetrics struct {
	family
	now func() time.Time

	mu   sync.Mutex
	view overview.View
	// fresh is how long what holds for a moment is shown after a look.
	fresh time.Duration

	viewed, status, paused, next, interval, startLag, try, nextTry, running, processed *prometheus.Desc
	completed, duration, completedNodes, last, passes                                  *prometheus.Desc
}

// family are metrics of this program that are collected together.
type family []*prometheus.Desc

// metric declares one more.
func (f *family) metric(name, help string, labels ...string) *prometheus.Desc {
	*f = append(*f, prometheus.NewDesc("counterparty_sync_"+name, help, labels, nil))
	return (*f)[len(*f)-1]
}

// Describe implements prometheus.Collector.
func (f *family) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range *f {
		ch <- d
	}
}

func newSyncMetrics(now func() time.Time) *syncMetrics {
	m := &syncMetrics{now: now}
	m.viewed = m.metric("view_timestamp_seconds", "When the state of all syncs was last read from Temporal.")
	m.status = m.metric("status", "1 for the status that the sync has, 0 for the others.", "sync", "status")
	m.paused = m.metric("paused", "1 if the sync is paused: no pass starts by itself. 0 for one that is meant to start by hand only.", "sync")
	m.next = m.metric("next_start_timestamp_seconds", "When the schedule starts the next pass; absent if it starts none.", "sync")
	m.interval = m.metric("start_interval_seconds", "The longest gap between the newest start and the next ones; absent if there is no next one.", "sync")
	m.startLag = m.metric("start_lag_seconds", "How much later than scheduled the newest pass was started.", "sync")
	m.try = m.metric("try", "Number of the retry that is waited for or under way, 0 if there is none.", "sync")
	m.nextTry = m.metric("next_try_timestamp_seconds", "When RETRY_WAITING ends, or a pass in APPROVAL_WAITING gives up; absent in any other status.", "sync")
	m.running = m.metric("running_start_timestamp_seconds", "When the pass that runs was started; absent if none runs.", "sync")
	m.processed = m.metric("processed_nodes", "Nodes that the running or last pass has walked.", "sync")
	m.completed = m.metric("last_completed_timestamp_seconds", "When a pass last walked to the end of the nodes; absent if Temporal keeps no such pass.", "sync")
	m.duration = m.metric("last_completed_duration_seconds", "How long the last completed pass took, from its start to its end.", "sync")
	m.completedNodes = m.metric("last_completed_nodes", "Nodes of the last completed pass by what happened to them.", "sync", "outcome")
	m.last = m.metric("last_pass_timestamp_seconds", "When the last pass ended, and how: COMPLETED, STOPPED, FAILED, CANCELED, TERMINATED or TIMED_OUT.", "sync", "ended")
	m.passes = m.metric("passes_total", "Passes that ended since this worker started, on whatever worker they ran, by how they ended.", "sync", "ended")
	return m
}

// set shows another view, whose momentary part is shown as long as it is fresh.
func (m *syncMetrics) set(view overview.View, fresh time.Duration) (before overview.View) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, m.view, m.fresh = m.view, view, fresh
	return before
}

// Collect implements prometheus.Collector.
func (m *syncMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	view, fresh := m.view, m.fresh
	m.mu.Unlock()
	if view.At.IsZero() {
		return
	}
	g := gauges{ch}
	g.at(m.viewed, view.At)
	momentary := m.now().Sub(view.At) <= fresh
	for _, s := range view.Syncs {
		m.collectPasses(g, s)
		if momentary {
			m.collectState(g, s)
		}
	}
}

// collectPasses shows what stays true.
func (m *syncMetrics) collectPasses(g gauges, s overview.Sync) {
	for how, n := range s.Ended {
		g.ch <- prometheus.MustNewConstMetric(m.passes, prometheus.CounterValue, float64(n), s.ID, how)
	}
	if s.Last != nil {
		g.at(m.last, s.Last.EndedAt, s.ID, s.Last.How)
	}
	if s.StartLag != nil {
		g.set(m.startLag, s.StartLag.Seconds(), s.ID)
	}
	if s.Completed == nil {
		return
	}
	g.at(m.completed, s.Completed.EndedAt, s.ID)
	g.set(m.duration, s.Completed.EndedAt.Sub(s.Completed.StartedAt).Seconds(), s.ID)
	for outcome, n := range s.Completed.Counts.All() {
		g.set(m.completedNodes, float64(n), s.ID, string(outcome))
	}
}

// collectState shows what holds for a moment.
func (m *syncMetrics) collectState(g gauges, s overview.Sync) {
	for _, status := range []pass.Status{pass.TriggerWaiting, pass.InProgress, pass.RetryWaiting, pass.ApprovalWaiting, pass.Error} {
		g.set(m.status, one(s.State.Status == status), s.ID, string(status))
	}
	g.set(m.paused, one(s.Paused), s.ID)
	g.set(m.try, float64(s.State.TryCount), s.ID)
	g.set(m.processed, float64(s.State.CountProcessedNodes), s.ID)
	if !s.Next.IsZero() {
		g.at(m.next, s.Next, s.ID)
	}
	if s.Interval > 0 {
		g.set(m.interval, s.Interval.Seconds(), s.ID)
	}
	if s.State.NextTry != nil {
		g.at(m.nextTry, *s.State.NextTry, s.ID)
	}
	if !s.RunningSince.IsZero() {
		g.at(m.running, s.RunningSince, s.ID)
	}
}

// gauges sends gauges to who collects them.
type gauges struct{ ch chan<- prometheus.Metric }

func (g gauges) set(d *prometheus.Desc, value float64, labels ...string) {
	g.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (g gauges) at(d *prometheus.Desc, t time.Time, labels ...string) {
	g.set(d, float64(t.UnixMilli())/1000, labels...)
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
