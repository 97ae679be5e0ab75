package host

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// backlogMetrics show what waits in the task queues, as Temporal reported it last. Every worker shows the same.
type backlogMetrics struct {
	family

	mu     sync.Mutex
	until  time.Time // what is shown holds for a moment only
	queues []backlog

	tasks, age *prometheus.Desc
}

// backlog is what waits in one task queue.
type backlog struct {
	queue, kind string
	tasks       int64
	age         time.Duration
}

func newBacklogMetrics() *backlogMetrics {
	m := &backlogMetrics{}
	m.tasks = m.metric("backlog_tasks", "Tasks that wait in a task queue for a worker, about; kind is workflow or activity.", "task_queue", "kind")
	m.age = m.metric("backlog_age_seconds", "How long the oldest task of a task queue has waited for a worker, about.", "task_queue", "kind")
	return m
}

// set shows other numbers until they are too old.
func (m *backlogMetrics) set(queues []backlog, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queues, m.until = queues, until
}

// Collect implements prometheus.Collector.
func (m *backlogMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().After(m.until) {
		return
	}
	g := gauges{ch}
	for _, b := range m.queues {
		g.set(m.tasks, float64(b.tasks), b.queue, b.kind)
		g.set(m.age, b.age.Seconds(), b.queue, b.kind)
	}
}

// backlogOf reads what Temporal says about the task queues. Statistics that it does not have are left out.
func backlogOf(queue string, description client.TaskQueueDescription) []backlog {
	var found []backlog
	for t, kind := range map[client.TaskQueueType]string{client.TaskQueueTypeWorkflow: "workflow", client.TaskQueueTypeActivity: "activity"} {
		sum, told := backlog{queue: queue, kind: kind}, false
		// Versions, if there are any, share the queue.
		//lint:ignore SA1019 the client tells statistics nowhere else
		for _, version := range description.VersionsInfo {
			if stats := version.TypesInfo[t].Stats; stats != nil {
				sum.tasks += stats.ApproximateBacklogCount
				sum.age = max(sum.age, stats.ApproximateBacklogAge)
				told = true
			}
		}
		if told {
			found = append(found, sum)
		}
	}
	return found
}
