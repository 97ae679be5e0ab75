package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

const chain = `
types:
  - id: chain
    sources:
      - {id: kontur.licences, method: licences, needs: kontur.egr-details}
      - {id: kontur.req, method: req}
      - {id: kontur.egr-details, method: egrDetails, needs: ogrn}
      - {id: kontur.contacts, method: contacts}
`

// Whether the data will come is not known while the source that has it waits for its next try.
func TestReport_whatNeedsADelayedSourceIsDelayed(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t, chain)
	w.slow(req, 10*time.Second)
	w.slow(egrDetails, 10*time.Second)
	w.others()
	w.answers[req] = func(r report.AskRequest, call int) (report.AskResult, error) {
		if call == 1 {
			return report.AskResult{}, trouble(pass.FailureRateLimited, "status 429", true, 20*time.Second, time.Second)
		}
		return known(r, call)
	}
	// It is asked first at 0 s, waits from 10 s on, is asked again at 30 s and answers at 40 s; then egrDetails is asked.
	seen := w.at(t, 5*time.Second, 15*time.Second, 35*time.Second, 45*time.Second)
	w.run(report.Request{Type: "chain", By: "inn", ID: companyINN})
	require.Equal(t, ss.Counters{OK: 4}, w.document(t).Sources.Counts())

	const licences = "kontur.licences"
	waits := []ss.Source{
		{ID: egrDetails, State: ss.Waiting, Reason: "waits for the OGRN, which kontur.req returns"},
		{ID: licences, State: ss.Waiting, Reason: "waits for kontur.egr-details"},
	}
	delayed := []ss.Source{
		{ID: egrDetails, State: ss.Delayed, Reason: "it is not known whether kontur.req will answer: waits 20s as Kontur.Focus asks: status 429"},
		{ID: licences, State: ss.Delayed, Reason: "it is not known whether kontur.req will answer: waits 20s as Kontur.Focus asks: status 429"},
	}
	for i, want := range [][]ss.Source{waits, delayed, waits, {{ID: egrDetails, State: ss.Asking}, waits[1]}} {
		got := states((*seen)[i])
		for _, s := range want {
			require.Equal(t, s, got[s.ID], "moment %d", i)
		}
	}
}

// What is shown in one turn is written to the memo once, however long the chain.
func TestReport_aDelayIsShownOnceForAllThatNeedTheSource(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t, chain)
	w.answers[req] = func(r report.AskRequest, call int) (report.AskResult, error) {
		if call == 1 {
			return report.AskResult{}, trouble(pass.FailureUnavailable, "status 503", true, 0, time.Second)
		}
		return known(r, call)
	}
	var delayed []int
	w.env.OnUpsertMemo(matchMemo(func(states ss.Sources) {
		n := 0
		for _, s := range states.Sources() {
			if s.State == ss.Delayed {
				n++
			}
		}
		delayed = append(delayed, n)
	})).Return(nil)
	w.run(report.Request{Type: "chain", By: "inn", ID: companyINN})
	w.document(t)
	require.Contains(t, delayed, 3)
	require.NotContains(t, delayed, 1)
	require.NotContains(t, delayed, 2)
}

// A pause that another report's question met is a queue: it does not count against the time limit.
func TestReport_waitsForThePauseOfItsMethodAsInAQueue(t *testing.T) {
	t.Parallel()
	notAsked := func(failure string, wait time.Duration) error {
		return temporal.NewApplicationErrorWithOptions("not asked", failure, temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{
			report.AskFailureDetails{FailureDetails: pass.FailureDetails{Waitable: true, RetryAfter: pass.Duration(wait)}, NotAsked: true},
		}})
	}
	for _, tt := range []struct {
		name  string
		give  error
		times int
		want  ss.State
		// took is how long the report takes; within is what the last attempt may take.
		took, within time.Duration
	}{
		{"again and again, and longer then", notAsked(pass.FailureRateLimited, 10*time.Second), 6, ss.Answered,
			5*10*time.Second + 12500*time.Millisecond, time.Minute},
		{"a long one", notAsked(pass.FailureRateLimited, 5*time.Minute), 1, ss.Answered, 5 * time.Minute, time.Minute},
		{"a source that is silent is tried within the limit", notAsked(pass.FailureUnavailable, 0), 100, ss.Failed, 51 * time.Second, 9 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.slow(req, time.Hour) // in the task queue, which does not count either
			w.answers[req] = func(r report.AskRequest, call int) (report.AskResult, error) {
				if call <= tt.times {
					return report.AskResult{}, tt.give
				}
				return known(r, call)
			}
			start := w.env.Now()
			w.run(report.Request{Type: "requisites", By: "inn", ID: companyINN})
			require.Equal(t, tt.want, states(w.document(t))[req].State)
			last := w.asked[len(w.asked)-1]
			require.Equal(t, tt.took, w.env.Now().Sub(start).Round(100*time.Millisecond)-time.Duration(len(w.asked))*time.Hour)
			require.Equal(t, tt.within, time.Duration(last.Within))
		})
	}
}
