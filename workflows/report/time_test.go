package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

// at queries the report at some moments of the workflow's clock.
func (w *reportWorld) at(t *testing.T, moments ...time.Duration) *[]report.Document {
	t.Helper()
	seen := &[]report.Document{}
	for _, moment := range moments {
		w.env.RegisterDelayedCallback(func() { *seen = append(*seen, w.query(t)) }, moment)
	}
	return seen
}

func TestReport_showsHowFarEachSourceIs(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.slow(req, 10*time.Second)
	w.slow(egrDetails, 20*time.Second)
	w.others()
	w.answers[contacts] = func(r report.AskRequest, call int) (report.AskResult, error) {
		if call == 1 {
			return report.AskResult{}, trouble(pass.FailureUnavailable, "status 503", true, 0, time.Second)
		}
		return known(r, call)
	}
	seen := w.at(t, 5*time.Second, 10*time.Second+500*time.Millisecond, 15*time.Second)
	w.run(full())
	w.document(t)
	first, second, third := states((*seen)[0]), states((*seen)[1]), states((*seen)[2])
	require.Equal(t, ss.Source{ID: req, State: ss.Asking}, first[req])
	require.Equal(t, ss.Source{ID: egrDetails, State: ss.Waiting, Reason: "waits for the OGRN, which kontur.req returns"}, first[egrDetails])
	require.Nil(t, (*seen)[0].Company)
	require.Empty(t, (*seen)[0].Content)
	require.Equal(t, ss.Source{ID: req, State: ss.Answered}, second[req])
	require.Equal(t, ss.Source{ID: contacts, State: ss.Delayed, Reason: "waits 1s before try 2: status 503"}, second[contacts])
	require.NotNil(t, (*seen)[1].Company, "content comes as each source answers")
	require.Equal(t, ss.Counters{OK: 6, Wait: 1}, (*seen)[2].Sources.Counts())
	require.Equal(t, ss.Source{ID: egrDetails, State: ss.Asking}, third[egrDetails])
	require.Equal(t, ss.Source{ID: contacts, State: ss.Answered}, third[contacts])
	require.True(t, (*seen)[2].UpdatedAt.After((*seen)[1].UpdatedAt))
}

func TestReport_triesWithinTheTimeLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// took is how long each attempt takes; the queue before it takes an hour, which does not count.
		took   time.Duration
		within []time.Duration
	}{
		{"quick failures", 0, []time.Duration{60 * time.Second, 59 * time.Second, 54 * time.Second, 39 * time.Second, 9 * time.Second}},
		{"slow failures", 20 * time.Second, []time.Duration{60 * time.Second, 39 * time.Second, 14 * time.Second}},
		{"one that takes it all", 60 * time.Second, []time.Duration{60 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.slow(req, time.Hour)
			w.answers[req] = failing(trouble(pass.FailureUnavailable, "status 503", true, 0, max(tt.took, time.Nanosecond)))
			w.run(report.Request{Type: "requisites", By: "inn", ID: companyINN})
			d := w.document(t)
			var within []time.Duration
			for _, r := range w.asked {
				within = append(within, time.Duration(r.Within).Round(time.Second))
			}
			require.Equal(t, tt.within, within)
			require.Equal(t, ss.Failed, states(d)[req].State)
			require.Equal(t, []string{req}, d.Missing)
		})
	}
}

func TestReport_waitsAsKonturAsks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		waits []time.Duration
		want  ss.Source
		calls int
	}{
		{"within the limit", []time.Duration{7 * time.Second, 40 * time.Second}, ss.Source{ID: req, State: ss.Answered}, 3},
		{"too long", []time.Duration{5 * time.Minute}, ss.Source{ID: req, State: ss.Failed, Reason: "no time is left to wait 5m as Kontur.Focus asks (limit 1m): status 429; hint: do this"}, 1},
		{"too often", []time.Duration{40 * time.Second, 40 * time.Second}, ss.Source{ID: req, State: ss.Failed, Reason: "no time is left to wait 40s as Kontur.Focus asks (limit 1m): status 429; hint: do this"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.answers[req] = func(r report.AskRequest, call int) (report.AskResult, error) {
				if call <= len(tt.waits) {
					return report.AskResult{}, trouble(pass.FailureRateLimited, "status 429", true, tt.waits[call-1], time.Millisecond)
				}
				return known(r, call)
			}
			seen := w.at(t, 2*time.Second)
			w.run(report.Request{Type: "requisites", By: "inn", ID: companyINN})
			require.Equal(t, tt.want, states(w.document(t))[req])
			require.Equal(t, tt.calls, w.calls[req])
			if len(*seen) > 0 && tt.calls > 1 {
				require.Equal(t, ss.Source{ID: req, State: ss.Delayed, Reason: fmt.Sprintf("waits %s as Kontur.Focus asks: status 429", pass.Duration(tt.waits[0]))}, states((*seen)[0])[req])
			}
		})
	}
}

func TestReport_cancelledEndsWithWhatThereIs(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.slow(egrDetails, time.Hour)
	w.others()
	w.answers[contacts] = failing(trouble(pass.FailureRateLimited, "status 429", true, 50*time.Second, 0))
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 10*time.Second)
	w.run(full())
	d := w.document(t)
	const reason = "the report was cancelled"
	require.Equal(t, ss.Source{ID: egrDetails, State: ss.Cancelled, Reason: reason}, states(d)[egrDetails])
	require.Equal(t, ss.Source{ID: contacts, State: ss.Cancelled, Reason: reason}, states(d)[contacts])
	require.Equal(t, ss.Source{ID: req, State: ss.Answered}, states(d)[req])
	require.Equal(t, ss.Counters{OK: 5, Error: 2}, d.Sources.Counts())
	require.Equal(t, []string{egrDetails}, d.Missing)
	require.Equal(t, 10*time.Second, d.UpdatedAt.Sub(d.CreatedAt).Round(time.Second), "nobody is waited for")

	t.Run("while it waits for the OGRN", func(t *testing.T) {
		t.Parallel()
		w := newReportWorld(t)
		w.slow(req, time.Hour)
		w.others()
		w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Second)
		w.run(full())
		d := w.document(t)
		require.Equal(t, ss.Counters{Error: 7}, d.Sources.Counts())
		require.Equal(t, ss.Source{ID: egrDetails, State: ss.Cancelled, Reason: reason}, states(d)[egrDetails])
	})
	t.Run("before it began", func(t *testing.T) {
		t.Parallel()
		w := newReportWorld(t)
		w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 0)
		w.run(full())
		require.Equal(t, ss.Counters{Error: 7}, w.document(t).Sources.Counts())
		require.Empty(t, w.asked)
	})
}

func TestReport_queryBeforeTheTypeIsKnown(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.env.OnActivity(string(report.LoadType), report.LoadTypeRequest{Type: "full"}).After(time.Minute).Return(w.loadType)
	w.env.RegisterDelayedCallback(func() {
		_, err := w.env.QueryWorkflow(string(report.Query))
		require.EqualError(t, err, report.NotLoaded, "no document is better than one that seems complete")
	}, time.Second)
	w.run(full())
	w.document(t)
}

// The content of a document must fit into a payload, whatever the sources say.
func TestReport_contentIsBounded(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	large := json.RawMessage(`"` + strings.Repeat("a", 900_000) + `"`)
	for _, source := range []string{egrDetails, "kontur.licences"} {
		w.answers[source] = func(report.AskRequest, int) (report.AskResult, error) {
			return report.AskResult{OGRN: companyOGRN, Data: large}, nil
		}
	}
	w.slow("kontur.licences", time.Second)
	w.others()
	w.run(full())
	d := w.document(t)
	require.Equal(t, ss.Answered, states(d)[egrDetails].State)
	require.Equal(t, ss.FailedInternally, states(d)["kontur.licences"].State)
	require.Contains(t, states(d)["kontur.licences"].Reason, "content of kontur.licences: 900002 bytes, more than the ")
	payload, err := converter.GetDefaultDataConverter().ToPayload(d)
	require.NoError(t, err)
	require.Less(t, len(payload.GetData()), 2<<20)
	require.Equal(t, report.MaxContentBytes, w.asked[0].MaxBytes)
}

// The memo is what remains when there is no worker.
func TestReport_statesAreInTheMemo(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	reason := strings.Repeat(`<"Ж">`, 400)
	for _, source := range []string{req, egrDetails, contacts} {
		w.answers[source] = failing(trouble(pass.FailureAccessDenied, reason, false, 0, 0))
	}
	var memos []ss.Sources
	w.env.OnUpsertMemo(matchMemo(func(states ss.Sources) {
		payload, err := converter.GetDefaultDataConverter().ToPayload(states)
		require.NoError(t, err)
		require.LessOrEqual(t, len(payload.GetData()), 2000)
		memos = append(memos, states)
	})).Return(nil)
	w.run(report.Request{Type: "full", By: "ogrn", ID: companyOGRN})
	d := w.document(t)
	require.NotEmpty(t, memos)
	for i, s := range memos[len(memos)-1].Sources() {
		require.Equal(t, d.Sources.Sources()[i].State, s.State)
		require.True(t, strings.HasPrefix(d.Sources.Sources()[i].Reason, s.Reason))
	}
	require.LessOrEqual(t, len(states(d)[req].Reason), 400)
	require.LessOrEqual(t, len(memos), 8, "one for all that happens in one turn")
}

// TestReport_keepsItsPromisesWhateverHappens polls reports that meet random troubles at every step.
func TestReport_keepsItsPromisesWhateverHappens(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			w := newReportWorld(t)
			definition, _ := w.types.Find("full")
			for _, id := range definition.SourceIDs() {
				if d := time.Duration(random.IntN(90)) * time.Second; d > 0 {
					w.slow(id, d)
				}
				w.answers[id] = randomAnswers(random.Perm(8))
			}
			w.others()
			if seed%4 == 0 {
				w.env.RegisterDelayedCallback(w.env.CancelWorkflow, time.Duration(random.IntN(120))*time.Second)
			}
			var last *report.Document
			poll := func() {
				if w.env.IsWorkflowCompleted() {
					return
				}
				value, err := w.env.QueryWorkflow(string(report.Query))
				if err != nil {
					require.ErrorContains(t, err, report.NotLoaded)
					require.Nil(t, last, "once there is a document there is one")
					return
				}
				var d report.Document
				require.NoError(t, value.Get(&d))
				requireStep(t, definition, last, d)
				last = &d
			}
			w.env.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { poll() })
			w.env.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) { poll() })
			w.env.SetOnTimerFiredListener(func(string) { poll() })
			for second := range 200 {
				w.env.RegisterDelayedCallback(poll, time.Duration(second)*time.Second+500*time.Millisecond)
			}
			w.run(full())
			end := w.document(t)
			// Nil if it was cancelled before it began.
			requireStep(t, definition, last, end)
		})
	}
}

// requireStep checks a document and that it may follow the one before it.
func requireStep(t *testing.T, definition report.Type, last *report.Document, d report.Document) {
	t.Helper()
	ids := []string{}
	waits := 0
	for i, s := range d.Sources.Sources() {
		ids = append(ids, s.ID)
		if s.State.Waits() {
			waits++
		}
		if last == nil {
			continue
		}
		was := last.Sources.Sources()[i]
		if was != s {
			require.True(t, was.State.CanBecome(s.State), "%s: %s became %s", s.ID, was.State, s.State)
		}
	}
	require.Equal(t, definition.SourceIDs(), ids, "the list never grows, shrinks or reorders")
	require.Equal(t, waits == 0, d.Sources.Complete())
	bytes := 0
	for _, c := range d.Content {
		bytes += len(c.Data)
		require.Equal(t, ss.Answered, states(d)[c.Source].State)
	}
	require.LessOrEqual(t, bytes, report.MaxContentBytes)
	if last != nil {
		require.Subset(t, contents(d), contents(*last), "content stays")
		require.Equal(t, last.CreatedAt, d.CreatedAt)
		require.False(t, d.UpdatedAt.Before(last.UpdatedAt))
	}
}

// randomAnswers meets troubles in a random order; the last answers.
func randomAnswers(order []int) answerer {
	return func(r report.AskRequest, call int) (report.AskResult, error) {
		switch order[min(call, len(order))-1] {
		case 0:
			return report.AskResult{}, trouble(pass.FailureUnavailable, "status 503", true, 0, 3*time.Second)
		case 1:
			return report.AskResult{}, trouble(pass.FailureRateLimited, "status 429", true, 4*time.Second, time.Second)
		case 2:
			return report.AskResult{}, trouble(pass.FailureAccessDenied, "status 403", false, 0, time.Second)
		case 3:
			return report.AskResult{}, trouble(report.FailureLate, "no answer", false, 0, time.Minute)
		case 4:
			return report.AskResult{Reason: "nothing is known"}, nil
		case 5:
			return report.AskResult{}, trouble(pass.FailureBadResponse, "an HTML page", true, 0, time.Second)
		}
		return known(r, call)
	}
}
