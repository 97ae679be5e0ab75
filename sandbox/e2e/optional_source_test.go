package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// A source that the pass can do without, and that the contract lacks, is an error in the pass's report and nowhere else.
func TestPassGoesOnWithoutASourceThatTheContractLacks(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	s.fill(30)
	s.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 1000})
	s.startWorker()
	s.apply("sources: [req, contacts]\nlookahead: 1")
	done := s.trigger()
	require.Equal(t, "COMPLETED", done.Pass.Ended)
	require.Equal(t, 30, done.Pass.Counts.Updated)
	require.Nil(t, done.State.Error)
	require.Equal(t, 1, s.kontur.Count("contacts"), "it is not asked again in this pass")

	value, err := s.temporal.QueryWorkflow(t.Context(), done.Pass.WorkflowID, done.Pass.RunID, string(pass.ReportQuery))
	require.NoError(t, err)
	var report pass.SourceDocuments
	require.NoError(t, value.Get(&report))
	states := map[string]string{}
	for _, source := range report.Entity.State.Sources {
		states[source.ID] = source.State
	}
	require.Equal(t, map[string]string{"alfresco.read": "OK", "kontur.req": "OK", "kontur.contacts": "ERROR", "alfresco.write": "OK"}, states)
	require.Equal(t, 3, report.Vehicle.OK)
	require.Equal(t, 1, report.Vehicle.Error)
	require.Zero(t, report.Vehicle.Wait)
	require.Contains(t, s.must("", "status", s.id), "kontur.contacts")

	// Required, it ends the pass.
	s.apply("sources: [req, contacts]\nrequired: [req, contacts]\nlookahead: 1")
	failed := s.trigger()
	require.Equal(t, pass.Error, failed.State.Status)
	require.Contains(t, *failed.State.Error, "contacts")
}
