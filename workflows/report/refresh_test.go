package report_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	ss "counterparty-sync/internal/sourcestate"
)

// before is what an earlier run left about the company: everything, and a source that the type no longer has.
func before(t *testing.T) report.Document {
	t.Helper()
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := report.Document{
		UID: full().UID(), Type: "full", Name: "Full report", By: "inn", ID: companyINN, CreatedAt: then, UpdatedAt: then.Add(time.Minute),
		Company: &report.Company{Kind: report.LegalEntity, INN: companyINN, OGRN: companyOGRN}, Missing: []string{},
	}
	for _, id := range []string{req, egrDetails, contacts, "kontur.gone"} {
		d.Content = append(d.Content, report.Content{Source: id, Data: json.RawMessage(`{"age":"old"}`), AnsweredAt: then})
	}
	return d
}

func refresh() report.Request {
	r := full()
	r.RefreshOf = "first-run"
	return r
}

func TestRefresh_keepsWhatItHasUntilAnswersCome(t *testing.T) {
	t.Parallel()
	w := newReportWorld(t)
	old := before(t)
	w.previous = func(int) (*report.Document, error) { return &old, nil }
	w.slow(req, 10*time.Second)
	w.slow(egrDetails, 10*time.Second)
	w.others()
	w.answers[contacts] = failing(trouble(pass.FailureAccessDenied, "status 403", false, 0, 0))
	w.answers["kontur.sites"] = nothing("nothing is known")
	seen := w.at(t, 5*time.Second, 15*time.Second)
	w.run(refresh())
	d := w.document(t)

	first := (*seen)[0]
	require.Equal(t, old.CreatedAt, first.CreatedAt)
	require.Equal(t, old.Company, first.Company)
	require.Equal(t, []string{req, egrDetails, contacts}, contents(first), "of sources that the type has")
	require.Equal(t, ss.Counters{Wait: 7}, first.Sources.Counts(), "the sources start anew")
	require.JSONEq(t, `{"age":"old"}`, string(first.Content[0].Data))

	second := (*seen)[1]
	require.JSONEq(t, `{"method":"req"}`, string(second.Content[0].Data))
	require.JSONEq(t, `{"age":"old"}`, string(second.Content[1].Data), "not answered yet")

	require.Equal(t, old.UID, d.UID)
	require.Equal(t, old.CreatedAt, d.CreatedAt)
	require.True(t, d.UpdatedAt.After(old.UpdatedAt))
	require.Equal(t, ss.Failed, states(d)[contacts].State)
	for _, c := range d.Content {
		if c.Source == contacts {
			require.JSONEq(t, `{"age":"old"}`, string(c.Data), "a failure erases nothing")
			require.Equal(t, old.CreatedAt, c.AnsweredAt, "and its age shows")
		} else {
			require.True(t, c.AnsweredAt.After(old.UpdatedAt), c.Source)
		}
	}
}

func TestRefresh_neverMixesCompanies(t *testing.T) {
	t.Parallel()
	other := func(report.AskRequest, int) (report.AskResult, error) {
		return report.AskResult{OGRN: "1000000000021", Data: json.RawMessage(`{"age":"new"}`),
			Company: &report.Company{Kind: report.LegalEntity, INN: companyINN, OGRN: "1000000000021"}}, nil
	}
	tests := []struct {
		name string
		req  answerer
		want []string
		ogrn string
	}{
		{"another company", other, []string{req}, "1000000000021"},
		{"one without OGRN, which may be another", func(report.AskRequest, int) (report.AskResult, error) {
			return report.AskResult{Data: json.RawMessage(`{"age":"new"}`), Company: &report.Company{Kind: report.LegalEntity, INN: companyINN}}, nil
		}, []string{req}, ""},
		{"the same one", known, []string{req, egrDetails, contacts}, companyOGRN},
		{"nothing known any more", nothing("nothing is known"), []string{egrDetails, contacts}, companyOGRN},
		{"req failed", failing(trouble(pass.FailureAccessDenied, "status 403", false, 0, 0)), []string{req, egrDetails, contacts}, companyOGRN},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			old := before(t)
			w.previous = func(int) (*report.Document, error) { return &old, nil }
			definition, _ := w.types.Find("full")
			for _, id := range definition.SourceIDs()[1:] {
				w.answers[id] = failing(trouble(pass.FailureAccessDenied, "status 403", false, 0, 0))
			}
			w.answers[req] = tt.req
			w.run(refresh())
			d := w.document(t)
			require.Equal(t, tt.want, contents(d))
			require.Equal(t, tt.ogrn, d.Company.OGRN)
		})
	}
}

// byINN is a type of report whose sources don't wait for the OGRN.
const byINN = "types:\n- id: full\n  sources:\n  - {id: kontur.req, method: req}\n  - {id: kontur.egr-details, method: egrDetails}\n  - {id: kontur.contacts, method: contacts}\n"

// TestRefresh_ofAReportWithoutACompany: its sources answered, and req told nobody which company that is.
func TestRefresh_ofAReportWithoutACompany(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		by   counterparty.IDKind
		id   string
		want []string
	}{
		{"by INN what they told may be another's", counterparty.INN, companyINN, []string{req}},
		{"by OGRN there is one company", counterparty.OGRN, companyOGRN, []string{req, egrDetails, contacts}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t, byINN)
			request := report.Request{Type: "full", By: tt.by, ID: tt.id, RefreshOf: "first-run"}
			old := before(t)
			old.UID, old.By, old.ID, old.Company = request.UID(), tt.by, tt.id, nil
			w.previous = func(int) (*report.Document, error) { return &old, nil }
			for _, id := range []string{egrDetails, contacts} {
				w.answers[id] = failing(trouble(pass.FailureAccessDenied, "status 403", false, 0, 0))
			}
			w.run(request)
			require.Equal(t, tt.want, contents(w.document(t)))
		})
	}
}

// TestRefresh_whileNobodyTellsTheCompany: what the report says is still about the one that an earlier run knew.
func TestRefresh_whileNobodyTellsTheCompany(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		by       counterparty.IDKind
		answer   report.AskResult
		noOGRN   bool
		reason   string
		contents []string
	}{
		{"another company of the INN", counterparty.INN, report.AskResult{OGRN: "1000000000021"}, false,
			"the answer is about OGRN 1000000000021, not about " + companyOGRN, []string{req, contacts}},
		{"an OGRN where there was none", counterparty.INN, report.AskResult{OGRN: companyOGRN}, true,
			"the answer is about OGRN " + companyOGRN + ", and kontur.req returned none", []string{req, contacts}},
		{"its OGRN with another INN", counterparty.OGRN, report.AskResult{OGRN: companyOGRN, INN: personINN}, false,
			"the answer is about INN " + personINN + ", not about " + companyINN, []string{req, contacts}},
		{"the same one", counterparty.INN, report.AskResult{OGRN: companyOGRN, INN: companyINN}, false, "", []string{req, egrDetails, contacts}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t, byINN)
			old := before(t)
			request := refresh()
			if tt.by == counterparty.OGRN {
				request.By, request.ID = counterparty.OGRN, companyOGRN
			}
			old.UID, old.By, old.ID = request.UID(), request.By, request.ID
			if tt.noOGRN {
				old.Company.OGRN = ""
			}
			w.previous = func(int) (*report.Document, error) { return &old, nil }
			w.slow(req, 10*time.Second)
			w.others()
			for _, id := range []string{req, contacts} {
				w.answers[id] = failing(trouble(pass.FailureAccessDenied, "status 403", false, 0, 0))
			}
			w.answers[egrDetails] = func(report.AskRequest, int) (report.AskResult, error) {
				tt.answer.Data = json.RawMessage(`{"age":"new"}`)
				return tt.answer, nil
			}
			w.run(request)
			d := w.document(t)
			require.Equal(t, tt.contents, contents(d))
			require.Equal(t, tt.reason, states(d)[egrDetails].Reason)
			require.Equal(t, old.Company, d.Company)
		})
	}
}

func TestRefresh_ofWhatCantBeRead(t *testing.T) {
	t.Parallel()
	down := trouble(pass.FailureUnavailable, "Temporal does not answer", true, 0, 0)
	old := before(t)
	foreign := before(t)
	foreign.UID = "other_0012345673@counterparty-sync"
	tests := []struct {
		name     string
		previous func(int) (*report.Document, error)
		calls    int
		kept     bool
	}{
		{"it left nothing", nil, 1, false},
		{"a run of another report", func(int) (*report.Document, error) { return &foreign, nil }, 1, false},
		{"a short trouble", func(call int) (*report.Document, error) {
			if call < 3 {
				return nil, down
			}
			return &old, nil
		}, 3, true},
		{"a long trouble", func(int) (*report.Document, error) { return nil, down }, 5, false},
		{"a trouble without end", func(int) (*report.Document, error) { return nil, trouble(pass.FailureBadRequest, "no", false, 0, 0) }, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newReportWorld(t)
			w.previous = tt.previous
			w.run(refresh())
			d := w.document(t)
			require.Equal(t, tt.calls, w.calls["previous"])
			require.Equal(t, tt.kept, d.CreatedAt.Equal(old.CreatedAt))
			require.Len(t, d.Content, 7)
		})
	}
}
