package contract_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/secret"
	"counterparty-sync/internal/sourcestate"
)

const (
	token = "t0ken-of-the-test"
	known = "full_0012345673@counterparty-sync"
	// expired is a published vector of the client: test@test, password 123, for five seconds of 2017.
	expired = "dGVzdEB0ZXN0OjE0ODM2MzQ3MjM6NTpaVGZBTzQramFDdmhWMCs2elk1dWFnPT0="
)

var now = time.Date(2026, time.June, 15, 12, 0, 0, 123_456_789, time.UTC)

// shelf is a place with one report in every state that a source can have.
type shelf struct{ err error }

func (s shelf) Make(_ context.Context, r report.Request) (desk.Made, error) {
	if s.err == nil {
		s.err = r.Validate()
	}
	return desk.Made{UID: r.UID(), IsNew: r.ID == "0012345673", RunID: "0f0e0d0c-0b0a-0908-0706-050403020100", StartedAt: now}, s.err
}

func (s shelf) Refresh(_ context.Context, uid string, _ *report.Webhook) (desk.Made, error) {
	if s.err == nil && uid != known {
		s.err = desk.ErrUnknown
	}
	return desk.Made{UID: uid, IsNew: true, RunID: "0f0e0d0c-0b0a-0908-0706-050403020100", StartedAt: now}, s.err
}

func (s shelf) Read(_ context.Context, uid string) (desk.Reading, error) {
	if s.err == nil && uid != known {
		s.err = desk.ErrUnknown
	}
	return reading(), s.err
}

func (s shelf) quotas(context.Context, pass.KeyName) ([]api.Quota, error) {
	return []api.Quota{{Methods: []string{"req"}, Limit: 10, Spent: 3}, {Methods: []string{"req"}, Limit: 9, Spent: 3, From: "2026-06-15", To: "2026-06-15"}}, s.err
}

func (s shelf) List(context.Context, desk.Page) (desk.Listing, error) {
	return desk.Listing{Readings: []desk.Reading{reading(), reading()}, Total: 2}, s.err
}

// fleet has a sync for each thing that can be known of one.
type fleet struct{ err error }

func (f fleet) Read(_ context.Context, id string) (composition.Composition, error) {
	c := composition.Composition{ID: id, Name: "Nightly", Sources: reading().Document.Sources}
	finished := now
	switch id {
	case "runs":
		c.Pass = &composition.Pass{Result: pass.Result{State: pass.State{Status: pass.InProgress}}, StartedAt: now}
	case "ran":
		c.Pass = &composition.Pass{Result: pass.Result{State: pass.State{Status: pass.Error}}, StartedAt: now, FinishedAt: &finished}
	case "never":
		c.Note = "no pass has started yet"
	default:
		return c, composition.ErrUnknown
	}
	return c, f.err
}

func reading() desk.Reading {
	states := []sourcestate.State{
		sourcestate.NotStarted, sourcestate.Waiting, sourcestate.Delayed, sourcestate.Asking, sourcestate.Skipped,
		sourcestate.Answered, sourcestate.Cancelled, sourcestate.Failed, sourcestate.FailedInternally,
	}
	ids := make([]string, len(states))
	for i := range states {
		ids[i] = fmt.Sprintf("kontur.source-%d", i)
	}
	sources, err := sourcestate.New(ids...)
	if err != nil {
		panic(err)
	}
	for i, state := range states[1:] {
		if err := sources.Set(ids[i+1], state, strings.Repeat("why ", i%2)); err != nil {
			panic(err)
		}
	}
	return desk.Reading{Document: report.Document{
		UID: known, Type: "full", Name: "Full report", By: counterparty.INN, ID: "0012345673", CreatedAt: now, UpdatedAt: now, Sources: sources,
		Content: []report.Content{{Source: "kontur.source-5", Data: []byte(`{"inn":"0012345673","list":[1,null]}`), AnsweredAt: now}, {Source: "kontur.source-4"}},
	}}
}

// description is openapi.yaml, checked as a whole.
func description(t *testing.T) definitions {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	return definitions{routers: []routers.Router{router},
		options: openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
}

func TestAnswersAreThoseOfTheDescription(t *testing.T) {
	t.Parallel()
	described := description(t)
	const body = `{"queryType":"INN","query":"0012345673","idempotenceKey":"any_key","data":{},"options":{"FORCE":false,"webhook":{"on_update":"https://a.example/"}}}`
	const path = "/user/reports/" + known
	good := shelf{}
	for name, tt := range map[string]struct {
		shelf              shelf
		method, path, body string
		status             int
		// wrong: the request itself is not of the description.
		wrong bool
		token string
	}{
		"make":                      {good, "POST", "/user/reports/full/_make", body, 200, false, ""},
		"make, prefix and domain":   {good, "POST", "/b2b/api/v1/user/reports/full%40counterparty-sync/_make", body, 200, false, ""},
		"make again":                {good, "POST", "/user/reports/full/_make", `{"queryType":"OGRN","query":"1000000000010"}`, 200, false, ""},
		"make from data":            {good, "POST", "/user/reports/full/_make", `{"queryType":"MULTIPART","query":" ","data":{"inn":"0012345673"}}`, 200, false, ""},
		"refresh":                   {good, "POST", path + "/_refresh", `{}`, 200, false, ""},
		"refresh without body":      {good, "POST", path + "/_refresh", "", 200, false, ""},
		"read":                      {good, "GET", path, "", 200, false, ""},
		"read with content":         {good, "GET", path + "?_content=true&_detailed=true", "", 200, false, ""},
		"read, vehicle":             {good, "GET", path + "?_content=false&_dialect=vehicle", "", 200, false, ""},
		"read unknown":              {good, "GET", "/user/reports/none_0012345673@counterparty-sync", "", 200, false, ""},
		"list":                      {good, "GET", "/user/reports", "", 200, false, ""},
		"list with everything":      {good, "GET", "/b2b/api/v1/user/reports?_query=_all&_size=20&_offset=0&_page=1&_sort=-created_at&_calc_total=true&_content=true", "", 200, false, ""},
		"types":                     {good, "GET", "/user/report_types", "", 200, false, ""},
		"types with everything":     {good, "GET", "/user/report_types?_can_generate=true&_content=true&_calc_total=true&_query=_all&_sort=-created_at", "", 200, false, ""},
		"sync that runs":            {good, "GET", "/user/syncs/runs", "", 200, false, ""},
		"sync that ran, vehicle":    {good, "GET", "/b2b/api/v1/user/syncs/ran@counterparty-sync?_dialect=vehicle", "", 200, false, ""},
		"sync that never ran":       {good, "GET", "/user/syncs/never", "", 200, false, ""},
		"unknown sync":              {good, "GET", "/user/syncs/none", "", 200, false, ""},
		"sync, wrong dialect":       {good, "GET", "/user/syncs/runs?_dialect=person", "", 400, true, ""},
		"sync, no token":            {good, "GET", "/user/syncs/runs", "", 401, true, "none"},
		"failure of a sync":         {shelf{errors.New("x")}, "GET", "/user/syncs/runs", "", 500, false, ""},
		"user":                      {good, "GET", "/user", "", 200, false, ""},
		"user with the domain":      {good, "GET", "/b2b/api/v1/user?_detailed=true", "", 200, false, ""},
		"balance":                   {good, "GET", "/b2b/api/v1/user/balance/full%40counterparty-sync?_detailed=false", "", 200, false, ""},
		"balance of no type":        {good, "GET", "/user/balance/none", "", 500, false, ""},
		"balance that is not known": {shelf{errors.New("x")}, "GET", "/user/balance/full", "", 503, false, ""},
		"ping":                      {good, "GET", "/dev/ping?value=1", "", 200, false, ""},
		"computed token":            {good, "GET", "/b2b/api/v1/dev/token?user=crm%40example&pass=x&is_hash=false&date=2026-06-15T12%3A00%3A00Z&age=60", "", 200, false, ""},
		"token of nobody":           {good, "GET", "/dev/token?pass=x", "", 400, true, ""},
		"unknown type":              {good, "POST", "/user/reports/none/_make", body, 500, false, ""},
		"refresh of unknown":        {good, "POST", "/user/reports/none_0012345673@counterparty-sync/_refresh", `{}`, 500, false, ""},
		"wrong check digit":         {good, "POST", "/user/reports/full/_make", `{"queryType":"INN","query":"0012345674"}`, 400, false, ""},
		"wrong query type":          {good, "POST", "/user/reports/full/_make", `{"queryType":"VIN","query":"x"}`, 400, true, ""},
		"broken JSON":               {good, "POST", "/user/reports/full/_make", `{`, 400, true, ""},
		"wrong parameter":           {good, "GET", path + "?_content=maybe", "", 400, true, ""},
		"wrong page":                {good, "GET", "/user/report_types?_page=0", "", 400, true, ""},
		"no token":                  {good, "GET", path, "", 401, true, "none"},
		"another token":             {good, "GET", "/user/reports", "", 401, false, "Bearer another-token"},
		"expired token":             {good, "GET", "/user/report_types", "", 403, false, "AR-REST " + expired},
		"malformed token":           {good, "GET", "/user/report_types", "", 400, false, "Basic x"},
		"failure":                   {shelf{errors.New("x")}, "GET", path, "", 500, false, ""},
		"failure in a list":         {shelf{errors.New("x")}, "GET", "/user/reports", "", 500, false, ""},
		"Temporal is away":          {shelf{serviceerror.NewUnavailable("x")}, "POST", path + "/_refresh", "{}", 503, false, ""},
		"Temporal is away, a make":  {shelf{serviceerror.NewUnavailable("x")}, "POST", "/user/reports/full/_make", body, 503, false, ""},
		"make, as PHP writes it":    {good, "POST", "/user/reports/full/_make", `{"queryType":"AUTODETECT","query":1000000000010,"data":[],"options":[]}`, 200, false, ""},
		"make, other forms":         {good, "POST", "/user/reports/full/_make", `{"queryType":"MULTIPART","data":{"ogrn":1000000000010},"idempotenceKey":null,"options":{"FORCE":"false","webhook":[]}}`, 200, false, ""},
		"refresh, as PHP writes it": {good, "POST", path + "/_refresh", `[]`, 200, false, ""},
		"refresh, as a make":        {good, "POST", path + "/_refresh", `{"options":{"FORCE":1,"webhook":{"on_update":"https://a.example/"}}}`, 200, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader(tt.body))
			if tt.body != "" {
				request.Header.Set("Content-Type", "application/json")
			}
			request.Header.Set("Authorization", "AR-REST "+token)
			switch tt.token {
			case "":
			case "none":
				request.Header.Del("Authorization")
			default:
				request.Header.Set("Authorization", tt.token)
			}
			recorder := httptest.NewRecorder()
			serve(tt.shelf).ServeHTTP(recorder, request.Clone(t.Context()))
			require.Equal(t, tt.status, recorder.Code, recorder.Body.String())
			require.NoError(t, described.check(t.Context(), answered(request, tt.body, recorder, tt.wrong)))
		})
	}
}

func TestTooManyRequestsAreInTheDescription(t *testing.T) {
	t.Parallel()
	described := description(t)
	handler := serve(shelf{})
	for range 4 * api.DefaultRate {
		request := httptest.NewRequestWithContext(t.Context(), "GET", "/user/report_types", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		require.NoError(t, described.check(t.Context(), answered(request, "", recorder, false)))
		if recorder.Code == http.StatusTooManyRequests {
			return
		}
	}
	require.FailNow(t, "nobody is ever too many")
}

// TestTheCheckNotices proves that an answer that is not of the description does not pass.
func TestTheCheckNotices(t *testing.T) {
	t.Parallel()
	described := description(t)
	const envelope = `{"state":"ok","size":0,"stamp":"2026-06-15T12:00:00.000Z","data":[]}`
	for name, answer := range map[string]string{
		"a field more":       strings.Replace(envelope, `"size":0`, `"size":0,"more":1`, 1),
		"a field less":       strings.Replace(envelope, `"size":0,`, "", 1),
		"another state":      strings.Replace(envelope, `"ok"`, `"fail"`, 1),
		"no milliseconds":    strings.Replace(envelope, `.000Z`, `Z`, 1),
		"a report of nobody": strings.Replace(envelope, `[]`, `[{}]`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEqual(t, envelope, answer)
			request := httptest.NewRequestWithContext(t.Context(), "GET", "/user/reports", nil)
			recorder := httptest.NewRecorder()
			recorder.Header().Set("Content-Type", "application/json;charset=UTF-8")
			_, _ = recorder.WriteString(answer)
			require.Error(t, described.check(t.Context(), answered(request, "", recorder, false)))
		})
	}
}

func serve(s shelf) http.Handler {
	types, err := report.DefaultTypes()
	if err != nil {
		panic(err)
	}
	list, err := callers.Parse([]byte("callers: [{name: test, domain: test, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}]"))
	if err != nil {
		panic(err)
	}
	return api.New(api.Options{
		Reports: s, Syncs: fleet(s), Types: types.List, Token: secret.New(token), Callers: func() *callers.Callers { return list }, Quotas: s.quotas, Now: func() time.Time { return now }, Log: zap.NewNop(),
	})
}

// answered is a request with the answer that was recorded.
func answered(request *http.Request, body string, recorder *httptest.ResponseRecorder, wrong bool) exchange {
	return exchange{request: request, requestBody: []byte(body), status: recorder.Code, header: recorder.Header(),
		answerBody: recorder.Body.Bytes(), wrongOnPurpose: wrong}
}
