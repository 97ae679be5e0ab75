package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/syncs"
)

// Reports of these tests are about companies of their own.
const (
	besideHanging = 5000
	besideLimited = 5100
	besideDelayed = 5200
)

// make makes a report about a company that is put into the register.
func (s *stack) make(client *desk.Client, reportType string, company int) (uid string) {
	s.t.Helper()
	s.kontur.AddCompany(konturtest.Invented(company))
	request, err := desk.Identify(reportType, konturtest.INN(company))
	require.NoError(s.t, err)
	made, err := client.Make(s.t.Context(), request)
	require.NoError(s.t, err)
	return made.UID
}

// untilStates waits until the sources of a report are in states.
func (s *stack) untilStates(client *desk.Client, uid, want string) {
	s.t.Helper()
	var got string
	require.Eventually(s.t, func() bool {
		reading, err := client.Read(s.t.Context(), uid)
		require.NoError(s.t, err)
		got = states(reading)
		return got == want
	}, patience, 10*time.Millisecond, "never %s, but %s", want, &got)
}

// TestASourceThatHangsHoldsUpNoOther: with one slot, contacts answers nobody within its two seconds. The other sources of all
// reports and a pass are not held up by each of its questions.
func TestASourceThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const n = 20
	s, client, _ := reportStack(t, map[string]string{"KONTUR_CONCURRENCY": "1"})
	s.fill(10)
	s.kontur.Inject(konturtest.Fault{Method: "contacts", Delay: time.Hour})
	s.apply("sources: [req]")
	var uids []string
	for i := range n {
		uids = append(uids, s.make(client, "probe", besideHanging+i))
	}
	require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
	for _, uid := range uids {
		require.Equal(t, "req=OK contacts=ERROR sites=OK", states(watch(t, client, uid)))
	}
	require.Less(t, s.kontur.Count("contacts"), n/2, "what does not answer is not asked by each report")
}

// TestTooManyRequestsForOneSourcePauseNoOther: sites may be asked again in some seconds.
func TestTooManyRequestsForOneSourcePauseNoOther(t *testing.T) {
	t.Parallel()
	s, client, _ := reportStack(t, nil)
	s.kontur.Inject(konturtest.Fault{Method: "sites", Times: 1, Status: 429, Text: "slow down", RetryAfter: "4"})
	limited := s.make(client, "probe", besideLimited)
	s.untilStates(client, limited, "req=OK contacts=OK sites=DELAYED")
	other := s.make(client, "probe", besideLimited+1)
	s.untilStates(client, other, "req=OK contacts=OK sites=DELAYED")
	require.Equal(t, 1, s.kontur.Count("sites"), "the other one has not asked")
	for _, uid := range []string{limited, other} {
		require.Equal(t, "req=OK contacts=OK sites=OK", states(watch(t, client, uid)))
	}
	require.Equal(t, 3, s.kontur.Count("sites"))
}

// TestWhatNeedsADelayedSourceIsDelayed, in reports and in passes: whether the data will come is not known.
func TestWhatNeedsADelayedSourceIsDelayed(t *testing.T) {
	t.Parallel()
	s, client, _ := reportStack(t, nil)
	s.fill(10)
	s.kontur.Inject(konturtest.Fault{Method: "req", Times: 1, Status: 429, Text: "slow down", RetryAfter: "2"})
	uid := s.make(client, "probe", besideDelayed)
	s.untilStates(client, uid, "req=DELAYED contacts=DELAYED sites=DELAYED")
	reading, err := client.Read(t.Context(), uid)
	require.NoError(t, err)
	if reading.Document.Sources.Sources()[2].State == sourcestate.Delayed {
		require.Contains(t, reading.Document.Sources.Sources()[2].Reason, "it is not known whether kontur.req will answer: waits 2s as Kontur.Focus asks")
	}
	require.Equal(t, "req=OK contacts=OK sites=OK", states(watch(t, client, uid)))

	fault := s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: "maintenance"})
	s.apply("sources: [req]\nretryDelays: [1h]")
	s.must("", "trigger", s.id)
	status := s.until("RETRY_WAITING", func(status syncs.Status) bool { return status.State.Status == pass.RetryWaiting })
	value, err := s.temporal.QueryWorkflow(t.Context(), status.Pass.WorkflowID, status.Pass.RunID, string(pass.ReportQuery))
	require.NoError(t, err)
	var documents pass.SourceDocuments
	require.NoError(t, value.Get(&documents))
	var entity, vehicle []string
	for i, source := range documents.Entity.State.Sources {
		entity = append(entity, source.ID+"="+source.State)
		vehicle = append(vehicle, source.ID+"="+documents.Vehicle.State.Sources[i].ExtendedState)
	}
	require.Equal(t, "alfresco.read=WAITING kontur.req=DELAYED alfresco.write=DELAYED", strings.Join(entity, " "))
	require.Equal(t, entity, vehicle)
	fault()
	s.must("", "retry", s.id)
	s.until("it ends", finished)
}
