package report_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

func TestReport_ofALegalEntity(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.run(full())
	d := w.document(t)
	require.Equal(t, "full_0012345673@counterparty-sync", d.UID)
	require.Equal(t, []string{"full", "Full report", "inn", companyINN}, []string{d.Type, d.Name, string(d.By), d.ID})
	require.Equal(t, &report.Company{Kind: report.LegalEntity, INN: companyINN, OGRN: companyOGRN}, d.Company)
	require.Equal(t, ss.Counters{OK: 7}, d.Sources.Counts())
	require.Empty(t, d.Missing)
	require.NotNil(t, d.Missing)
	definition, _ := w.types.Find("full")
	require.Equal(t, definition.SourceIDs(), contents(d), "in order of the sources")
	for _, c := range d.Content {
		require.False(t, c.AnsweredAt.IsZero())
	}
	require.Equal(t, time.UTC, d.CreatedAt.Location())
	require.Len(t, w.asked, 7)
	require.Equal(t, []string{"inn", companyINN}, []string{string(w.asked[0].By), w.asked[0].ID})
	for _, asked := range w.asked[1:] {
		require.Equal(t, []string{"ogrn", companyOGRN, companyOGRN}, []string{string(asked.By), asked.ID, asked.OGRN}, asked.Source.ID)
		require.Positive(t, asked.MaxBytes)
	}
}

func TestReport_statesHaveTrueCauses(t *testing.T) {
	t.Parallel()
	unavailable := trouble(pass.FailureUnavailable, "status 503", true, 0, time.Second)
	tests := []struct {
		name    string
		give    report.Request
		answers map[string]answerer
		// want are the sources that matter.
		want    []ss.Source
		content []string
		missing []string
		company bool
	}{
		{name: "asked by OGRN, nothing waits for anything", give: report.Request{Type: "full", By: counterparty.OGRN, ID: companyOGRN},
			answers: map[string]answerer{req: failing(trouble(pass.FailureBadCredentials, "wrong key", false, 0, 0))},
			want:    []ss.Source{{ID: req, State: ss.Failed, Reason: "wrong key; hint: do this"}, {ID: egrDetails, State: ss.Answered}},
			content: []string{egrDetails, contacts, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, missing: []string{req}},
		{name: "an unknown INN is an answer, and there is nobody to ask about", give: full(),
			answers: map[string]answerer{req: nothing("no company is known by INN 0012345673")},
			want: []ss.Source{{ID: req, State: ss.Answered, Reason: "no company is known by INN 0012345673"},
				{ID: egrDetails, State: ss.Cancelled, Reason: "kontur.req names no company: no company is known by INN 0012345673"}},
			content: []string{}, missing: []string{egrDetails}},
		{name: "an INN of several companies is not guessed about", give: full(),
			answers: map[string]answerer{req: nothing("several companies have INN 0012345673: OGRN 1, 2")},
			want: []ss.Source{{ID: req, State: ss.Answered, Reason: "several companies have INN 0012345673: OGRN 1, 2"},
				{ID: contacts, State: ss.Cancelled, Reason: "kontur.req names no company: several companies have INN 0012345673: OGRN 1, 2"}},
			content: []string{}, missing: []string{egrDetails}},
		{name: "a foreign organisation is not asked about", give: report.Request{Type: "full", By: counterparty.INN, ID: foreignINN},
			answers: map[string]answerer{req: failing(errors.New("asked all the same"))},
			want: []ss.Source{{ID: req, State: ss.Skipped, Reason: "does not know foreign organisations, whose INN begins with 9909"},
				{ID: egrDetails, State: ss.Skipped, Reason: "does not know foreign organisations, whose INN begins with 9909"}},
			content: []string{}},
		{name: "what can't get better fails at once", give: full(),
			answers: map[string]answerer{egrDetails: failing(trouble(pass.FailureAccessDenied, "status 403: not in the contract", false, 0, 0))},
			want:    []ss.Source{{ID: egrDetails, State: ss.Failed, Reason: "status 403: not in the contract; hint: do this"}, {ID: contacts, State: ss.Answered}},
			content: []string{req, contacts, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, missing: []string{egrDetails}, company: true},
		{name: "late", give: full(), answers: map[string]answerer{contacts: failing(trouble(report.FailureLate, "no answer within 1m", false, 0, time.Minute))},
			want:    []ss.Source{{ID: contacts, State: ss.Failed, Reason: "no answer within 1m; hint: do this"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "rubbish, again and again", give: full(), answers: map[string]answerer{contacts: failing(trouble(pass.FailureBadResponse, "an HTML page", true, 0, time.Second))},
			want:    []ss.Source{{ID: contacts, State: ss.Failed, Reason: "no time is left to wait 30s before try 6 (limit 1m): an HTML page; hint: do this"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "a quota that is kept in reserve", give: full(), answers: map[string]answerer{contacts: failing(trouble(pass.FailureQuotaExhausted, "Kontur.Focus was not asked", false, 0, 0))},
			want:    []ss.Source{{ID: contacts, State: ss.Failed, Reason: "Kontur.Focus was not asked; hint: do this"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "our own expression", give: full(), answers: map[string]answerer{contacts: failing(trouble(report.FailureContent, "the jq expression fails", false, 0, 0))},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "the jq expression fails; hint: do this"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "too large", give: full(), answers: map[string]answerer{contacts: failing(trouble(pass.FailureTooLarge, "2000000 bytes", false, 0, 0))},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "2000000 bytes; hint: do this"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "a worker that hangs", give: full(), answers: map[string]answerer{contacts: failing(temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil))},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "no worker has finished the request (StartToClose); hint: look at the workers' logs and memory"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "workers lost too often", give: full(), answers: map[string]answerer{contacts: failing(temporal.NewHeartbeatTimeoutError())},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "no worker has finished the request (Heartbeat); hint: look at the workers' logs and memory"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "workers stopped too often", give: full(), answers: map[string]answerer{contacts: failing(temporal.NewApplicationError("the worker stops", "WorkerStopped"))},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "the worker stops"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "a panic", give: full(), answers: map[string]answerer{contacts: func(report.AskRequest, int) (report.AskResult, error) { panic("slip") }},
			want:    []ss.Source{{ID: contacts, State: ss.FailedInternally, Reason: "our own code panicked: slip; hint: look at the workers' logs"}},
			content: []string{req, egrDetails, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "without req the others are cancelled", give: full(), answers: map[string]answerer{req: failing(unavailable)},
			want: []ss.Source{{ID: req, State: ss.Failed, Reason: "no time is left to wait 30s before try 6 (limit 1m): status 503; hint: do this"},
				{ID: contacts, State: ss.Cancelled, Reason: "kontur.req failed: no time is left to wait 30s before try 6 (limit 1m): status 503; hint: do this"}},
			content: []string{}, missing: []string{req, egrDetails}},
		{name: "nothing known by one source is an answer", give: full(), answers: map[string]answerer{egrDetails: nothing("no company is known by OGRN 1000000000010")},
			want:    []ss.Source{{ID: egrDetails, State: ss.Answered, Reason: "no company is known by OGRN 1000000000010"}},
			content: []string{req, contacts, "kontur.contact-emails", "kontur.sites", "kontur.licences", "kontur.brief-report"}, company: true},
		{name: "a company without OGRN", give: full(), answers: map[string]answerer{req: func(report.AskRequest, int) (report.AskResult, error) {
			return report.AskResult{Company: &report.Company{Kind: report.LegalEntity, INN: companyINN}, Data: json.RawMessage(`{}`)}, nil
		}}, want: []ss.Source{{ID: req, State: ss.Answered}, {ID: egrDetails, State: ss.Cancelled, Reason: "kontur.req returned no OGRN"}},
			content: []string{req}, missing: []string{egrDetails}, company: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.answers = tt.answers
			w.run(tt.give)
			d := w.document(t)
			got := states(d)
			for _, want := range tt.want {
				require.Equal(t, want, got[want.ID])
			}
			require.Equal(t, tt.content, contents(d))
			require.Equal(t, append([]string{}, tt.missing...), d.Missing)
			require.Equal(t, tt.company, d.Company != nil)
		})
	}
}

const kinds = `
types:
- id: kinds
  sources:
  - {id: kontur.req, method: req}
  - {id: only.firms, method: licences, appliesTo: [UL]}
  - {id: after.licences, method: sites, needs: only.firms}
  - {id: by.inn, method: contacts, needs: inn}
`

func TestReport_needsAndKinds(t *testing.T) {
	t.Parallel()
	soleProprietor := func(report.AskRequest, int) (report.AskResult, error) {
		return report.AskResult{OGRN: "300000000000015", Company: &report.Company{Kind: report.SoleProprietor, INN: personINN, OGRN: "300000000000015"}}, nil
	}
	tests := []struct {
		name    string
		by      counterparty.IDKind
		id      string
		answers map[string]answerer
		want    []ss.Source
		asked   []string
		without string // a source without content
	}{
		{name: "a sole proprietor, told by the INN", by: counterparty.INN, id: personINN, answers: map[string]answerer{req: soleProprietor, "by.inn": nothing("")},
			want: []ss.Source{{ID: req, State: ss.Answered}, {ID: "only.firms", State: ss.Skipped, Reason: "does not know sole proprietors"},
				{ID: "after.licences", State: ss.Cancelled, Reason: "only.firms was skipped: does not know sole proprietors"}, {ID: "by.inn", State: ss.Answered}},
			asked: []string{"by.inn inn 001234567887", "kontur.req inn 001234567887"}},
		{name: "the INN comes from req", by: counterparty.OGRN, id: companyOGRN,
			want:  []ss.Source{{ID: req, State: ss.Answered}, {ID: "only.firms", State: ss.Answered}, {ID: "after.licences", State: ss.Answered}, {ID: "by.inn", State: ss.Answered}},
			asked: []string{"after.licences ogrn 1000000000010", "by.inn inn 0012345673", "kontur.req ogrn 1000000000010", "only.firms ogrn 1000000000010"}},
		{name: "another source that knows nothing", by: counterparty.INN, id: companyINN, answers: map[string]answerer{"only.firms": nothing("nothing is known")},
			want:  []ss.Source{{ID: "only.firms", State: ss.Answered, Reason: "nothing is known"}, {ID: "after.licences", State: ss.Cancelled, Reason: "only.firms names no company: nothing is known"}},
			asked: []string{"by.inn inn 0012345673", "kontur.req inn 0012345673", "only.firms inn 0012345673"}},
		{name: "an answer about another company of the INN", by: counterparty.INN, id: companyINN, answers: map[string]answerer{"by.inn": func(report.AskRequest, int) (report.AskResult, error) {
			return report.AskResult{OGRN: "1000000000021", Data: json.RawMessage(`{}`)}, nil
		}}, want: []ss.Source{{ID: "by.inn", State: ss.Answered, Reason: "the answer is about OGRN 1000000000021, not about 1000000000010"}},
			asked: []string{"after.licences ogrn 1000000000010", "by.inn inn 0012345673", "kontur.req inn 0012345673", "only.firms inn 0012345673"}},
		{name: "an answer by OGRN about another INN", by: counterparty.OGRN, id: companyOGRN, answers: map[string]answerer{"only.firms": func(_ report.AskRequest, call int) (report.AskResult, error) {
			if call == 1 { // so that req has answered before
				return report.AskResult{}, trouble(pass.FailureUnavailable, "status 503", true, 0, 0)
			}
			return report.AskResult{INN: "0012345680", OGRN: companyOGRN, Data: json.RawMessage(`{}`)}, nil
		}}, want: []ss.Source{{ID: "only.firms", State: ss.Answered, Reason: "the answer is about INN 0012345680, not about 0012345673"}},
			asked: []string{"by.inn inn 0012345673", "kontur.req ogrn 1000000000010", "only.firms ogrn 1000000000010", "only.firms ogrn 1000000000010"}, without: "only.firms"},
		{name: "the same, answered before req", by: counterparty.OGRN, id: companyOGRN, answers: map[string]answerer{
			req: func(request report.AskRequest, call int) (report.AskResult, error) {
				if call == 1 {
					return report.AskResult{}, trouble(pass.FailureUnavailable, "status 503", true, 0, 0)
				}
				return known(request, call)
			},
			"only.firms": func(report.AskRequest, int) (report.AskResult, error) {
				return report.AskResult{INN: "0012345680", OGRN: companyOGRN, Data: json.RawMessage(`{}`)}, nil
			},
		}, want: []ss.Source{{ID: "only.firms", State: ss.Answered}},
			asked:   []string{"after.licences ogrn 1000000000010", "by.inn inn 0012345673", "kontur.req ogrn 1000000000010", "kontur.req ogrn 1000000000010", "only.firms ogrn 1000000000010"},
			without: "only.firms"},
		{name: "an answer by INN while req tells no OGRN", by: counterparty.INN, id: companyINN, answers: map[string]answerer{req: func(report.AskRequest, int) (report.AskResult, error) {
			return report.AskResult{Data: json.RawMessage(`{}`), Company: &report.Company{Kind: report.LegalEntity, INN: companyINN}}, nil
		}}, want: []ss.Source{{ID: "by.inn", State: ss.Answered, Reason: "the answer is about OGRN 1000000000010, and kontur.req returned none"}},
			asked: []string{"by.inn inn 0012345673", "kontur.req inn 0012345673", "only.firms inn 0012345673"}, without: "by.inn"},
		{name: "an answer by INN while req finds several companies", by: counterparty.INN, id: companyINN, answers: map[string]answerer{req: nothing("several companies")},
			want: []ss.Source{{ID: "by.inn", State: ss.Answered, Reason: "kontur.req names no company: several companies"},
				{ID: "after.licences", State: ss.Cancelled, Reason: "only.firms names no company: kontur.req names no company: several companies"}},
			asked: []string{"by.inn inn 0012345673", "kontur.req inn 0012345673", "only.firms inn 0012345673"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t, kinds)
			if tt.answers != nil {
				w.answers = tt.answers
			}
			w.run(report.Request{Type: "kinds", By: tt.by, ID: tt.id})
			require.NotContains(t, contents(w.document(t)), cmp.Or(tt.without, "none"))
			got := states(w.document(t))
			for _, want := range tt.want {
				require.Equal(t, want, got[want.ID])
			}
			var asked []string
			for _, r := range w.asked {
				asked = append(asked, strings.Join([]string{r.Source.ID, string(r.By), r.ID}, " "))
			}
			require.ElementsMatch(t, tt.asked, asked)
		})
	}
}

func TestReport_refusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, failure, want string
		give                report.Request
	}{
		{"a request that is wrong", report.FailureInvalidRequest, "the request: id is missing; allowed: a correct INN; this one is empty", report.Request{Type: "full", By: counterparty.INN}},
		{"an unknown type", report.FailureUnknownType, "make the report: there is no report type; there are: requisites, full; hint: add it", report.Request{Type: "fool", By: counterparty.INN, ID: companyINN}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.run(tt.give)
			require.True(t, w.env.IsWorkflowCompleted())
			var failure *temporal.ApplicationError
			require.ErrorAs(t, w.env.GetWorkflowError(), &failure)
			require.Equal(t, tt.failure, failure.Type())
			require.True(t, failure.NonRetryable())
			require.Equal(t, tt.want, failure.Message())
			_, err := w.env.QueryWorkflow(string(report.Query))
			require.ErrorContains(t, err, tt.want, "there is no document that could pass for a complete one")
			require.Empty(t, w.asked)
		})
	}
}

// The type is in the history: a request has no say in it.
func TestReport_takesItsSourcesFromTheType(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	w.env.SetStartWorkflowOptions(clientOptions(full()))
	w.env.ExecuteWorkflow(string(report.Workflow), json.RawMessage(`{"type":"requisites","by":"inn","id":"0012345673","sources":[{"id":"kontur.sites"}]}`))
	require.Equal(t, []string{req}, contents(w.document(t)))
	require.Equal(t, 1, w.loads)
}
