package activities_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// ask asks a source of the type full, with changes.
func (w *world) ask(t *testing.T, method string, by counterparty.IDKind, id string, change ...func(*report.AskRequest)) (report.AskResult, error) {
	t.Helper()
	full, ok := w.types.Find("full")
	require.True(t, ok)
	request := report.AskRequest{By: by, ID: id, MaxBytes: report.MaxContentBytes}
	for _, source := range full.Sources {
		if source.Method == method {
			request.Source = source
		}
	}
	require.NotEmpty(t, request.Source.ID)
	for _, c := range change {
		c(&request)
	}
	return execute[report.AskResult](w.environment(), string(report.AskSource), request)
}

func content(expression string) func(*report.AskRequest) {
	return func(r *report.AskRequest) { r.Source.Content = expression }
}

func within(d time.Duration) func(*report.AskRequest) {
	return func(r *report.AskRequest) { r.Within = pass.Duration(d) }
}

// namesake is another company with the INN of company 1.
func namesake(n int, alive bool) konturtest.Company {
	c := company(n)
	c.INN, c.Status = konturtest.INN(1), konturtest.Status{Dissolved: !alive}
	return c
}

func soleProprietor() konturtest.Company {
	return konturtest.Company{INN: konturtest.PersonINN(1), OGRN: konturtest.OGRNIP(1), FIO: "Примеров Пример Примерович"}
}

func TestAskReportSource_choosesTheCompany(t *testing.T) {
	t.Parallel()
	first := &report.Company{Kind: report.LegalEntity, INN: konturtest.INN(1), OGRN: konturtest.OGRN(1)}
	tests := []struct {
		name   string
		give   []konturtest.Company
		by     counterparty.IDKind
		id     string
		want   *report.Company
		reason string
	}{
		{"a legal entity with a branch", []konturtest.Company{company(1)}, counterparty.INN, konturtest.INN(1), first, ""},
		{"by OGRN", []konturtest.Company{company(1)}, counterparty.OGRN, konturtest.OGRN(1), first, ""},
		{"a sole proprietor", []konturtest.Company{soleProprietor()}, counterparty.INN, konturtest.PersonINN(1),
			&report.Company{Kind: report.SoleProprietor, INN: konturtest.PersonINN(1), OGRN: konturtest.OGRNIP(1)}, ""},
		{"the one that is not dissolved", []konturtest.Company{namesake(2, false), company(1)}, counterparty.INN, konturtest.INN(1), first, ""},
		{"a dissolved one, by OGRN", []konturtest.Company{namesake(2, false), company(1)}, counterparty.OGRN, konturtest.OGRN(2),
			&report.Company{Kind: report.LegalEntity, INN: konturtest.INN(1), OGRN: konturtest.OGRN(2)}, ""},
		{"several alive: no guess", []konturtest.Company{namesake(2, true), company(1)}, counterparty.INN, konturtest.INN(1), nil,
			"several companies have INN " + konturtest.INN(1) + ": OGRN " + konturtest.OGRN(1) + ", " + konturtest.OGRN(2)},
		{"nobody", []konturtest.Company{company(1)}, counterparty.INN, konturtest.INN(9), nil, "no company is known by INN " + konturtest.INN(9)},
		{"nobody by OGRN", nil, counterparty.OGRN, konturtest.OGRN(9), nil, "no company is known by OGRN " + konturtest.OGRN(9)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(tt.give...)
			result, err := w.ask(t, "req", tt.by, tt.id)
			require.NoError(t, err)
			require.Equal(t, tt.want, result.Company)
			require.Equal(t, tt.reason, result.Reason)
			if tt.want == nil {
				require.Empty(t, result.Data)
				require.Empty(t, result.OGRN)
				return
			}
			require.Equal(t, tt.want.OGRN, result.OGRN)
			var object map[string]any
			require.NoError(t, json.Unmarshal(result.Data, &object))
			require.Equal(t, tt.want.OGRN, object["ogrn"], "the content is about the company that was chosen")
		})
	}
}

func TestAskReportSource_everyOtherSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(rich(), namesake(2, true))
	for _, method := range methods.All()[1:] {
		result, err := w.ask(t, method, counterparty.OGRN, konturtest.OGRN(1))
		require.NoError(t, err, method)
		require.Nil(t, result.Company, method)
		require.Equal(t, konturtest.OGRN(1), result.OGRN, method)
		require.Contains(t, string(result.Data), konturtest.OGRN(1), method)
		require.NotContains(t, string(result.Data), "token", method)

		result, err = w.ask(t, method, counterparty.INN, konturtest.INN(1))
		require.NoError(t, err, method)
		require.Equal(t, report.AskResult{Reason: "several companies have INN " + konturtest.INN(1) + ": OGRN " + konturtest.OGRN(1) + ", " + konturtest.OGRN(2) +
			"; let the source need ogrn"}, result, method)

		result, err = w.ask(t, method, counterparty.INN, konturtest.INN(1), func(r *report.AskRequest) { r.OGRN = konturtest.OGRN(2) })
		require.NoError(t, err, method)
		require.Equal(t, konturtest.OGRN(2), result.OGRN, method)
		require.NotContains(t, string(result.Data), konturtest.OGRN(1), method)

		result, err = w.ask(t, method, counterparty.OGRN, konturtest.OGRN(9))
		require.NoError(t, err, method)
		require.Equal(t, report.AskResult{Reason: "no company is known by OGRN " + konturtest.OGRN(9)}, result, method)
	}
}

func TestAskReportSource_cutsTheContentDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := company(1)
	c.ShortName = `ООО "<ПРИМЕР> & Ко"`
	w.kontur.AddCompany(c)
	tests := []struct{ name, give, want string }{
		{"an object", "{kpp: .UL.kpp, inn}", `{"inn":"` + c.INN + `","kpp":"` + headKPP + `"}`},
		{"a text", ".UL.kpp", `"` + headKPP + `"`},
		{"the first output only", ".inn, .ogrn", `"` + c.INN + `"`},
		{"nothing", ".UL.nobody", ""},
		{"no output", "empty", ""},
		{"spelled as in payloads", ".UL.legalName.short", `"ООО \"\u003cПРИМЕР\u003e \u0026 Ко\""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := w.ask(t, "req", counterparty.INN, c.INN, content(tt.give))
			require.NoError(t, err)
			require.Equal(t, tt.want, string(result.Data))
			require.NotNil(t, result.Company, "whatever the content is")
			again, err := json.Marshal(result.Data)
			require.NoError(t, err)
			if len(result.Data) > 0 {
				require.Len(t, again, len(result.Data), "its size stays what it is")
			}
		})
	}
}

func TestAskReportSource_failuresSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fault    konturtest.Fault
		change   func(*report.AskRequest)
		want     string
		waitable bool
		retry    time.Duration
		text     string
	}{
		{name: "down", fault: konturtest.Fault{Status: 503, Text: "maintenance"}, want: pass.FailureUnavailable, waitable: true, text: "ask Kontur.Focus req: status 503: maintenance"},
		{name: "cut", fault: konturtest.Fault{Trouble: konturtest.CutBody}, want: pass.FailureUnavailable, waitable: true, text: "broke off"},
		{name: "paced", fault: konturtest.Fault{Status: 429, RetryAfter: "7"}, want: pass.FailureRateLimited, waitable: true, retry: 7 * time.Second, text: "status 429"},
		{name: "a page", fault: konturtest.Fault{Trouble: konturtest.HTMLPage}, want: pass.FailureBadResponse, waitable: true, text: "an HTML or XML page"},
		{name: "no company", fault: konturtest.Fault{Status: 200, Text: `[{"inn":"` + konturtest.INN(1) + `","ogrn":"` + konturtest.OGRN(1) + `"}]`},
			want: pass.FailureBadResponse, text: "ask Kontur.Focus req: item of OGRN " + konturtest.OGRN(1) + ": neither UL nor IP is there: the answer breaks the contract"},
		{name: "denied", fault: konturtest.Fault{Status: 403, Text: "not in the contract"}, want: pass.FailureAccessDenied, text: "status 403"},
		{name: "a wrong key", fault: konturtest.Fault{Status: 403, Text: "No valid key specified"}, want: pass.FailureBadCredentials, text: "status 403"},
		{name: "hanging", fault: konturtest.Fault{Delay: time.Hour}, change: within(50 * time.Millisecond), want: report.FailureLate, text: "ask Kontur.Focus req: no answer within 50ms"},
		{name: "an expression that fails", change: content(".inn.x"), want: report.FailureContent, text: "content of kontur.req: the jq expression fails: expected an object"},
		{name: "an expression that is none", change: content(".inn["), want: report.FailureContent, text: "content of kontur.req: the jq expression unexpected EOF at the end"},
		{name: "too large", change: func(r *report.AskRequest) { r.MaxBytes = 100 }, want: pass.FailureTooLarge, text: "more than the 100 that are left in the report"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1))
			w.kontur.Inject(tt.fault) // an empty one is none
			change := []func(*report.AskRequest){}
			if tt.change != nil {
				change = append(change, tt.change)
			}
			_, err := w.ask(t, "req", counterparty.INN, konturtest.INN(1), change...)
			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tt.want, failure.Type())
			require.True(t, failure.NonRetryable())
			require.Contains(t, failure.Message(), tt.text)
			var details report.AskFailureDetails
			require.NoError(t, failure.Details(&details))
			require.Equal(t, tt.waitable, details.Waitable)
			require.Equal(t, tt.retry, time.Duration(details.RetryAfter))
			if tt.want != report.FailureContent {
				require.Positive(t, details.Took, "the workflow reckons with it")
			}
			require.NotContains(t, err.Error(), konturtest.DefaultKey)
		})
	}
}

// The workflow waits for the end of the pause, and counts nothing against the source.
func TestAskReportSource_isToldAtOnceThatItsMethodIsPaused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before konturtest.Fault
		want   string
		retry  bool
	}{
		"because it was asked too often": {konturtest.Fault{Method: "sites", Status: 429, RetryAfter: "60", Times: 1}, pass.FailureRateLimited, true},
		"because it did not answer":      {konturtest.Fault{Method: "sites", Delay: time.Hour, Times: 1}, pass.FailureUnavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1))
			w.kontur.Inject(tt.before)
			_, err := w.ask(t, "sites", counterparty.OGRN, konturtest.OGRN(1), within(2*time.Second))
			require.Error(t, err)
			_, err = w.ask(t, "sites", counterparty.OGRN, konturtest.OGRN(1))
			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tt.want, failure.Type())
			var details report.AskFailureDetails
			require.NoError(t, failure.Details(&details))
			require.True(t, details.NotAsked)
			require.True(t, details.Waitable)
			require.Zero(t, details.Took)
			require.Equal(t, tt.retry, details.RetryAfter > 0)
			require.Equal(t, 1, w.kontur.Count("sites"))
		})
	}
}

// Sources are asked independently of each other: one that hangs, or is told to pause, holds the others up and no more.
func TestAskReportSource_waitForTheTurnIsNotHeldAgainstTheSource(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before konturtest.Fault
		ends   bool // the call before ends without help
	}{
		"a source that hangs in the only slot": {before: konturtest.Fault{Method: "sites", Delay: 400 * time.Millisecond, Times: 1}},
		"a pause that another call was told":   {before: konturtest.Fault{Method: "sites", Status: 429, RetryAfter: "1", Times: 1}, ends: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kontur.AddCompany(company(1))
			w.kontur.Inject(tt.before)
			other := make(chan struct{})
			go func() {
				defer close(other)
				_, _ = w.ask(t, "sites", counterparty.OGRN, konturtest.OGRN(1))
			}()
			if tt.ends {
				<-other
			} else {
				require.Eventually(t, func() bool { return w.kontur.Count("sites") == 1 }, 5*time.Second, time.Millisecond)
			}
			result, err := w.ask(t, "req", counterparty.INN, konturtest.INN(1), within(300*time.Millisecond))
			require.NoError(t, err)
			require.NotNil(t, result.Company)
			<-other
		})
	}
}

func TestAskReportSource_largeAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register = fakeRegister{kontur.Item{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1), Object: map[string]any{"a": strings.Repeat("<", 300_000)}}}
	_, err := w.ask(t, "licences", counterparty.OGRN, konturtest.OGRN(1))
	requireFailure(t, err, pass.FailureTooLarge, false)
	require.ErrorContains(t, err, "content of kontur.licences: 1800008 bytes", "as payloads spell it")
}

func TestAskReportSource_itemThatIsTooLargeToBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register = fakeRegister{{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1), Bytes: 9_000_000}}
	for _, method := range []string{"req", "licences"} {
		_, err := w.ask(t, method, counterparty.OGRN, konturtest.OGRN(1))
		requireFailure(t, err, pass.FailureBadResponse, false)
		require.ErrorContains(t, err, "ask Kontur.Focus "+method+": item of OGRN "+konturtest.OGRN(1)+": the item of "+method+" has 9000000 bytes, too many to be read")
	}
}

// What none of several companies needs is not kept: an endless answer ends.
func TestAskReportSource_answerOfTooManyCompanies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all fakeRegister
	for n := range 20 {
		all = append(all, kontur.Item{INN: konturtest.INN(1), OGRN: konturtest.OGRN(n + 1), Object: map[string]any{"a": strings.Repeat("a", 1_000_000)}})
	}
	w.register = all
	_, err := w.ask(t, "licences", counterparty.INN, konturtest.INN(1))
	requireFailure(t, err, pass.FailureTooLarge, false)
}

// An answer of small items, however many, is not held to its end.
func TestAskReportSource_holdsNoEndlessAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	items := make([]kontur.Item, 100_000)
	for i := range items {
		items[i] = kontur.Item{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1), Object: map[string]any{}}
	}
	w.register = fakeRegister(items)
	_, err := w.ask(t, "sites", counterparty.INN, konturtest.INN(1), content("empty"))
	requireFailure(t, err, pass.FailureTooLarge, false)
}
