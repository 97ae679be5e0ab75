package record_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// foreignINN is an invented INN of a foreign organisation.
const foreignINN = "9909000011"

func reportScenarios() []scenario {
	all := "req=ANSWERED contacts=ANSWERED sites=ANSWERED"
	return []scenario{
		{name: "report", play: func(s *stage) run {
			s.counterparty(1)
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"every source answers", states(h.document()) == all && len(h.document().Content) == 3},
				{"each is asked once", h.activities(string(report.AskSource)) == 3},
				{"the states are in the memo", h.events(memoChanged) >= 3},
			}
		}},
		{name: "report-of-a-sole-proprietor", play: func(s *stage) run {
			s.kontur.AddCompany(konturtest.Company{INN: konturtest.PersonINN(1), OGRN: konturtest.OGRNIP(1), FIO: "Примеров Пример Примерович", Sites: []string{"https://example.test"}})
			s.startWorker()
			return s.report(konturtest.OGRNIP(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"it has the company", h.document().Company != nil && h.document().Company.Kind == report.SoleProprietor},
				{"by OGRN nobody waits for it", h.has(`"by":"ogrn"`)},
			}
		}},
		{name: "report-of-nobody", play: func(s *stage) run {
			s.startWorker()
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"what needs the company is cancelled", states(h.document()) == "req=ANSWERED contacts=CANCELLED sites=CANCELLED" && h.activities(string(report.AskSource)) == 1}}
		}},
		{name: "report-of-a-foreigner", play: func(s *stage) run {
			s.startWorker()
			return s.report(foreignINN, nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"nobody is asked", states(h.document()) == "req=SKIPPED contacts=SKIPPED sites=SKIPPED" && h.activities(string(report.AskSource)) == 0}}
		}},
		{name: "report-error", play: func(s *stage) run {
			s.counterparty(1)
			s.kontur.Inject(konturtest.Fault{Method: "contacts", Status: http.StatusForbidden, Text: "not in the contract"})
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"a source fails, the report does not", states(h.document()) == "req=ANSWERED contacts=FAILED sites=ANSWERED" && h.ends() == "Completed"},
				{"and the report is whole without it", len(h.document().Missing) == 0},
			}
		}},
		{name: "report-retried", play: func(s *stage) run {
			s.counterparty(1)
			s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusInternalServerError, Text: "broken", Times: 2})
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"a source is asked again after a while", h.timers("kontur.req waits ") == 2 && h.activities(string(report.AskSource)) == 5},
				{"and answers", states(h.document()) == all},
			}
		}},
		{name: "report-rate-limited", play: func(s *stage) run {
			s.counterparty(1)
			s.kontur.Inject(konturtest.Fault{Method: "contacts", Status: http.StatusTooManyRequests, RetryAfter: "1", Text: "slow down", Times: 1})
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"it waits as Kontur.Focus asks", h.timers("kontur.contacts waits ") == 1 && h.has("as Kontur.Focus asks")},
				{"the source answers", states(h.document()) == all},
			}
		}},
		{name: "report-out-of-time", play: func(s *stage) run {
			s.counterparty(1)
			s.kontur.Inject(konturtest.Fault{Method: "sites", Status: http.StatusInternalServerError, Text: "broken"})
			return s.report(konturtest.INN(1), nil)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"no time is left for another try", h.has("no time is left") && strings.Contains(states(h.document()), "sites=FAILED")},
				{"the report misses the source", len(h.document().Missing) == 1},
			}
		}},
		{name: "report-refresh", play: func(s *stage) run {
			s.counterparty(1)
			first := s.report(konturtest.INN(1), nil)
			s.kontur.Inject(konturtest.Fault{Method: "sites", Status: http.StatusForbidden, Text: "not in the contract"})
			made, err := s.reports().Refresh(s.t.Context(), strings.TrimPrefix(first.workflowID, report.WorkflowID("")), nil)
			require.NoError(s.t, err)
			return s.reported(run{first.workflowID, made.RunID})
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"it reads the report before", h.activities(string(report.ReadPrevious)) == 1},
				{"what failed keeps its content", strings.Contains(states(h.document()), "sites=FAILED") && len(h.document().Content) == 3},
			}
		}},
		{name: "report-webhook", play: func(s *stage) run {
			s.counterparty(1)
			r := s.report(konturtest.INN(1), &report.Webhook{OnUpdate: "http://" + webhookHost + "/update", OnComplete: "http://" + webhookHost + "/complete"})
			s.mu.Lock()
			defer s.mu.Unlock()
			require.Contains(s.t, s.told, report.OnCompleteEvent)
			return r
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"both webhooks are told", h.has(`"event":"on_update"`) && h.has(`"event":"on_complete"`)},
				{"by activities that succeed", h.activities(string(report.Notify)) >= 2 && !h.has("status 5")},
			}
		}},
		{name: "report-cancelled", play: func(s *stage) run {
			s.counterparty(1)
			s.kontur.Inject(konturtest.Fault{Method: "sites", Delay: 2 * time.Second})
			r := s.askReport(konturtest.INN(1), nil)
			s.until("sites is asked", func() bool { return s.kontur.Count("sites") > 0 })
			s.until("all others have answered", func() bool {
				document, err := report.Query.Ask(s.t.Context(), s.temporal, r.workflowID, r.runID)
				return err == nil && strings.Contains(states(document), "contacts=ANSWERED")
			})
			require.NoError(s.t, s.temporal.CancelWorkflow(s.t.Context(), r.workflowID, r.runID))
			return s.reported(r)
		}, shows: func(h history, _ []history) []claim {
			return []claim{
				{"it ends with what there is", h.events(cancelAsked) == 1 && h.ends() == "Completed" && strings.Contains(states(h.document()), "sites=CANCELLED")},
				{"the call is called off", h.events(activityCanceled) == 1},
			}
		}},
		{name: "report-of-an-unknown-type", play: func(s *stage) run {
			s.startWorker()
			made, err := s.reports().Make(s.t.Context(), report.Request{Type: "nonsense", By: "inn", ID: konturtest.INN(1)})
			require.NoError(s.t, err)
			return s.reported(run{report.WorkflowID(made.UID), made.RunID})
		}, shows: func(h history, _ []history) []claim {
			return []claim{{"it fails and names the types", h.ends() == "Failed" && h.has(report.FailureUnknownType) && h.has("recorded")}}
		}},
	}
}

// counterparty puts the n-th company into the register and starts a worker.
func (s *stage) counterparty(n int) {
	s.t.Helper()
	s.kontur.AddCompany(company(n))
	s.startWorker()
}

func (s *stage) reports() *desk.Client {
	return &desk.Client{Temporal: s.temporal, TaskQueue: s.queue, Now: time.Now}
}

// report makes a report and waits until it has ended.
func (s *stage) report(id string, webhook *report.Webhook) run {
	s.t.Helper()
	return s.reported(s.askReport(id, webhook))
}

func (s *stage) askReport(id string, webhook *report.Webhook) run {
	s.t.Helper()
	request, err := desk.Identify("recorded", id)
	require.NoError(s.t, err)
	// There is one report per type and counterparty, and the scenarios share a namespace.
	request.IdempotenceKey, request.Webhook = s.id, webhook
	made, err := s.reports().Make(s.t.Context(), request)
	require.NoError(s.t, err)
	require.True(s.t, made.IsNew)
	return run{report.WorkflowID(made.UID), made.RunID}
}

func (s *stage) reported(r run) run {
	s.t.Helper()
	_ = s.temporal.GetWorkflow(s.t.Context(), r.workflowID, r.runID).Get(s.t.Context(), nil)
	return r
}
