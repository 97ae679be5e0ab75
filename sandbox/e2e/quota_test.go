package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// A pass ends before the quota does, and the next one goes on from there when there is more.
func TestPassEndsBeforeAQuotaRunsOut(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(60)
	s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1000, Spent: 970})
	s.startWorker()
	s.apply("batchSize: 10\nquotaReserve: 5")
	failed := s.trigger()
	require.Equal(t, pass.Error, failed.State.Status)
	require.Contains(t, *failed.State.Error, "the quota of req is nearly used up: 10 of 1000 LegalEntities are left until")
	require.EqualValues(t, 20, failed.State.CountProcessedNodes, "20 of the 25 that are not reserved")
	require.Equal(t, 20, failed.Pass.Counts.Updated)
	require.Equal(t, 990, s.kontur.Spent("req"))
	require.Contains(t, s.must("", "status", s.id), "2027-01-01")

	// More was bought, and others who share the key use it up under the pass: the refusal is the same good end.
	s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 35})
	s.apply("batchSize: 10\nquotaReserve: off")
	failed = s.trigger()
	require.Equal(t, pass.Error, failed.State.Status)
	require.Contains(t, *failed.State.Error, "status 403: Limit exceeded")
	require.EqualValues(t, 50, failed.State.CountProcessedNodes)

	s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 100})
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.EqualValues(t, 60, done.State.CountProcessedNodes)
	require.EqualValues(t, 60, done.Pass.Counts.Total())
	require.NotNil(t, done.Pass.ResumedFrom)
}
