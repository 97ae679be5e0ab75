package host

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/pass"
)

// quotaMetrics show the last answer about the contract of each key with Kontur.Focus. Every worker of one key shows the same.
type quotaMetrics struct {
	family

	mu   sync.Mutex
	keys map[pass.KeyName]contract

	viewed, limit, spent, end *prometheus.Desc
}

// contract is what a key may ask, as of a time.
type contract struct {
	at     time.Time
	quotas map[quotaLine]kontur.Quota
}

// quotaLine identifies a line of the contract.
type quotaLine struct{ methods, counted, period string }

func newQuotaMetrics() *quotaMetrics {
	labels := []string{"key", "methods", "counted", "period"}
	m := &quotaMetrics{keys: map[pass.KeyName]contract{}}
	m.viewed = m.metric("kontur_quota_view_timestamp_seconds", "When Kontur.Focus last returned the quotas of the contract, by the name of the key.", "key")
	m.limit = m.metric("kontur_quota_limit", "How much a line of the contract allows in its period, in what it counts.", labels...)
	m.spent = m.metric("kontur_quota_spent", "How much of a line of the contract is spent in its period.", labels...)
	m.end = m.metric("kontur_quota_period_end_timestamp_seconds", "When the period of a line of the contract ends: midnight in Moscow after its last day; absent if it is not known.", labels...)
	return m
}

// set shows another answer for a key; no time at all shows none. Lines without a limit have nothing that could run out; of two that
// nothing distinguishes the one counts that runs out first.
func (m *quotaMetrics) set(key pass.KeyName, at time.Time, quotas []kontur.Quota) {
	lines := map[quotaLine]kontur.Quota{}
	for _, q := range quotas {
		line := quotaLine{methods: clean(strings.Join(q.Methods, ",")), counted: clean(q.LimitType), period: clean(q.From + "/" + q.To)}
		other, twice := lines[line]
		if q.Limit <= 0 || twice && other.Limit-other.Spent <= q.Limit-q.Spent {
			continue
		}
		lines[line] = q
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[key] = contract{at, lines}
}

// Collect implements prometheus.Collector.
func (m *quotaMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := gauges{ch}
	for key, c := range m.keys {
		if c.at.IsZero() {
			continue
		}
		g.at(m.viewed, c.at, string(key))
		for line, q := range c.quotas {
			labels := []string{string(key), line.methods, line.counted, line.period}
			g.set(m.limit, float64(q.Limit), labels...)
			g.set(m.spent, float64(q.Spent), labels...)
			if end, ok := q.End(); ok {
				g.at(m.end, end, labels...)
			}
		}
	}
}

// clean makes a text of the other side fit for a label.
func clean(text string) string { return strings.ToValidUTF8(text, "") }
